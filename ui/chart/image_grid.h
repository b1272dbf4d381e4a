/* Tiles of pixels: filters, feature maps, pictures, matrices. A heat map is a grid of one tile. */
#pragma once

#include "ui/chart/canvas.h"

/* Value (row, column) of a picture is values[row × row_stride + column × column_stride]. */
typedef struct {
  const float *values;
  int rows, columns;
  gsize row_stride, column_stride;
  Scale scale;
} Picture;

typedef struct {
  int tile, row, column; /* tile -1: none */
} ImageCell;

/* How n tiles of rows × columns pixels fill an area best; whole-number zoom where it is above 1. */
typedef struct {
  Rect area;
  int n, across, down;     /* tiles */
  int rows, columns;       /* pixels of a tile */
  double zoom, gap, label; /* canvas pixels: of one picture pixel, between tiles, above for text */
} GridLayout;

GridLayout grid_layout(const Rect *area, int n, int rows, int columns, double gap, double label);
/* Where tile i lies (its pixels, without label); where its label goes; where one pixel lies. */
Rect grid_tile(const GridLayout *self, int i);
Rect grid_label(const GridLayout *self, int i);
Rect grid_cell(const GridLayout *self, ImageCell cell);
ImageCell grid_hit(const GridLayout *self, double x, double y);

/* Sharp pixels (nearest neighbour); on vector surfaces too. */
void picture_draw(const Canvas *canvas, const Rect *rect, const Picture *picture);
/* The number in every cell, where cells are large enough to read them; otherwise nothing. */
void picture_draw_numbers(const Canvas *canvas, const Rect *rect, const Picture *picture);
/* The strip that says which colour is which number, horizontal, with three to five ticks. */
void color_bar_draw(const Canvas *canvas, const Rect *rect, const Scale *scale, const char *title);
double color_bar_height(const Canvas *canvas); /* what it wants */
/* A frame around a cell or tile that stands out on any colour. */
void highlight_draw(const Canvas *canvas, const Rect *rect);
