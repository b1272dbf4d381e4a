/* Boxes and arrows: the layers of a model. Laid out top to bottom in ranks. */
#pragma once

#include "ui/chart/canvas.h"

typedef struct {
  const char *title;    /* "Conv2D conv1" */
  const char *lines[3]; /* "26 × 26 × 32", "320 parameters", "0.39 MFLOP"; NULL ends */
  int from[4];          /* boxes it reads; -1 ends */
  Color color;          /* of its edge */
  double weight;        /* 0 … 1: a bar along the box, its share of something; negative: none */
} DiagramBox;

/* Where box i lies when n boxes fill the area; boxes without branches make one column, or a snake
 * of rows when the area is wide. */
Rect diagram_box(const Rect *area, const DiagramBox *boxes, int n, int i, double em);
/* How many of a box's lines are drawn when it lies in `rect`: 0 … 3. */
int diagram_rows(const Rect *rect, const DiagramBox *box, double em);
void diagram_draw(const Canvas *canvas, const Rect *area, const DiagramBox *boxes, int n,
                  int selected);
int diagram_hit(const Rect *area, const DiagramBox *boxes, int n, double em, double x, double y);
