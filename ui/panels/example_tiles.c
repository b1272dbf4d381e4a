#include "ui/panels/example_tiles.h"

#include "ui/chart/image_grid.h"
#include "ui/panels/panel_words.h"

#include <math.h>

#define LARGEST 11  /* em, of a picture */
#define GROWTH 1.06 /* per try */

void example_pages_clear(ExamplePages *self) {
  g_clear_pointer(&self->sample, g_free);
  self->n = self->first = 0;
}

void example_pages_set(ExamplePages *self, guint32 *sample, guint n) {
  const guint first = self->first;

  example_pages_clear(self);
  self->sample = sample;
  self->n = n;
  self->first = first < n ? first : 0;
}

guint example_per_page(const ExampleLayout *self) { return self->across * self->down; }

static void fit(ExampleLayout *self, double side) {
  self->side = side;
  self->across = (guint)MAX(1, floor((self->area.width + self->gap) / (side + self->gap)));
  self->down =
      (guint)MAX(1, floor((self->area.height + self->gap) / (side + self->caption + self->gap)));
}

/* No larger than there is room for. */
static double least_side(const ExampleLayout *self, double wanted) {
  return MAX(MIN(MIN(wanted, self->area.width), self->area.height - self->caption), 1);
}

static void place_pager(ExampleLayout *self, const Rect *pager, double em) {
  Rect row = pager != NULL ? *pager : rect_cut_bottom(&self->area, 1.9 * em);

  self->pager = row;
  self->back = rect_cut_left(&row, 1.9 * em);
  self->next = rect_cut_right(&row, 1.9 * em);
}

ExampleLayout example_layout(const Canvas *canvas, const Rect *area, const Rect *pager,
                             const ExamplePages *pages, double smallest) {
  const double em = canvas->theme->em;
  ExampleLayout self = {.area = *area, .caption = 1.45 * em, .gap = 0.6 * em};
  double side;

  fit(&self, least_side(&self, smallest * em));
  if (pages->n > example_per_page(&self))
    place_pager(&self, pager, em);
  side = least_side(&self, smallest * em);
  fit(&self, side);
  const guint wanted = MIN(pages->n, example_per_page(&self));
  for (double larger = side; larger <= MAX(LARGEST, smallest) * em; larger *= GROWTH) {
    fit(&self, larger);
    if (larger + self.caption <= self.area.height && larger <= self.area.width &&
        example_per_page(&self) >= wanted)
      side = larger;
  }
  fit(&self, floor(side));
  self.shown = MIN(example_per_page(&self), pages->n - MIN(pages->first, pages->n));
  return self;
}

/* From one tile to the next of n: what is left over goes between them, up to a share of a picture.
 */
static double step(const ExampleLayout *self, double room, double size, guint n, double share) {
  const double spare = room - n * (size + self->gap) + self->gap;

  return size + self->gap +
         (n > 1 ? floor(CLAMP(spare / (n - 1), 0, MAX(share * self->side, 0))) : 0);
}

Rect example_tile(const ExampleLayout *self, guint i) {
  const double height = self->side + self->caption;

  return (Rect){floor(self->area.x) +
                    i % self->across * step(self, self->area.width, self->side, self->across, 0.33),
                floor(self->area.y) +
                    i / self->across * step(self, self->area.height, height, self->down, 0.2),
                self->side, height};
}

Rect example_picture(const ExampleLayout *self, guint i) {
  Rect tile = example_tile(self, i);

  tile.height = self->side;
  return tile;
}

gboolean example_can_turn(const ExamplePages *self, const ExampleLayout *layout, int pages) {
  return pages < 0 ? self->first > 0 : self->first + example_per_page(layout) < self->n;
}

gboolean example_pages_turn(ExamplePages *self, const ExampleLayout *layout, int pages) {
  const guint per_page = example_per_page(layout);

  if (!example_can_turn(self, layout, pages))
    return FALSE;
  if (pages > 0)
    self->first += per_page;
  else
    self->first -= MIN(self->first, per_page);
  return TRUE;
}

