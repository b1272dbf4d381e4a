/* The keyboard's way over tiles of pixels. */
#pragma once

#include "ui/chart/image_grid.h"

/* Zeroed: not entered yet. */
typedef struct {
  gboolean entered;
  ImageCell cell;
} GridCursor;

/* One pixel on; from the border of a tile into the next one. The first call enters. Gives the
 * middle of the pixel. FALSE: there are no tiles. */
gboolean grid_cursor_move(GridCursor *self, const GridLayout *layout, int dx, int dy, double *x,
                          double *y);
