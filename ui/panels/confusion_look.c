/* The looks of the confusion matrix panel. */
#include "ui/chart/image_grid.h"
#include "ui/panels/confusion_places.h"
#include "ui/panels/confusion_words.h"
#include "ui/panels/panel_words.h"

static void caption(Panel *panel, guint32 sample, char texts[EXAMPLE_CAPTIONS][96]) {
  const Judgement *judgement = ((Confusion *)panel->state)->judgement;
  const double confidence = (double)judgement->confidence[sample];
  char percent[NUMBER_SIZE];

  g_strlcpy(texts[0], percent_text(confidence, percent), 96);
  g_strlcpy(texts[1], percent_brief(confidence, percent), 96);
}

static void draw_close(const Canvas *canvas, const ConfusionPlaces *places) {
  const Theme *theme = canvas->theme;
  const Rect button = rect_inset(places->close, 0.15 * theme->em);

  canvas_stroke_rect(canvas, &button, theme_dim(theme), 1);
  canvas_text_in(canvas, &button,
                 &(TextStyle){.align = ALIGN_CENTRE, .align_vertical = ALIGN_CENTRE},
                 places->alone ? "‹" : "×");
}

static void draw_cell(Panel *panel, const Canvas *canvas, const ConfusionPlaces *places) {
  Confusion *state = panel->state;
  const double em = canvas->theme->em;
  const TextStyle dim = {
      .size = 0.85, .color = theme_dim(canvas->theme), .align_vertical = ALIGN_CENTRE};
  const TextStyle bold = {.bold = TRUE, .align_vertical = ALIGN_CENTRE};
  Rect line = places->title;
  ConfusionTitle title;

  confusion_title(&state->counts, panel->dataset, state->truth, state->guess, &title);
  const char *const lines[] = {title.words, title.brief, NULL};
  const char *const counts[] = {title.counts, title.number, NULL};
  if (places->alone)
    rect_cut_left(&line, 0.4 * em);
  canvas_text_in(canvas, &line, &bold, text_fitting(canvas, &bold, line.width, lines));
  canvas_text_in(canvas, &places->count, &dim,
                 text_fitting(canvas, &dim, places->count.width, counts));
  draw_close(canvas, places);
  if (state->pages.n > 0)
    example_tiles_draw(panel, canvas, &state->tiles, &state->pages, state->judgement->part,
                       caption);
  else
    canvas_placeholder(canvas, &places->list, "None: this never happened.");
}

static void draw_pair(Panel *panel, const Canvas *canvas, const ConfusionPlaces *places, guint i) {
  Confusion *state = panel->state;
  const ConfusedPair *pair = &state->pairs[i];
  const double em = canvas->theme->em;
  Rect row = confusion_pair_place(canvas, places, i), number;
  const Rect bar = {row.x, row.y + row.height - 0.25 * em,
                    row.width * pair->count / MAX(state->counts.most_wrong, 1), 0.16 * em};
  TextStyle style = {.size = 0.95, .align_vertical = ALIGN_CENTRE};
  char count[NUMBER_SIZE];
  g_autofree char *words = g_strdup_printf("%s → %s", class_label(panel->dataset, pair->truth),
                                           class_label(panel->dataset, pair->guess));

  canvas_fill_rect(canvas, &bar, theme_accent(canvas->theme));
  number = rect_cut_right(&row, MIN(3 * em, row.width / 2));
  canvas_text_in(canvas, &row, &style, words);
  style.align = ALIGN_END;
  canvas_text_in(canvas, &number, &style, count_text(pair->count, count));
}

/* Before a cell is chosen: what is confused most. */
static void draw_pairs(Panel *panel, const Canvas *canvas, const ConfusionPlaces *places) {
  static const char *const TITLES[] = {"Most often confused", "Most confused", "Confused", NULL};
  static const char *const HINTS[] = {"Click a cell to see its pictures.", "Click a cell.", NULL};
  const Confusion *state = panel->state;
  const TextStyle bold = {.bold = TRUE, .align_vertical = ALIGN_CENTRE};
  const TextStyle dim = {.size = 0.85, .color = theme_dim(canvas->theme)};
  const Rect hint = confusion_hint_place(canvas, places);

  canvas_text_in(canvas, &places->title, &bold,
                 text_fitting(canvas, &bold, places->title.width, TITLES));
  for (guint i = 0; i < places->pairs; i++)
    draw_pair(panel, canvas, places, i);
  if (hint.height < 1.2 * canvas->theme->em)
    return;
  if (state->n_pairs > 0 && hint.height < 3 * canvas->theme->em)
    canvas_text_in(canvas, &hint, &dim, text_fitting(canvas, &dim, hint.width, HINTS));
  else
    canvas_paragraph(canvas, &hint, &dim,
                     state->n_pairs > 0 ? HINTS[0] : "Nothing: every picture is read right.");
}

void confusion_look(Panel *panel, const Canvas *canvas) {
  Confusion *state = panel->state;
  const ConfusionPlaces places = confusion_places(panel, canvas);
  const ConfusionScale scale = (ConfusionScale)panel_value(panel, "scale");
  const TextStyle style = {.align_vertical = ALIGN_CENTRE};
  Rect head = places.head;
  ConfusionHeadline line;

  if (places.alone) {
    draw_cell(panel, canvas, &places);
    return;
  }
  confusion_legend(canvas, &head, &state->counts, scale);
  confusion_headline(&state->counts, state->judgement, &line);
  const char *const lines[] = {line.longest, line.middle, line.shorter, line.shortest, NULL};
  canvas_text_in(canvas, &head, &style, text_fitting(canvas, &style, head.width, lines));
  confusion_draw(canvas, &places.matrix, &state->counts, panel->dataset, scale);
  if (!state->chosen) {
    if (places.list.width > 0)
      draw_pairs(panel, canvas, &places);
    return;
  }
  const Rect cell = confusion_cell(&places.matrix, state->truth, state->guess);
  highlight_draw(canvas, &cell);
  draw_cell(panel, canvas, &places);
}