gboolean example_locate(ExamplePages *self, guint32 sample, ExampleLayout *layout, Rect *area) {
  const guint per_page = example_per_page(layout);
  guint i = 0;

  while (i < self->n && self->sample[i] != sample)
    i++;
  if (i == self->n)
    return FALSE;
  if (i < self->first || i >= self->first + layout->shown) {
    self->first = i / per_page * per_page;
    layout->shown = MIN(per_page, self->n - self->first);
  }
  *area = example_picture(layout, i - self->first);
  return TRUE;
}

/* --- drawing --- */

/* Height and width of a picture; FALSE when the samples are none. */
static gboolean picture_size(const Dataset *dataset, int *rows, int *columns, int *channels) {
  const Shape *shape = &dataset->field[0].row;

  if (shape->rank < 2 || shape->rank > 3)
    return FALSE;
  *rows = shape->dim[0], *columns = shape->dim[1];
  *channels = shape->rank == 3 ? shape->dim[2] : 1;
  return TRUE;
}

/* Colours are shown as their mean. */
static void draw_sample(const Panel *panel, const Canvas *canvas, const Rect *rect,
                        DatasetPart part, guint32 sample) {
  int rows, columns, channels;

  if (panel->dataset == NULL || sample >= panel->dataset->count[part] ||
      !picture_size(panel->dataset, &rows, &columns, &channels))
    return;
  g_autofree float *values = g_new(float, shape_size(&panel->dataset->field[0].row));
  dataset_sample(panel->dataset, part, sample, values, NULL);
  for (int i = 0; i < rows * columns; i++) {
    float sum = 0;
    for (int c = 0; c < channels; c++)
      sum += values[i * channels + c];
    values[i] = sum / (float)channels;
  }
  picture_draw(canvas, rect, &(Picture){values, rows, columns, (gsize)columns, 1, {MAP_INK, 0, 1}});
}

static void draw_caption(Panel *panel, const Canvas *canvas, const ExampleLayout *layout, guint i,
                         guint32 sample, ExampleCaption caption) {
  char texts[EXAMPLE_CAPTIONS][96] = {{0}};
  const char *candidates[EXAMPLE_CAPTIONS + 1] = {NULL};
  const TextStyle style = {.size = 0.85, .align = ALIGN_CENTRE, .align_vertical = ALIGN_CENTRE};
  Rect line = example_tile(layout, i);

  caption(panel, sample, texts);
  for (int k = 0; k < EXAMPLE_CAPTIONS && texts[k][0] != '\0'; k++)
    candidates[k] = texts[k];
  if (candidates[0] == NULL)
    return;
  line = rect_cut_bottom(&line, layout->caption);
  line.x -= layout->gap / 3, line.width += layout->gap / 1.5;
  canvas_text_in(canvas, &line, &style, text_fitting(canvas, &style, line.width, candidates));
}

static void draw_button(const Canvas *canvas, const Rect *rect, const char *text, gboolean on) {
  const Theme *theme = canvas->theme;
  const Rect button = rect_inset(*rect, 0.15 * theme->em);
  const Color color = on ? theme_text(theme) : color_with_alpha(theme_dim(theme), 0.4);

  canvas_stroke_rect(canvas, &button, on ? theme_dim(theme) : theme_grid(theme), 1);
  canvas_text_in(
      canvas, &button,
      &(TextStyle){
          .size = 1.1, .color = color, .align = ALIGN_CENTRE, .align_vertical = ALIGN_CENTRE},
      text);
}

static void draw_pager(const Canvas *canvas, const ExampleLayout *layout,
                       const ExamplePages *pages) {
  const double em = canvas->theme->em;
  const TextStyle style = {.size = 0.85,
                           .color = theme_dim(canvas->theme),
                           .align = ALIGN_CENTRE,
                           .align_vertical = ALIGN_CENTRE};
  char all[NUMBER_SIZE], from[NUMBER_SIZE], to[NUMBER_SIZE], texts[2][96];
  const char *candidates[] = {texts[0], texts[1], NULL};
  Rect middle = layout->pager;

  rect_cut_left(&middle, 2.1 * em);
  rect_cut_right(&middle, 2.1 * em);
  count_text(pages->first + 1, from);
  count_text(pages->first + layout->shown, to);
  count_text(pages->n, all);
  g_snprintf(texts[0], sizeof texts[0], "%s–%s of %s", from, to, all);
  g_snprintf(texts[1], sizeof texts[1], "%s/%s", to, all);
  draw_button(canvas, &layout->back, "‹", example_can_turn(pages, layout, -1));
  draw_button(canvas, &layout->next, "›", example_can_turn(pages, layout, 1));
  canvas_text_in(canvas, &middle, &style, text_fitting(canvas, &style, middle.width, candidates));
}

