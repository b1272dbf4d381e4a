/* Which class is taken for which: counts of the validation pictures, and those behind a count. */
#include "ui/chart/image_grid.h"
#include "ui/panels/confusion_view.h"
#include "ui/panels/confusion_words.h"
#include "ui/panels/example_tiles.h"
#include "ui/panels/panel_spots.h"
#include "ui/panels/panel_words.h"

#include <math.h>

enum {
  SPOT_CELL = 1, /* index: truth × n + guess */
  SPOT_RECALL,
  SPOT_PRECISION,
  SPOT_PAIR, /* index: as a cell */
  SPOT_CLOSE,
  SPOT_TILE,
  SPOT_BACK,
  SPOT_NEXT,
};

#define SMALLEST 3.6 /* em of a picture */
#define MOST_PAIRS 10

typedef struct {
  Judgement *judgement;
  gboolean stale;
  ConfusionCounts counts;
  ConfusedPair pairs[MOST_PAIRS];
  guint n_pairs;
  gboolean chosen; /* a cell: its pictures are shown */
  int truth, guess;
  ExamplePages pages;
  SpotCursor cursor;
  ExampleLayout tiles; /* as last seen: keys know no canvas */
} Confusion;

/* Where everything is. */
typedef struct {
  Rect head, side, title, list;
  ConfusionLayout matrix;
} Places;

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
    state->n_pairs = confusion_pairs(&state->counts, state->pairs, MOST_PAIRS);
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
  ((Confusion *)self->state)->chosen = FALSE;
  panel_redraw(self);
}

static gboolean turn(Panel *self, int pages) {
  Confusion *state = counted(self);

  if (state == NULL || !state->chosen || state->tiles.across == 0 ||
      !example_pages_turn(&state->pages, &state->tiles, pages))
    return FALSE;
  panel_redraw(self);
  return TRUE;
}

/* --- places --- */

static void split(const Canvas *canvas, Rect area, Places *places, Rect *matrix) {
  const double em = canvas->theme->em;

  if (area.width > 1.2 * area.height) {
    places->side = rect_cut_right(&area, MAX(0.26 * area.width, 5.5 * em));
    rect_cut_right(&area, 0.8 * em);
  } else {
    places->side = rect_cut_bottom(&area, MAX(0.28 * area.height, 6.5 * em));
    rect_cut_bottom(&area, 0.6 * em);
  }
  *matrix = area;
}

static Places places_of(Panel *self, const Canvas *canvas) {
  Confusion *state = self->state;
  const double em = canvas->theme->em;
  Rect area = rect_inset((Rect){0, 0, canvas->width, canvas->height}, 0.7 * em), matrix;
  Places places;

  places.head = rect_cut_top(&area, 1.5 * em);
  rect_cut_top(&area, 0.3 * em);
  split(canvas, area, &places, &matrix);
  places.matrix = confusion_layout(canvas, &matrix, self->dataset, state->counts.n);
  const Rect used = confusion_extent(&places.matrix);
  if (area.width > 1.2 * area.height) { /* what the matrix leaves goes to the side */
    const double from = MIN(used.x + used.width + 1.2 * em, places.side.x);
    places.side.width += places.side.x - from;
    places.side.x = from;
  }
  places.list = places.side;
  places.title = rect_cut_top(&places.list, state->chosen ? 2.9 * em : 1.6 * em);
  if (state->chosen)
    state->tiles = example_layout(canvas, &places.list, &state->pages, SMALLEST);
  return places;
}

static Rect pair_row(const Canvas *canvas, const Places *places, guint i) {
  const double height = 1.55 * canvas->theme->em;

  return (Rect){places->list.x, places->list.y + i * height,
                MIN(places->list.width, 17 * canvas->theme->em), height};
}

static guint pairs_shown(const Canvas *canvas, const Confusion *state, const Places *places) {
  const double room = places->list.height - 3 * canvas->theme->em;
  const double rows = floor(MAX(room, 0) / (1.55 * canvas->theme->em));

  return (guint)MIN(state->n_pairs, rows);
}

static Rect close_place(const Canvas *canvas, const Places *places) {
  Rect row = places->title;
  Rect top = rect_cut_top(&row, 1.5 * canvas->theme->em);

  return rect_cut_right(&top, 1.5 * canvas->theme->em);
}

/* --- drawing --- */

static void caption(Panel *self, guint32 sample, char texts[EXAMPLE_CAPTIONS][96]) {
  const Judgement *judgement = ((Confusion *)self->state)->judgement;
  char percent[NUMBER_SIZE];

  g_strlcpy(texts[0], percent_text((double)judgement->confidence[sample], percent), 96);
}

