/* The validation pictures the model is most confidently wrong about, or least sure of. */
#include "ui/panels/example_tiles.h"
#include "ui/panels/mistake_list.h"
#include "ui/panels/panel_words.h"

#include <math.h>
#include <string.h>

#define SMALLEST 5.4 /* em of a picture: its caption fits */

typedef struct {
  Judgement *judgement; /* what the list was made of */
  gboolean stale;
  ExamplePages pages;
  SpotCursor cursor;
  ExampleLayout layout; /* as last seen: keys know no canvas */
} Mistakes;

static MistakeOrder order_of(const Panel *self) { return (MistakeOrder)panel_value(self, "show"); }

static int chosen_class(const Panel *self) { return (int)panel_value(self, "class"); }

/* --- the list --- */

/* The list, made anew when judgement or choice have changed; NULL before the first judgement. */
static Mistakes *listed(Panel *self) {
  Mistakes *state = self->state;
  guint n;

  if (state->judgement == NULL)
    return NULL;
  if (state->stale) {
    guint32 *samples = mistakes_list(state->judgement, order_of(self), chosen_class(self), &n);
    example_pages_set(&state->pages, samples, n);
  }
  state->stale = FALSE;
  return state;
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

  (void)id, (void)value;
  state->stale = TRUE;
  state->pages.first = 0;
  state->cursor.entered = FALSE;
}

static gboolean control_sensitive(const Panel *self, const char *id) {
  return !g_str_equal(id, "class") || order_of(self) == MISTAKES_CLASS;
}

static char **list_classes(const Panel *self) {
  if (self->dataset == NULL || self->dataset->class_names == NULL)
    return g_new0(char *, 1);
  return g_strdupv(self->dataset->class_names);
}

/* --- drawing --- */

static void caption(Panel *self, guint32 sample, char texts[EXAMPLE_CAPTIONS][96]) {
  const Judgement *judgement = ((Mistakes *)self->state)->judgement;
  char words[MISTAKE_WORDS];

  mistake_words(judgement, self->dataset, sample, FALSE, words);
  g_strlcpy(texts[0], words, 96);
  mistake_brief(judgement, self->dataset, sample, FALSE, words);
  g_strlcpy(texts[1], words, 96);
  mistake_brief(judgement, self->dataset, sample, TRUE, words);
  g_strlcpy(texts[2], words, 96);
  g_strlcpy(texts[3], words, 96);
  texts[3][strcspn(words, "(")] = '\0';
}