static gboolean is_pinned(const Panel *panel, DatasetPart part, guint32 sample) {
  const Probe *probe = panel->look != NULL ? panel->look->probe : NULL;

  return probe != NULL && probe->part == part && probe->example == sample;
}

void example_tiles_draw(Panel *panel, const Canvas *canvas, const ExampleLayout *layout,
                        const ExamplePages *pages, DatasetPart part, ExampleCaption caption) {
  for (guint i = 0; i < layout->shown; i++) {
    const guint32 sample = pages->sample[pages->first + i];
    const Rect picture = example_picture(layout, i);
    draw_sample(panel, canvas, &picture, part, sample);
    canvas_stroke_rect(canvas, &picture, theme_grid(canvas->theme), 1);
    if (is_pinned(panel, part, sample))
      highlight_draw(canvas, &picture);
    draw_caption(panel, canvas, layout, i, sample, caption);
  }
  if (layout->pager.width > 0)
    draw_pager(canvas, layout, pages);
}

/* --- pointer and keyboard --- */

void example_spots_add(GArray *spots, const ExampleLayout *layout, const ExamplePages *pages) {
  for (guint i = 0; i < layout->shown; i++) {
    const Rect picture = example_picture(layout, i);
    spots_add(spots, &picture, EXAMPLE_SPOT, pages->sample[pages->first + i]);
  }
  if (layout->pager.width > 0) {
    spots_add(spots, &layout->back, EXAMPLE_SPOT_BACK, 0);
    spots_add(spots, &layout->next, EXAMPLE_SPOT_NEXT, 0);
  }
}

static void hit_sample(const Panel *panel, DatasetPart part, guint32 sample, const char *what,
                       Hit *hit) {
  char number[NUMBER_SIZE], loss_text[NUMBER_SIZE];

  count_text(sample, number);
  if (!is_pinned(panel, part, sample)) {
    hit_text(hit, "%s picture %s: %s. Click to pin it.", part_name(part), number, what);
    return;
  }
  const Tensor *loss = panel->look->probe->ends.loss;
  hit_text(hit, "%s picture %s, pinned: %s. Click: why is its loss %s?", part_name(part), number,
           what, number_text((double)loss->value[0], loss_text));
  g_strlcpy(hit->target.tensor, loss->name, sizeof hit->target.tensor);
}

void example_hit(const Panel *panel, DatasetPart part, const Spot *spot, const char *what,
                 Hit *hit) {
  if (spot->kind == EXAMPLE_SPOT)
    hit_sample(panel, part, spot->index, what, hit);
  else
    hit_text(hit, spot->kind == EXAMPLE_SPOT_BACK ? "The page before (Page Up)"
                                                  : "The next page (Page Down)");
}

static gboolean turn(Panel *panel, ExamplePages *pages, const ExampleLayout *layout, int by) {
  if (layout->across == 0 || !example_pages_turn(pages, layout, by))
    return FALSE;
  panel_redraw(panel);
  return TRUE;
}

gboolean example_click(Panel *panel, DatasetPart part, const Spot *spot, ExamplePages *pages,
                       const ExampleLayout *layout) {
  if (spot->kind != EXAMPLE_SPOT) {
    turn(panel, pages, layout, spot->kind == EXAMPLE_SPOT_BACK ? -1 : 1);
    return TRUE;
  }
  if (is_pinned(panel, part, spot->index))
    return FALSE;
  if (panel->host.pin != NULL)
    panel->host.pin(panel->host.data, part, spot->index);
  return TRUE;
}

gboolean example_key(Panel *panel, const char *name, ExamplePages *pages,
                     const ExampleLayout *layout) {
  if (g_str_equal(name, "Page_Down"))
    return turn(panel, pages, layout, 1);
  return g_str_equal(name, "Page_Up") && turn(panel, pages, layout, -1);
}