/* A cell's pictures. */
static void draw_chosen(Panel *self, const Canvas *canvas, const Places *places) {
  Confusion *state = self->state;
  const Theme *theme = canvas->theme;
  const TextStyle dim = {.size = 0.85, .color = theme_dim(theme), .align_vertical = ALIGN_CENTRE};
  const TextStyle bold = {.bold = TRUE, .align_vertical = ALIGN_CENTRE};
  ConfusionTitle title;
  Rect below = places->title, line = rect_cut_top(&below, 1.5 * theme->em);
  const Rect cross = close_place(canvas, places);

  confusion_title(&state->counts, self->dataset, state->truth, state->guess, &title);
  const char *const lines[] = {title.words, title.brief, NULL};
  const char *const counts[] = {title.counts, title.number, NULL};
  line.width -= cross.width;
  canvas_text_in(canvas, &line, &bold, text_fitting(canvas, &bold, line.width, lines));
  canvas_text_in(canvas, &below, &dim, text_fitting(canvas, &dim, below.width, counts));
  canvas_text_in(canvas, &cross,
                 &(TextStyle){.color = theme_dim(theme),
                              .align = ALIGN_CENTRE,
                              .align_vertical = ALIGN_CENTRE},
                 "×");
  if (state->pages.n > 0)
    example_tiles_draw(self, canvas, &state->tiles, &state->pages, state->judgement->part, caption);
  else
    canvas_placeholder(canvas, &places->list, "None: this never happened.");
}

static void draw_pair(Panel *self, const Canvas *canvas, const Places *places, guint i) {
  Confusion *state = self->state;
  const ConfusedPair *pair = &state->pairs[i];
  const double em = canvas->theme->em;
  Rect row = pair_row(canvas, places, i), number;
  const Rect bar = {row.x, row.y + row.height - 0.25 * em,
                    row.width * pair->count / MAX(state->counts.most_wrong, 1), 0.16 * em};
  TextStyle style = {.size = 0.95, .align_vertical = ALIGN_CENTRE};
  char count[NUMBER_SIZE];
  g_autofree char *words = g_strdup_printf("%s → %s", class_label(self->dataset, pair->truth),
                                           class_label(self->dataset, pair->guess));

  canvas_fill_rect(canvas, &bar, theme_accent(canvas->theme));
  number = rect_cut_right(&row, MIN(3 * em, row.width / 2));
  canvas_text_in(canvas, &row, &style, words);
  style.align = ALIGN_END;
  canvas_text_in(canvas, &number, &style, count_text(pair->count, count));
}

/* Before a cell is chosen: what is confused most. */
static void draw_pairs(Panel *self, const Canvas *canvas, const Places *places) {
  Confusion *state = self->state;
  const double em = canvas->theme->em;
  const guint n = pairs_shown(canvas, state, places);
  const TextStyle bold = {.bold = TRUE, .align_vertical = ALIGN_CENTRE};
  Rect hint = places->list;

  canvas_text_in(canvas, &places->title, &bold,
                 text_fitting(canvas, &bold, places->title.width,
                              (const char *const[]){"Most often confused", "Confused", NULL}));
  for (guint i = 0; i < n; i++)
    draw_pair(self, canvas, places, i);
  rect_cut_top(&hint, n > 0 ? n * pair_row(canvas, places, 0).height + 0.6 * em : 0);
  canvas_paragraph(canvas, &hint, &(TextStyle){.size = 0.85, .color = theme_dim(canvas->theme)},
                   state->n_pairs > 0 ? "Click a cell to see its pictures."
                                      : "Nothing: every picture is read right. Click a cell to "
                                        "see its pictures.");
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
  Confusion *state = counted(self);
  char longest[CONFUSION_WORDS], shorter[CONFUSION_WORDS];
  const TextStyle style = {.align_vertical = ALIGN_CENTRE};

  if (state == NULL) {
    draw_waiting(self, canvas);
    return;
  }
  const Places places = places_of(self, canvas);
  confusion_headline(&state->counts, state->judgement, longest, shorter);
  canvas_text_in(canvas, &places.head, &style,
                 text_fitting(canvas, &style, places.head.width,
                              (const char *const[]){longest, shorter, NULL}));
  confusion_draw(canvas, &places.matrix, &state->counts, self->dataset,
                 (ConfusionScale)panel_value(self, "scale"));
  if (state->chosen) {
    const Rect cell = confusion_cell(&places.matrix, state->truth, state->guess);
    highlight_draw(canvas, &cell);
    draw_chosen(self, canvas, &places);
  } else
    draw_pairs(self, canvas, &places);
}

