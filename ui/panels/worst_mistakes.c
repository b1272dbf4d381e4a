/* The validation pictures the model is most wrong about, or least sure of. */
#include "ui/panels/example_tiles.h"
#include "ui/panels/panel_spots.h"
#include "ui/panels/panel_words.h"

#include <math.h>
#include <string.h>

typedef enum { SHOW_WORST, SHOW_UNSURE, SHOW_CLASS } Show;
enum { SPOT_TILE = 1, SPOT_BACK, SPOT_NEXT };

#define SMALLEST 5.6 /* em of a picture: its caption fits */

typedef struct {
  Judgement *judgement; /* what the list was made of */
  gboolean stale;
  guint32 wrong;
  ExamplePages pages;
  SpotCursor cursor;
  ExampleLayout layout; /* as last seen: keys know no canvas */
} Mistakes;

static Show show_of(const Panel *self) { return (Show)panel_value(self, "show"); }

static int chosen_class(const Panel *self) { return (int)panel_value(self, "class"); }

/* --- the list --- */

static int compare(float a, float b, guint32 i, guint32 j) {
  if (isnan(a) != isnan(b))
    return isnan(a) ? -1 : 1;
  if (a < b || a > b)
    return a < b ? -1 : 1;
  return i < j ? -1 : i > j;
}

/* The smaller the probability of the truth, the larger the loss; what is no number comes first. */
static int larger_loss(gconstpointer a, gconstpointer b, gpointer data) {
  const Judgement *judgement = data;
  const guint32 i = *(const guint32 *)a, j = *(const guint32 *)b;

  return compare(judgement->truth[i], judgement->truth[j], i, j);
}

static int less_sure(gconstpointer a, gconstpointer b, gpointer data) {
  const Judgement *judgement = data;
  const guint32 i = *(const guint32 *)a, j = *(const guint32 *)b;

  return compare(judgement->confidence[i], judgement->confidence[j], i, j);
}

static gboolean is_listed(const Judgement *judgement, guint32 i, Show show, int class) {
  if (show == SHOW_UNSURE)
    return TRUE;
  return judgement->label[i] != judgement->guess[i] &&
         (show == SHOW_WORST || judgement->label[i] == class);
}

static void list_samples(Panel *self) {
  Mistakes *state = self->state;
  const Judgement *judgement = state->judgement;
  const Show show = show_of(self);
  guint32 *samples = g_new(guint32, MAX(judgement->n, 1));
  guint n = 0;

  state->wrong = 0;
  for (guint32 i = 0; i < judgement->n; i++) {
    state->wrong += judgement->label[i] != judgement->guess[i];
    if (is_listed(judgement, i, show, chosen_class(self)))
      samples[n++] = i;
  }
  g_qsort_with_data(samples, (gint)n, sizeof *samples,
                    show == SHOW_UNSURE ? less_sure : larger_loss, (gpointer)judgement);
  example_pages_set(&state->pages, samples, n);
}

/* The list, made anew when judgement or choice have changed; NULL before the first judgement. */
static Mistakes *listed(Panel *self) {
  Mistakes *state = self->state;

  if (state->judgement != NULL && state->stale)
    list_samples(self);
  state->stale = FALSE;
  return state->judgement != NULL ? state : NULL;
}

static void update(Panel *self) {
  Mistakes *state = self->state;
  Judgement *newest = self->look->judgement;

  if (newest == state->judgement)
    return;
  judgement_unref(state->judgement);
  state->judgement = newest != NULL ? judgement_ref(newest) : NULL;
  state->stale = TRUE;
}

static void clear(Panel *self) {
  Mistakes *state = self->state;

  judgement_unref(state->judgement);
  example_pages_clear(&state->pages);
}

static void control(Panel *self, const char *id, double value) {
  Mistakes *state = self->state;

  state->stale = TRUE;
  state->pages.first = 0;
  state->cursor.entered = FALSE;
}

static gboolean control_sensitive(const Panel *self, const char *id) {
  return !g_str_equal(id, "class") || show_of(self) == SHOW_CLASS;
}

static char **list_classes(const Panel *self) {
  if (self->dataset == NULL || self->dataset->class_names == NULL)
    return g_new0(char *, 1);
  return g_strdupv(self->dataset->class_names);
}

/* --- words --- */

static const char *label_of(const Panel *self, int label) {
  return class_label(self->dataset, label);
}

