/* A confusion matrix as a picture: truths in rows, guesses in columns, recall and precision at the
 * edges. */
#pragma once

#include "core/datasets/dataset.h"
#include "ui/chart/canvas.h"
#include "ui/panels/confusion_counts.h"

typedef enum {
  CONFUSION_MISTAKES, /* colours for mistakes only, so that they show */
  CONFUSION_ALL,      /* one colour scale for all counts */
  CONFUSION_SHARES,   /* of the row; what is right has its own scale */
} ConfusionScale;

typedef struct {
  Rect cells;       /* of all n × n */
  double cell;      /* one of them, square */
  double left;      /* width of what stands left of the cells */
  double names;     /* of that, the rows' names */
  double top, edge; /* height of the columns' names; width of the recall column, 0: left out */
  double row;       /* height of the precision row; 0: left out, cells are too small for it */
  int n;
} ConfusionLayout;

/* Left and top aligned in `area`, as large as fits; `bare`: cells and names only. */
ConfusionLayout confusion_layout(const Canvas *canvas, const Rect *area, const Dataset *dataset,
                                 int n, gboolean bare);
/* All that is drawn. */
Rect confusion_extent(const ConfusionLayout *self);
Rect confusion_cell(const ConfusionLayout *self, int truth, int guess);
Rect confusion_recall_cell(const ConfusionLayout *self, int label);
Rect confusion_precision_cell(const ConfusionLayout *self, int label);
void confusion_draw(const Canvas *canvas, const ConfusionLayout *layout,
                    const ConfusionCounts *counts, const Dataset *dataset, ConfusionScale scale);
/* What the colours say: a strip with the numbers at its ends, cut off `*line` at its right. */
void confusion_legend(const Canvas *canvas, Rect *line, const ConfusionCounts *counts,
                      ConfusionScale scale);