/* --- pointer and keyboard --- */

static void add_tiles(const Confusion *state, GArray *spots) {
  const ExampleLayout *layout = &state->tiles;

  for (guint i = 0; i < layout->shown; i++) {
    const Rect picture = example_picture(layout, i);
    spots_add(spots, &picture, SPOT_TILE, state->pages.sample[state->pages.first + i]);
  }
  if (layout->pager.width > 0) {
    spots_add(spots, &layout->back, SPOT_BACK, 0);
    spots_add(spots, &layout->next, SPOT_NEXT, 0);
  }
}

static void add_matrix(const ConfusionLayout *layout, GArray *spots) {
  for (guint32 i = 0; i < (guint32)(layout->n * layout->n); i++) {
    const Rect cell = confusion_cell(layout, (int)i / layout->n, (int)i % layout->n);
    spots_add(spots, &cell, SPOT_CELL, i);
  }
  for (guint32 i = 0; i < (guint32)layout->n; i++) {
    const Rect recall = confusion_recall_cell(layout, (int)i);
    const Rect precision = confusion_precision_cell(layout, (int)i);
    spots_add(spots, &recall, SPOT_RECALL, i);
    spots_add(spots, &precision, SPOT_PRECISION, i);
  }
}

static GArray *spots_of(Panel *self, const Canvas *canvas) {
  GArray *spots = g_array_new(FALSE, FALSE, sizeof(Spot));
  Confusion *state = counted(self);

  if (state == NULL)
    return spots;
  const Places places = places_of(self, canvas);
  add_matrix(&places.matrix, spots);
  if (state->chosen) {
    const Rect cross = close_place(canvas, &places);
    add_tiles(state, spots);
    spots_add(spots, &cross, SPOT_CLOSE, 0);
    return spots;
  }
  for (guint i = 0; i < pairs_shown(canvas, state, &places); i++) {
    const Rect row = pair_row(canvas, &places, i);
    const ConfusedPair *pair = &state->pairs[i];
    spots_add(spots, &row, SPOT_PAIR, (guint32)(pair->truth * state->counts.n + pair->guess));
  }
  return spots;
}

static void hit_sample(Panel *self, guint32 sample, Hit *hit) {
  const Judgement *judgement = ((Confusion *)self->state)->judgement;
  char percent[NUMBER_SIZE], what[96];

  g_snprintf(what, sizeof what, "%s, read as %s (%s)",
             class_label(self->dataset, judgement->label[sample]),
             class_label(self->dataset, judgement->guess[sample]),
             percent_text((double)judgement->confidence[sample], percent));
  example_hit(self, judgement->part, sample, what, hit);
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
  case SPOT_TILE:
    hit_sample(self, spot->index, hit);
    break;
  case SPOT_CLOSE:
    hit_text(hit, "Back to the list of pairs (Backspace)");
    break;
  default:
    hit_text(hit,
             spot->kind == SPOT_BACK ? "The page before (Page Up)" : "The next page (Page Down)");
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
  case SPOT_TILE:
    return example_click(self, state->judgement->part, spot->index);
  case SPOT_CLOSE:
    close_cell(self);
    return TRUE;
  case SPOT_BACK:
  case SPOT_NEXT:
    turn(self, spot->kind == SPOT_BACK ? -1 : 1);
    return TRUE;
  default:
    return FALSE;
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
  const Confusion *state = self->state;

  if (control)
    return FALSE;
  if (g_str_equal(name, "BackSpace") && state->chosen) {
    close_cell(self);
    return TRUE;
  }
  if (g_str_equal(name, "Page_Down"))
    return turn(self, 1);
  return g_str_equal(name, "Page_Up") && turn(self, -1);
}

/* The loss of the pinned example, where it is among the pictures shown. */
static gboolean locate(Panel *self, const Canvas *canvas, const Target *target, Rect *area) {
  Confusion *state = counted(self);
  const Probe *probe = self->look != NULL ? self->look->probe : NULL;

  if (state == NULL || !state->chosen || probe == NULL || target->gradient ||
      !g_str_equal(target->tensor, probe->ends.loss->name) || probe->part != state->judgement->part)
    return FALSE;
  places_of(self, canvas);
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
  char longest[CONFUSION_WORDS], shorter[CONFUSION_WORDS], words[CONFUSION_WORDS];
  GString *text;

  if (state == NULL)
    return g_strdup("The model has not been asked about the validation pictures yet.");
  confusion_headline(&state->counts, state->judgement, longest, shorter);
  text = g_string_new(longest);
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
    .help = "How often each class (row) is read as which (column); the frames are right",
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