static void caption(Panel *self, guint32 sample, char texts[EXAMPLE_CAPTIONS][96]) {
  const Judgement *judgement = ((Mistakes *)self->state)->judgement;
  const char *truth = label_of(self, judgement->label[sample]);
  const char *guess = label_of(self, judgement->guess[sample]);
  char percent[NUMBER_SIZE];

  percent_text((double)judgement->confidence[sample], percent);
  if (judgement->label[sample] == judgement->guess[sample]) {
    g_snprintf(texts[0], 96, "%s, read right (%s)", truth, percent);
    g_snprintf(texts[1], 96, "✓ %s (%s)", truth, percent);
    g_snprintf(texts[2], 96, "✓ %s", truth);
    return;
  }
  g_snprintf(texts[0], 96, "truth %s → read as %s (%s)", truth, guess, percent);
  g_snprintf(texts[1], 96, "%s → %s (%s)", truth, guess, percent);
  g_snprintf(texts[2], 96, "%s → %s", truth, guess);
}

static void headline(Panel *self, char longest[256], char shorter[128]) {
  const Mistakes *state = self->state;
  const Judgement *judgement = state->judgement;
  char wrong[NUMBER_SIZE], all[NUMBER_SIZE], step[NUMBER_SIZE], many[CLASS_MANY_SIZE];
  const char *part = part_name(judgement->part);

  count_text(judgement->n, all);
  count_text(judgement->step, step);
  count_text(state->wrong, wrong);
  class_many(self->dataset, chosen_class(self), many);
  switch (show_of(self)) {
  case SHOW_WORST:
    g_snprintf(longest, 256, "%s of %s %s pictures misread at step %s, largest loss first", wrong,
               all, part, step);
    break;
  case SHOW_UNSURE:
    g_snprintf(longest, 256, "All %s %s pictures at step %s, least certain first (✓: right)", all,
               part, step);
    break;
  case SHOW_CLASS:
    count_text(state->pages.n, wrong);
    g_snprintf(longest, 256, "%s %s misread at step %s, largest loss first", wrong, many, step);
    break;
  }
  if (show_of(self) == SHOW_UNSURE)
    g_snprintf(shorter, 128, "Least certain, step %s", step);
  else
    g_snprintf(shorter, 128, "%s misread, step %s", wrong, step);
}

/* --- drawing --- */

static const ExampleLayout *layout_of(Panel *self, const Canvas *canvas, Rect *head) {
  Mistakes *state = self->state;
  const double em = canvas->theme->em;
  Rect area = rect_inset((Rect){0, 0, canvas->width, canvas->height}, 0.7 * em);

  *head = rect_cut_top(&area, 1.5 * em);
  rect_cut_top(&area, 0.4 * em);
  state->layout = example_layout(canvas, &area, &state->pages, SMALLEST);
  return &state->layout;
}

static void draw_tick(const Canvas *canvas, double x, double y, double radius) {
  cairo_t *cr = canvas->cr;

  canvas_set_color(canvas, theme_good(canvas->theme));
  cairo_set_line_width(cr, radius / 8);
  cairo_set_line_cap(cr, CAIRO_LINE_CAP_ROUND);
  cairo_set_line_join(cr, CAIRO_LINE_JOIN_ROUND);
  cairo_new_sub_path(cr);
  cairo_arc(cr, x, y, radius, 0, 2 * G_PI);
  cairo_stroke(cr);
  cairo_move_to(cr, x - 0.45 * radius, y + 0.02 * radius);
  cairo_line_to(cr, x - 0.1 * radius, y + 0.38 * radius);
  cairo_line_to(cr, x + 0.48 * radius, y - 0.35 * radius);
  cairo_stroke(cr);
}

static char *no_mistakes_text(Panel *self) {
  const Judgement *judgement = ((Mistakes *)self->state)->judgement;
  char all[NUMBER_SIZE], many[CLASS_MANY_SIZE];

  if (show_of(self) == SHOW_CLASS)
    return g_strdup_printf("No mistakes: all %s are read right",
                           class_many(self->dataset, chosen_class(self), many));
  return g_strdup_printf("No mistakes: all %s %s pictures are read right",
                         count_text(judgement->n, all), part_name(judgement->part));
}

