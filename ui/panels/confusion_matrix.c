/* Which class is taken for which: counts of the validation pictures, and those behind a count. */
#include "ui/panels/confusion_places.h"
#include "ui/panels/confusion_words.h"
#include "ui/panels/panel_words.h"

enum {
  SPOT_CELL = 1, /* index: truth × n + guess */
  SPOT_RECALL,
  SPOT_PRECISION,
  SPOT_PAIR, /* index: as a cell */
  SPOT_CLOSE,
};

/* --- what is counted --- */

static void list_samples(Confusion *state) {
  guint n;
  guint32 *samples;

  if (!state->chosen)
    return;
  samples = confusion_samples(state->judgement, state->truth, state->guess, &n);
  example_pages_set(&state->pages, samples, n);
}

/* The counts, made anew when there is a newer judgement; NULL before the first. */
static Confusion *counted(Panel *self) {
  Confusion *state = self->state;

  if (state->judgement == NULL || state->judgement->n_classes < 1)
    return NULL;
  if (state->stale) {
    confusion_count(&state->counts, state->judgement);
    state->n_pairs = confusion_pairs(&state->counts, state->pairs, CONFUSION_PAIRS);
    state->chosen = state->chosen && MAX(state->truth, state->guess) < state->counts.n;
    list_samples(state);
  }
  state->stale = FALSE;
  return state;
}

static void update(Panel *self) {
  Confusion *state = self->state;
  Judgement *newest = self->look->judgement;

  if (newest == state->judgement)
    return;
  judgement_unref(state->judgement);
  state->judgement = newest != NULL ? judgement_ref(newest) : NULL;
  state->stale = TRUE;
}

static void clear(Panel *self) {
  Confusion *state = self->state;

  judgement_unref(state->judgement);
  confusion_clear(&state->counts);
  example_pages_clear(&state->pages);
}

static void choose(Panel *self, int truth, int guess) {
  Confusion *state = self->state;

  state->chosen = !(state->chosen && state->truth == truth && state->guess == guess);
  state->truth = truth;
  state->guess = guess;
  state->pages.first = 0;
  list_samples(state);
  panel_redraw(self);
}

static void close_cell(Panel *self) {
  Confusion *state = self->state;

  state->chosen = FALSE;
  state->cursor.entered = FALSE;
  panel_redraw(self);
}

static void draw_waiting(Panel *self, const Canvas *canvas) {
  const Rect area = {0, 0, canvas->width, canvas->height};

  canvas_placeholder(canvas, &area,
                     self->dataset != NULL && self->dataset->n_classes == 0
                         ? "A confusion matrix needs classes, and this data set has none."
                         : "The model has not been asked yet. Its answers to the validation "
                           "pictures come in a moment; while it trains, anew every second.");
}

static void draw(Panel *self, const Canvas *canvas) {
  if (counted(self) != NULL)
    confusion_look(self, canvas);
  else
    draw_waiting(self, canvas);
}

/* --- pointer and keyboard --- */

static void add_matrix(const ConfusionLayout *layout, GArray *spots) {
  for (guint32 i = 0; i < (guint32)(layout->n * layout->n); i++) {
    const Rect cell = confusion_cell(layout, (int)i / layout->n, (int)i % layout->n);
    spots_add(spots, &cell, SPOT_CELL, i);
  }
  for (guint32 i = 0; i < (guint32)layout->n && layout->edge > 0; i++) {
    const Rect recall = confusion_recall_cell(layout, (int)i);
    const Rect precision = confusion_precision_cell(layout, (int)i);
    spots_add(spots, &recall, SPOT_RECALL, i);
    if (layout->row > 0)
      spots_add(spots, &precision, SPOT_PRECISION, i);
  }
}

static void add_pairs(const Confusion *state, const Canvas *canvas, const ConfusionPlaces *places,
                      GArray *spots) {
  for (guint i = 0; i < places->pairs; i++) {
    const Rect row = confusion_pair_place(canvas, places, i);
    const ConfusedPair *pair = &state->pairs[i];
    spots_add(spots, &row, SPOT_PAIR, (guint32)(pair->truth * state->counts.n + pair->guess));
  }
}

/* Where a cell's pictures stand alone, the first is a picture; else the matrix begins. */
static GArray *spots_of(Panel *self, const Canvas *canvas) {
  GArray *spots = g_array_new(FALSE, FALSE, sizeof(Spot));
  Confusion *state = counted(self);

  if (state == NULL)
    return spots;
  const ConfusionPlaces places = confusion_places(self, canvas);
  if (!places.alone)
    add_matrix(&places.matrix, spots);
  if (!state->chosen) {
    add_pairs(state, canvas, &places, spots);
    return spots;
  }
  example_spots_add(spots, &state->tiles, &state->pages);
  spots_add(spots, &places.close, SPOT_CLOSE, 0);
  return spots;
}

static void hit_example(Panel *self, const Spot *spot, Hit *hit) {
  const Judgement *judgement = ((Confusion *)self->state)->judgement;
  char percent[NUMBER_SIZE], what[96] = "";

  if (spot->kind == EXAMPLE_SPOT)
    g_snprintf(what, sizeof what, "%.24s, read as %.24s (%s)",
               class_label(self->dataset, judgement->label[spot->index]),
               class_label(self->dataset, judgement->guess[spot->index]),
               percent_text((double)judgement->confidence[spot->index], percent));
  example_hit(self, judgement->part, spot, what, hit);
}

