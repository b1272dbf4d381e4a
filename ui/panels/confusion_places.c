#include "ui/panels/confusion_places.h"

#include <math.h>

#define SMALLEST 3.8      /* em, of a picture */
#define PAIR_HEIGHT 1.55  /* em */
#define PAIR_WIDTH 17.0   /* em, at most */
#define PAIR_LEAST 9.0    /* em, where they lie in several columns */
#define SMALLEST_CELL 0.6 /* em, beside something else */
#define BESIDE 34.0       /* em: from here on pictures have room beside the matrix */

/* --- matrix and side --- */

static Rect cut_side(const Canvas *canvas, Rect *area, gboolean beside) {
  const double em = canvas->theme->em;
  const Rect side = beside ? rect_cut_right(area, MAX(0.26 * area->width, 5.6 * em))
                           : rect_cut_bottom(area, MAX(0.28 * area->height, 6.5 * em));

  if (beside)
    rect_cut_right(area, 0.8 * em);
  else
    rect_cut_bottom(area, 0.6 * em);
  return side;
}

/* Side by side or one above the other: as the matrix has more room; alone where there is none.
 * Gives the side's place. */
static Rect place_matrix(Panel *panel, const Canvas *canvas, Rect area, ConfusionLayout *matrix) {
  const int n = ((Confusion *)panel->state)->counts.n;
  const double em = canvas->theme->em, right = area.x + area.width;
  Rect left = area, top = area;
  Rect side = cut_side(canvas, &left, TRUE), below = cut_side(canvas, &top, FALSE);
  const ConfusionLayout over = confusion_layout(canvas, &top, panel->dataset, n, FALSE);

  *matrix = confusion_layout(canvas, &left, panel->dataset, n, FALSE);
  if (MAX(matrix->cell, over.cell) < SMALLEST_CELL * em) {
    *matrix = confusion_layout(canvas, &area, panel->dataset, n, TRUE);
    return (Rect){right, area.y, 0, 0};
  }
  if (matrix->cell < over.cell) {
    *matrix = over;
    return below;
  }
  const Rect used = confusion_extent(matrix);
  side.x = MIN(used.x + used.width + 1.2 * em, side.x); /* what the matrix leaves */
  side.width = right - side.x;
  return side;
}

/* --- the side --- */

/* Rows and columns that the list has room for, above its hint. */
static void pair_room(const Canvas *canvas, const Rect *list, guint *rows, guint *columns) {
  const double em = canvas->theme->em, hint = list->width < 16 * em ? 3.2 * em : 1.8 * em;

  *rows = (guint)floor(MAX(list->height - hint, 0) / (PAIR_HEIGHT * em));
  *columns = (guint)MAX(floor(list->width / (PAIR_LEAST * em)), 1);
}

static void place_pairs(const Canvas *canvas, const Confusion *state, ConfusionPlaces *self) {
  guint rows, columns;

  pair_room(canvas, &self->list, &rows, &columns);
  self->pairs = MIN(state->n_pairs, rows * columns);
}

/* Pairs fill column after column, as few as they need. */
static void pair_grid(const Canvas *canvas, const ConfusionPlaces *self, guint *rows,
                      guint *columns) {
  pair_room(canvas, &self->list, rows, columns);
  *rows = MAX(*rows, 1);
  *columns = CLAMP((self->pairs + *rows - 1) / *rows, 1, *columns);
  *rows = MAX((self->pairs + *columns - 1) / *columns, 1);
}

Rect confusion_pair_place(const Canvas *canvas, const ConfusionPlaces *self, guint i) {
  const double em = canvas->theme->em, gap = 1.2 * em;
  guint rows, columns;

  pair_grid(canvas, self, &rows, &columns);
  const double width = MIN((self->list.width + gap) / columns - gap, PAIR_WIDTH * em);
  return (Rect){self->list.x + i / rows * (width + gap), self->list.y + i % rows * PAIR_HEIGHT * em,
                width, PAIR_HEIGHT * em};
}

Rect confusion_hint_place(const Canvas *canvas, const ConfusionPlaces *self) {
  const double em = canvas->theme->em;
  Rect hint = self->list;
  guint rows, columns;

  pair_grid(canvas, self, &rows, &columns);
  rect_cut_top(&hint, self->pairs > 0 ? (rows * PAIR_HEIGHT + 0.5) * em : 0);
  return hint;
}

/* The pictures of a cell under its title; alone, the pager stands beside its count. */
static void place_cell(const Canvas *canvas, Confusion *state, ConfusionPlaces *self) {
  const double em = canvas->theme->em;
  Rect pager;

  self->close =
      self->alone ? rect_cut_left(&self->title, 2 * em) : rect_cut_right(&self->title, 1.5 * em);
  self->count = rect_cut_top(&self->list, 1.4 * em);
  rect_cut_top(&self->list, 0.2 * em);
  if (self->alone)
    pager = rect_cut_right(&self->title, MIN(0.45 * self->title.width, 11 * em));
  state->tiles =
      example_layout(canvas, &self->list, self->alone ? &pager : NULL, &state->pages, SMALLEST);
}

ConfusionPlaces confusion_places(Panel *panel, const Canvas *canvas) {
  Confusion *state = panel->state;
  const double em = canvas->theme->em;
  Rect area = rect_inset((Rect){0, 0, canvas->width, canvas->height}, 0.7 * em);
  ConfusionPlaces self = {.alone = state->chosen && canvas->width < BESIDE * em};

  if (!self.alone) {
    self.head = rect_cut_top(&area, 1.5 * em);
    rect_cut_top(&area, 0.3 * em);
    self.list = place_matrix(panel, canvas, area, &self.matrix);
  } else
    self.list = area;
  self.title = rect_cut_top(&self.list, 1.7 * em);
  if (state->chosen)
    place_cell(canvas, state, &self);
  else
    place_pairs(canvas, state, &self);
  return self;
}