static void draw_no_mistakes(Panel *self, const Canvas *canvas) {
  const double em = canvas->theme->em, radius = MIN(2.4 * em, canvas->height / 7);
  const double top = MAX(canvas->height / 2 - radius - 3.2 * em, 0.5 * em);
  Rect text = {1.5 * em, top + 2 * radius + em, MAX(canvas->width - 3 * em, 1), 5 * em};
  g_autofree char *sentence = no_mistakes_text(self);

  draw_tick(canvas, canvas->width / 2, top + radius, radius);
  text.y +=
      canvas_paragraph(canvas, &text,
                       &(TextStyle){.size = 1.1, .bold = TRUE, .align = ALIGN_CENTRE}, sentence) +
      0.4 * em;
  canvas_paragraph(
      canvas, &text,
      &(TextStyle){.size = 0.9, .color = theme_dim(canvas->theme), .align = ALIGN_CENTRE},
      "To see what it was nearly wrong about, show the least certain ones.");
}

static void draw_waiting(Panel *self, const Canvas *canvas) {
  const Rect area = {0, 0, canvas->width, canvas->height};

  canvas_placeholder(canvas, &area,
                     self->dataset != NULL && self->dataset->n_classes == 0
                         ? "Mistakes need classes, and this data set has none."
                         : "The model has not been asked yet. Its answers to the validation "
                           "pictures come in a moment; while it trains, anew every second.");
}

static void draw(Panel *self, const Canvas *canvas) {
  Mistakes *state = listed(self);
  char longest[256], shorter[128];
  const char *candidates[] = {longest, shorter, NULL};
  const TextStyle style = {.align_vertical = ALIGN_CENTRE};
  Rect head;

  if (state == NULL) {
    draw_waiting(self, canvas);
    return;
  }
  if (state->pages.n == 0) {
    draw_no_mistakes(self, canvas);
    return;
  }
  const ExampleLayout *layout = layout_of(self, canvas, &head);
  headline(self, longest, shorter);
  canvas_text_in(canvas, &head, &style, text_fitting(canvas, &style, head.width, candidates));
  example_tiles_draw(self, canvas, layout, &state->pages, state->judgement->part, caption);
}

/* --- pointer and keyboard --- */

static GArray *spots_of(Panel *self, const Canvas *canvas) {
  GArray *spots = g_array_new(FALSE, FALSE, sizeof(Spot));
  Mistakes *state = listed(self);
  Rect head;

  if (state == NULL || state->pages.n == 0)
    return spots;
  const ExampleLayout *layout = layout_of(self, canvas, &head);
  for (guint i = 0; i < layout->shown; i++) {
    const Rect picture = example_picture(layout, i);
    spots_add(spots, &picture, SPOT_TILE, state->pages.sample[state->pages.first + i]);
  }
  if (layout->pager.width > 0) {
    spots_add(spots, &layout->back, SPOT_BACK, 0);
    spots_add(spots, &layout->next, SPOT_NEXT, 0);
  }
  return spots;
}

static gboolean turn(Panel *self, int pages) {
  Mistakes *state = listed(self);

  if (state == NULL || state->layout.across == 0 ||
      !example_pages_turn(&state->pages, &state->layout, pages))
    return FALSE;
  panel_redraw(self);
  return TRUE;
}

static void hit_sample(Panel *self, guint32 sample, Hit *hit) {
  const Judgement *judgement = ((Mistakes *)self->state)->judgement;
  const char *truth = label_of(self, judgement->label[sample]);
  const char *guess = label_of(self, judgement->guess[sample]);
  char confidence[NUMBER_SIZE], given[NUMBER_SIZE], what[128];

  percent_text((double)judgement->confidence[sample], confidence);
  percent_text((double)judgement->truth[sample], given);
  if (judgement->label[sample] == judgement->guess[sample])
    g_snprintf(what, sizeof what, "%s, read right (%s)", truth, confidence);
  else
    g_snprintf(what, sizeof what, "truth %s (%s) → read as %s (%s)", truth, given, guess,
               confidence);
  example_hit(self, judgement->part, sample, what, hit);
}

static gboolean hit(Panel *self, const Canvas *canvas, double x, double y, Hit *hit) {
  g_autoptr(GArray) spots = spots_of(self, canvas);
  const Spot *spot = spots_at(spots, x, y);

  if (spot == NULL)
    return FALSE;
  hit->area = spot->area;
  if (spot->kind == SPOT_TILE)
    hit_sample(self, spot->index, hit);
  else
    hit_text(hit,
             spot->kind == SPOT_BACK ? "The page before (Page Up)" : "The next page (Page Down)");
  return TRUE;
}