/* The pager, where there is one, stands beside the headline. */
static const ExampleLayout *layout_of(Panel *self, const Canvas *canvas, Rect *head) {
  Mistakes *state = self->state;
  const double em = canvas->theme->em;
  Rect area = rect_inset((Rect){0, 0, canvas->width, canvas->height}, 0.7 * em), pager;

  *head = rect_cut_top(&area, 1.9 * em);
  rect_cut_top(&area, 0.3 * em);
  Rect beside = *head;
  pager = rect_cut_right(&beside, CLAMP(0.35 * beside.width, 10 * em, 15 * em));
  state->layout = example_layout(canvas, &area, &pager, &state->pages, SMALLEST);
  if (state->layout.pager.width > 0) {
    *head = beside;
    rect_cut_right(head, 0.5 * em);
  }
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

static void draw_no_mistakes(Panel *self, const Canvas *canvas) {
  const double em = canvas->theme->em, radius = MIN(2.4 * em, canvas->height / 10);
  const double top = MAX(canvas->height / 2 - radius - 3.2 * em, 0.3 * em);
  Rect text = {em, top + 2 * radius + 0.6 * em, MAX(canvas->width - 2 * em, 1), 0};
  const Judgement *judgement = ((Mistakes *)self->state)->judgement;
  g_autofree char *sentence =
      mistakes_none(judgement, self->dataset, order_of(self), chosen_class(self));

  draw_tick(canvas, canvas->width / 2, top + radius, radius);
  text.y +=
      canvas_paragraph(canvas, &text,
                       &(TextStyle){.size = 1.1, .bold = TRUE, .align = ALIGN_CENTRE}, sentence) +
      0.4 * em;
  if (text.y + 5 * em > canvas->height)
    return;
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
  const TextStyle style = {.align_vertical = ALIGN_CENTRE};
  MistakeHeadline line;
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
  mistakes_headline(state->judgement, self->dataset, order_of(self), chosen_class(self),
                    state->pages.n, &line);
  const char *const lines[] = {line.longest, line.middle, line.shortest, NULL};
  if (head.width > 6 * canvas->theme->em)
    canvas_text_in(canvas, &head, &style, text_fitting(canvas, &style, head.width, lines));
  example_tiles_draw(self, canvas, layout, &state->pages, state->judgement->part, caption);
}

/* --- pointer and keyboard --- */

static GArray *spots_of(Panel *self, const Canvas *canvas) {
  GArray *spots = g_array_new(FALSE, FALSE, sizeof(Spot));
  Mistakes *state = listed(self);
  Rect head;

  if (state != NULL && state->pages.n > 0)
    example_spots_add(spots, layout_of(self, canvas, &head), &state->pages);
  return spots;
}

static gboolean hit(Panel *self, const Canvas *canvas, double x, double y, Hit *hit) {
  g_autoptr(GArray) spots = spots_of(self, canvas);
  const Spot *spot = spots_at(spots, x, y);
  const Judgement *judgement = ((Mistakes *)self->state)->judgement;
  char what[MISTAKE_WORDS] = "";

  if (spot == NULL)
    return FALSE;
  hit->area = spot->area;
  if (spot->kind == EXAMPLE_SPOT)
    mistake_words(judgement, self->dataset, spot->index, TRUE, what);
  example_hit(self, judgement->part, spot, what, hit);
  return TRUE;
}

static gboolean pointer(Panel *self, const Canvas *canvas, PointerKind kind, double x, double y) {
  g_autoptr(GArray) spots = spots_of(self, canvas);
  const Spot *spot = spots_at(spots, x, y);
  Mistakes *state = self->state;

  return kind == POINTER_PRESS && spot != NULL &&
         example_click(self, state->judgement->part, spot, &state->pages, &state->layout);
}

static gboolean move(Panel *self, const Canvas *canvas, int dx, int dy, double *x, double *y) {
  Mistakes *state = self->state;
  g_autoptr(GArray) spots = spots_of(self, canvas);

  return spots_move(spots, &state->cursor, dx, dy, x, y);
}

static gboolean key(Panel *self, const char *name, gboolean control) {
  Mistakes *state = listed(self);

  return state != NULL && !control && example_key(self, name, &state->pages, &state->layout);
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
    csv_text(text, class_label(self->dataset, state->judgement->label[sample]));
    g_string_append_c(text, ',');
    csv_text(text, class_label(self->dataset, state->judgement->guess[sample]));
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
  MistakeHeadline headline;
  char words[MISTAKE_WORDS];

  if (state == NULL)
    return g_strdup("The model has not been asked about the validation pictures yet.");
  if (state->pages.n == 0)
    return mistakes_none(state->judgement, self->dataset, order_of(self), chosen_class(self));
  mistakes_headline(state->judgement, self->dataset, order_of(self), chosen_class(self),
                    state->pages.n, &headline);
  mistake_words(state->judgement, self->dataset, state->pages.sample[0], FALSE, words);
  return g_strdup_printf("%s. The first: picture %u, %s.", headline.longest, state->pages.sample[0],
                         words);
}

static const char *const SHOWS[] = {"Most confident mistakes", "Least certain", "By class", NULL};

static const PanelControl CONTROLS[] = {
    {.id = "show",
     .label = "Show",
     .kind = CONTROL_CHOICE,
     .choices = SHOWS,
     .help =
         "Mistakes by confidence, the least certain answers even where right, or one class only"},
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
    .help = "What it is most confidently wrong about: truth → answer (confidence)",
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