static void hit_spot(Panel *self, const Spot *spot, Hit *hit) {
  const Confusion *state = self->state;
  const int n = state->counts.n, i = (int)spot->index;
  char words[CONFUSION_WORDS];

  switch (spot->kind) {
  case SPOT_CELL:
  case SPOT_PAIR:
    confusion_cell_words(&state->counts, self->dataset, i / n, i % n, words);
    hit_text(hit, "%s", words);
    break;
  case SPOT_RECALL:
  case SPOT_PRECISION:
    confusion_edge_words(&state->counts, self->dataset, i, spot->kind == SPOT_RECALL, words);
    hit_text(hit, "%s", words);
    break;
  case SPOT_CLOSE:
    hit_text(hit, "Close the cell (Backspace)");
    break;
  default:
    hit_example(self, spot, hit);
  }
}

static gboolean hit(Panel *self, const Canvas *canvas, double x, double y, Hit *hit) {
  g_autoptr(GArray) spots = spots_of(self, canvas);
  const Spot *spot = spots_at(spots, x, y);

  if (spot == NULL)
    return FALSE;
  hit->area = spot->area;
  hit_spot(self, spot, hit);
  return TRUE;
}

static gboolean click(Panel *self, const Spot *spot) {
  Confusion *state = self->state;
  const int n = state->counts.n, i = (int)spot->index;

  switch (spot->kind) {
  case SPOT_CELL:
  case SPOT_PAIR:
    choose(self, i / n, i % n);
    return TRUE;
  case SPOT_CLOSE:
    close_cell(self);
    return TRUE;
  case SPOT_RECALL:
  case SPOT_PRECISION:
    return FALSE;
  default:
    return example_click(self, state->judgement->part, spot, &state->pages, &state->tiles);
  }
}

static gboolean pointer(Panel *self, const Canvas *canvas, PointerKind kind, double x, double y) {
  g_autoptr(GArray) spots = spots_of(self, canvas);
  const Spot *spot = spots_at(spots, x, y);

  return kind == POINTER_PRESS && spot != NULL && click(self, spot);
}

static gboolean move(Panel *self, const Canvas *canvas, int dx, int dy, double *x, double *y) {
  g_autoptr(GArray) spots = spots_of(self, canvas);

  return spots_move(spots, &((Confusion *)self->state)->cursor, dx, dy, x, y);
}

static gboolean key(Panel *self, const char *name, gboolean control) {
  Confusion *state = self->state;

  if (control || !state->chosen)
    return FALSE;
  if (!g_str_equal(name, "BackSpace"))
    return example_key(self, name, &state->pages, &state->tiles);
  close_cell(self);
  return TRUE;
}

/* The loss of the pinned example, where it is among the pictures shown. */
static gboolean locate(Panel *self, const Canvas *canvas, const Target *target, Rect *area) {
  Confusion *state = counted(self);
  const Probe *probe = self->look != NULL ? self->look->probe : NULL;

  if (state == NULL || !state->chosen || probe == NULL || target->gradient ||
      !g_str_equal(target->tensor, probe->ends.loss->name) || probe->part != state->judgement->part)
    return FALSE;
  confusion_places(self, canvas);
  return example_locate(&state->pages, probe->example, &state->tiles, area);
}

/* --- for spreadsheets and ears --- */

static void csv(Panel *self, GString *text) {
  const Confusion *state = counted(self);

  g_string_append(text, "truth");
  for (int guess = 0; state != NULL && guess < state->counts.n; guess++) {
    g_autofree char *name = g_strdup_printf("read as %s", class_label(self->dataset, guess));
    g_string_append_c(text, ',');
    csv_text(text, name);
  }
  g_string_append_c(text, '\n');
  for (int truth = 0; state != NULL && truth < state->counts.n; truth++) {
    csv_text(text, class_label(self->dataset, truth));
    for (int guess = 0; guess < state->counts.n; guess++)
      g_string_append_printf(text, ",%u", confusion_at(&state->counts, truth, guess));
    g_string_append_c(text, '\n');
  }
}

static char *describe(Panel *self) {
  const Confusion *state = counted(self);
  ConfusionHeadline headline;
  char words[CONFUSION_WORDS];
  GString *text;

  if (state == NULL)
    return g_strdup("The model has not been asked about the validation pictures yet.");
  confusion_headline(&state->counts, state->judgement, &headline);
  text = g_string_new(headline.longest);
  g_string_append(text, state->n_pairs > 0 ? ". Most confused: " : ". Nothing is confused");
  for (guint i = 0; i < MIN(state->n_pairs, 5); i++) {
    const ConfusedPair *pair = &state->pairs[i];
    confusion_cell_words(&state->counts, self->dataset, pair->truth, pair->guess, words);
    g_string_append_printf(text, "%s%s", i > 0 ? "; " : "", words);
  }
  g_string_append_c(text, '.');
  return g_string_free(text, FALSE);
}

static const char *const SCALES[] = {"Mistakes only", "All counts", "Share of the row", NULL};

static const PanelControl CONTROLS[] = {
    {.id = "scale",
     .label = "Scale",
     .kind = CONTROL_CHOICE,
     .choices = SCALES,
     .help = "What the colours are of: mistakes alone, all counts, or percent of each truth"},
    {.id = NULL},
};

const PanelClass panel_confusion_matrix = {
    .name = "confusion_matrix",
    .title = "Confusion matrix",
    .icon = "view-grid-symbolic",
    .help = "How often each class (row) is read as which (column); right answers are framed",
    .manual = "Click a cell, or press Enter on it, to see its pictures; click a picture to pin it. "
              "Page Up and Page Down turn pages, Backspace goes back.",
    .state_size = sizeof(Confusion),
    .width = 640,
    .height = 460,
    .controls = CONTROLS,
    .clear = clear,
    .update = update,
    .draw = draw,
    .hit = hit,
    .pointer = pointer,
    .move = move,
    .key = key,
    .locate = locate,
    .csv = csv,
    .describe = describe,
};