static gboolean click(Panel *self, const Canvas *canvas, double x, double y) {
  g_autoptr(GArray) spots = spots_of(self, canvas);
  const Spot *spot = spots_at(spots, x, y);

  if (spot == NULL)
    return FALSE;
  if (spot->kind == SPOT_TILE)
    return example_click(self, ((Mistakes *)self->state)->judgement->part, spot->index);
  turn(self, spot->kind == SPOT_BACK ? -1 : 1);
  return TRUE;
}

static gboolean pointer(Panel *self, const Canvas *canvas, PointerKind kind, double x, double y) {
  return kind == POINTER_PRESS && click(self, canvas, x, y);
}

static gboolean move(Panel *self, const Canvas *canvas, int dx, int dy, double *x, double *y) {
  Mistakes *state = self->state;
  g_autoptr(GArray) spots = spots_of(self, canvas);

  return spots_move(spots, &state->cursor, dx, dy, x, y);
}

static gboolean key(Panel *self, const char *name, gboolean control) {
  if (control)
    return FALSE;
  if (g_str_equal(name, "Page_Down"))
    return turn(self, 1);
  return g_str_equal(name, "Page_Up") && turn(self, -1);
}

/* The loss of the pinned example, where it is one of those shown. */
static gboolean locate(Panel *self, const Canvas *canvas, const Target *target, Rect *area) {
  Mistakes *state = listed(self);
  const Probe *probe = self->look != NULL ? self->look->probe : NULL;
  Rect head;

  if (state == NULL || probe == NULL || target->gradient ||
      !g_str_equal(target->tensor, probe->ends.loss->name) || probe->part != state->judgement->part)
    return FALSE;
  layout_of(self, canvas, &head);
  return example_locate(&state->pages, probe->example, &state->layout, area);
}

/* --- for spreadsheets and ears --- */

static void csv(Panel *self, GString *text) {
  const Mistakes *state = listed(self);

  g_string_append(text, "sample,truth,read_as,confidence,truth_probability,loss\n");
  for (guint i = 0; state != NULL && i < state->pages.n; i++) {
    const guint32 sample = state->pages.sample[i];
    const double truth = (double)state->judgement->truth[sample];
    g_string_append_printf(text, "%u,", sample);
    csv_text(text, label_of(self, state->judgement->label[sample]));
    g_string_append_c(text, ',');
    csv_text(text, label_of(self, state->judgement->guess[sample]));
    g_string_append_c(text, ',');
    csv_number(text, (double)state->judgement->confidence[sample]);
    g_string_append_c(text, ',');
    csv_number(text, truth);
    g_string_append_c(text, ',');
    csv_number(text, -log(truth));
    g_string_append_c(text, '\n');
  }
}

static char *describe(Panel *self) {
  const Mistakes *state = listed(self);
  char longest[256], shorter[128], texts[EXAMPLE_CAPTIONS][96] = {{0}};

  if (state == NULL)
    return g_strdup("The model has not been asked about the validation pictures yet.");
  if (state->pages.n == 0)
    return no_mistakes_text(self);
  headline(self, longest, shorter);
  caption(self, state->pages.sample[0], texts);
  return g_strdup_printf("%s. The first: picture %u, %s.", longest, state->pages.sample[0],
                         texts[0]);
}

static const char *const SHOWS[] = {"Most confident mistakes", "Least certain", "By class", NULL};

static const PanelControl CONTROLS[] = {
    {.id = "show",
     .label = "Show",
     .kind = CONTROL_CHOICE,
     .choices = SHOWS,
     .help = "The largest losses, the least certain answers even where right, or one class only"},
    {.id = "class",
     .label = "True class",
     .kind = CONTROL_CHOICE,
     .list = list_classes,
     .help = "Whose mistakes are shown by class"},
    {.id = NULL},
};

const PanelClass panel_worst_mistakes = {
    .name = "worst_mistakes",
    .title = "Worst mistakes",
    .icon = "dialog-warning-symbolic",
    .help = "Validation pictures read wrongly: truth → answer (confidence)",
    .manual = "Click a picture, or press Enter on it, to pin it: all panels then look at it. A "
              "second click explains its loss. Page Up and Page Down turn pages.",
    .state_size = sizeof(Mistakes),
    .width = 640,
    .height = 420,
    .controls = CONTROLS,
    .clear = clear,
    .update = update,
    .draw = draw,
    .hit = hit,
    .pointer = pointer,
    .move = move,
    .key = key,
    .locate = locate,
    .control = control,
    .control_sensitive = control_sensitive,
    .csv = csv,
    .describe = describe,
};
