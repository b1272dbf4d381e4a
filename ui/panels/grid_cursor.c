#include "ui/panels/grid_cursor.h"

/* A coordinate that ran over the border goes on in the next tile, if there is one there. */
static void step(int *at, int size, int *tile, int by_tile, int tiles, gboolean same_row) {
  if (*at >= 0 && *at < size)
    return;
  const int next = *tile + (*at < 0 ? -by_tile : by_tile);
  if (same_row && next >= 0 && next < tiles) {
    *tile = next;
    *at = *at < 0 ? size - 1 : 0;
  } else {
    *at = CLAMP(*at, 0, size - 1);
  }
}

gboolean grid_cursor_move(GridCursor *self, const GridLayout *layout, int dx, int dy, double *x,
                          double *y) {
  ImageCell *cell = &self->cell;

  if (layout->n <= 0 || layout->zoom <= 0)
    return FALSE;
  cell->tile = CLAMP(cell->tile, 0, layout->n - 1);
  cell->row = CLAMP(cell->row, 0, layout->rows - 1);
  cell->column = CLAMP(cell->column, 0, layout->columns - 1);
  if (self->entered) {
    const int place = cell->tile % layout->across;
    const gboolean beside = dx < 0 ? place > 0 : place < layout->across - 1;
    cell->column += dx;
    cell->row += dy;
    step(&cell->column, layout->columns, &cell->tile, 1, layout->n, beside);
    step(&cell->row, layout->rows, &cell->tile, layout->across, layout->n, TRUE);
  }
  self->entered = TRUE;
  const Rect rect = grid_cell(layout, *cell);
  *x = rect.x + rect.width / 2;
  *y = rect.y + rect.height / 2;
  return TRUE;
}
