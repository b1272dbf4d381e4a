/* What a layer makes of one picture, channel by channel. */
#include "ui/panels/grid_cursor.h"
#include "ui/panels/panel_words.h"

#include <string.h>

typedef struct {
  GridCursor cursor;
} FeatureMaps;

typedef struct {
  const Probe *probe;
  gboolean drawing;
  const Tensor *tensor;
  int rows, columns, channels;
  GridLayout grid, input; /* the maps; the picture they are of (one tile) */
  const Tensor *picture;
  Rect bar, caption;
} MapsPicture;

/* --- which tensor, of which picture --- */

static gboolean is_map(const Tensor *tensor) {
  return tensor->type == TENSOR_FLOAT && tensor->batched && tensor->shape.rank == 4;
}

/* Names of what can be shown; the caller frees. */
static char **list_tensors(const Panel *self) {
  g_autoptr(GPtrArray) names = g_ptr_array_new();

  if (self->look != NULL && self->look->probe != NULL) {
    const GPtrArray *tensors = self->look->probe->ends.graph->tensors;
    for (guint i = 0; i < tensors->len; i++)
      if (is_map(tensors->pdata[i]))
        g_ptr_array_add(names, g_strdup(((const Tensor *)tensors->pdata[i])->name));
  }
  if (names->len == 0)
    g_ptr_array_add(names, g_strdup(self->tensor != NULL ? self->tensor : "—"));
  g_ptr_array_add(names, NULL);
  return (char **)g_ptr_array_free(g_steal_pointer(&names), FALSE);
}

static const Probe *probe_of(const Panel *self, gboolean *drawing) {
  *drawing = panel_value(self, "source") == 1 && self->look != NULL && self->look->drawing != NULL;
  if (self->look == NULL)
    return NULL;
  return *drawing ? self->look->drawing : self->look->probe;
}

/* The lesson's own until another one was chosen. */
static void choose_first(Panel *self) {
  g_auto(GStrv) names = list_tensors(self);

  for (int i = 0; self->tensor != NULL && names[i] != NULL; i++)
    if (g_str_equal(names[i], self->tensor))
      self->values[0] = i;
}

static void update(Panel *self) {
  FeatureMaps *state = self->state;
  const Probe *probe = self->look->probe;

  if (probe == NULL)
    return;
  if (!state->cursor.entered && self->values[0] < 0)
    choose_first(self);
  self->values[2] = probe->part;
  self->values[3] = probe->example;
}

static void init(Panel *self) { self->values[0] = -1; }

/* --- places --- */

/* The picture left of its maps where that is wide, else above them. */
static void split(const Canvas *canvas, Rect area, MapsPicture *p) {
  const double em = canvas->theme->em;
  const gboolean wide = area.width > 1.5 * area.height;
  Rect side = wide ? rect_cut_left(&area, MIN(area.width * 0.25, 12 * em))
                   : rect_cut_top(&area, MIN(area.height * 0.24, 8 * em));
  const Shape *shape = &p->picture->shape;

  if (wide)
    rect_cut_left(&area, 0.8 * em);
  else
    rect_cut_top(&area, 0.4 * em);
  p->caption = rect_cut_bottom(&side, 1.2 * em);
  p->input = grid_layout(&side, 1, shape->dim[1], shape->dim[2], 0, 0);
  p->grid = grid_layout(&area, p->channels, p->rows, p->columns, 0.35 * em, 0);
}

static gboolean make_picture(const Panel *self, const Canvas *canvas, MapsPicture *p) {
  Rect area = {0, 0, canvas->width, canvas->height};
  g_auto(GStrv) names = list_tensors(self);
  const int choice = CLAMP((int)self->values[0], 0, (int)g_strv_length(names) - 1);

  memset(p, 0, sizeof *p);
  p->probe = probe_of(self, &p->drawing);
  if (p->probe == NULL)
    return FALSE;
  p->tensor = graph_find(p->probe->ends.graph, names[choice]);
  p->picture = p->probe->ends.input;
  if (p->tensor == NULL || p->tensor->value == NULL || !is_map(p->picture))
    return FALSE;
  p->rows = p->tensor->shape.dim[1];
  p->columns = p->tensor->shape.dim[2];
  p->channels = p->tensor->shape.dim[3];
  p->bar = rect_cut_bottom(&area, color_bar_height(canvas));
  rect_cut_bottom(&area, 0.4 * canvas->theme->em);
  split(canvas, area, p);
  return TRUE;
}

/* --- drawing --- */

static Scale scale_of(const MapsPicture *p) {
  const gsize n = shape_size(&p->tensor->shape);
  Scale scale = scale_fit(MAP_SEQUENTIAL, p->tensor->value, n);

  if (scale.low < 0)
    return scale_fit(MAP_SIGNED, p->tensor->value, n);
  scale.low = 0;
  return scale;
}

static Picture map_picture(const Tensor *tensor, int channel, Scale scale) {
  const gsize channels = (gsize)tensor->shape.dim[3], columns = (gsize)tensor->shape.dim[2];

  return (Picture){tensor->value + channel,
                   tensor->shape.dim[1],
                   tensor->shape.dim[2],
                   channels * columns,
                   channels,
                   scale};
}

static gboolean all_zero(const Tensor *tensor, int channel) {
  const int channels = tensor->shape.dim[3];

  for (gsize i = (gsize)channel; i < shape_size(&tensor->shape); i += (gsize)channels)
    if (tensor->value[i] != 0)
      return FALSE;
  return TRUE;
}

static void draw_map(const Canvas *canvas, const MapsPicture *p, int i, Scale scale) {
  const Rect rect = grid_tile(&p->grid, i);
  const Picture picture = map_picture(p->tensor, i, scale);

  picture_draw(canvas, &rect, &picture);
  if (all_zero(p->tensor, i))
    canvas_text_in(canvas, &rect,
                   &(TextStyle){.size = 0.75,
                                .color = color_readable_on(scale_color(&scale, canvas->theme, 0)),
                                .align = ALIGN_CENTRE,
                                .align_vertical = ALIGN_CENTRE},
                   rect.width > 3 * canvas->theme->em ? "all 0" : "0");
}

static void caption_text(const Panel *self, const MapsPicture *p, char text[96]) {
  if (p->drawing)
    g_strlcpy(text, "your drawing", 96);
  else if (p->probe->ends.target->type == TENSOR_INT)
    g_snprintf(text, 96, "a %s", class_label(self->dataset, p->probe->ends.target->index[0]));
  else
    g_strlcpy(text, "the pinned example", 96);
}

static void draw_input(const Panel *self, const Canvas *canvas, const MapsPicture *p) {
  const Rect rect = grid_tile(&p->input, 0);
  const Picture picture = map_picture(p->picture, 0, (Scale){MAP_INK, 0, 1});
  char text[96];

  picture_draw(canvas, &rect, &picture);
  canvas_stroke_rect(canvas, &rect, theme_grid(canvas->theme), 1);
  caption_text(self, p, text);
  canvas_text_in(
      canvas, &p->caption,
      &(TextStyle){.size = 0.85, .color = theme_dim(canvas->theme), .align = ALIGN_CENTRE}, text);
}

/* Cells of a map that the pointer is on lie at the same place in the picture and in all maps. */
static void draw(Panel *self, const Canvas *canvas) {
  MapsPicture p;

  if (!make_picture(self, canvas, &p)) {
    canvas_placeholder(canvas, &(Rect){0, 0, canvas->width, canvas->height},
                       "The maps appear as soon as the model has looked at a picture.");
    return;
  }
  const Scale scale = scale_of(&p);
  draw_input(self, canvas, &p);
  for (int i = 0; i < p.channels; i++)
    draw_map(canvas, &p, i, scale);
  color_bar_draw(canvas, &p.bar, &scale, p.tensor->name);
}

/* --- what is where --- */

static gsize offset_of(const Tensor *tensor, ImageCell cell, int channel) {
  return ((gsize)cell.row * (gsize)tensor->shape.dim[2] + (gsize)cell.column) *
             (gsize)tensor->shape.dim[3] +
         (gsize)channel;
}

static gboolean hit(Panel *self, const Canvas *canvas, double x, double y, Hit *hit) {
  MapsPicture p;

  if (!make_picture(self, canvas, &p))
    return FALSE;
  ImageCell cell = grid_hit(&p.grid, x, y);
  const Tensor *tensor = p.tensor;
  const GridLayout *grid = &p.grid;
  if (cell.tile < 0) {
    cell = grid_hit(&p.input, x, y);
    tensor = p.picture;
    grid = &p.input;
  }
  if (cell.tile < 0)
    return FALSE;
  hit->area = grid_cell(grid, cell);
  hit->drawing = p.drawing;
  hit_tensor(hit, tensor, offset_of(tensor, cell, cell.tile), FALSE);
  return TRUE;
}

static gboolean move(Panel *self, const Canvas *canvas, int dx, int dy, double *x, double *y) {
  MapsPicture p;

  return make_picture(self, canvas, &p) &&
         grid_cursor_move(&((FeatureMaps *)self->state)->cursor, &p.grid, dx, dy, x, y);
}

static gboolean locate(Panel *self, const Canvas *canvas, const Target *target, Rect *area) {
  MapsPicture p;
  int index[TENSOR_MAX_RANK];

  if (!make_picture(self, canvas, &p))
    return FALSE;
  const gboolean map = g_str_equal(target->tensor, p.tensor->name);
  if (!map && !g_str_equal(target->tensor, p.picture->name))
    return FALSE;
  shape_unravel(map ? &p.tensor->shape : &p.picture->shape, target->offset, index);
  *area = grid_cell(map ? &p.grid : &p.input, (ImageCell){map ? index[3] : 0, index[1], index[2]});
  return TRUE;
}

/* --- controls --- */

static void pin(Panel *self, DatasetPart part, guint32 example) {
  const guint32 n = self->dataset->count[part];

  if (n > 0 && self->host.pin != NULL)
    self->host.pin(self->host.data, part, MIN(example, n - 1));
}

static void control(Panel *self, const char *id, double value) {
  const DatasetPart part = (DatasetPart)panel_value(self, "part");

  if (g_str_equal(id, "part"))
    pin(self, part, 0);
  else if (g_str_equal(id, "example"))
    pin(self, part, (guint32)value);
  else if (g_str_equal(id, "random"))
    pin(self, part, (guint32)g_random_int_range(0, (gint)MAX(self->dataset->count[part], 1)));
}

static gboolean control_sensitive(const Panel *self, const char *id) {
  return !g_str_equal(id, "source") || (self->look != NULL && self->look->drawing != NULL);
}

/* --- for spreadsheets and ears --- */

static void csv(Panel *self, GString *text) {
  const Canvas nowhere = {NULL, 400, 300, &(Theme){.em = 13}};
  MapsPicture p;
  int index[TENSOR_MAX_RANK];

  g_string_append(text, "tensor,row,column,channel,value\n");
  if (!make_picture(self, &nowhere, &p))
    return;
  for (gsize i = 0; i < shape_size(&p.tensor->shape); i++) {
    shape_unravel(&p.tensor->shape, i, index);
    csv_text(text, p.tensor->name);
    g_string_append_printf(text, ",%d,%d,%d,", index[1], index[2], index[3]);
    csv_number(text, (double)p.tensor->value[i]);
    g_string_append_c(text, '\n');
  }
}

static char *describe(Panel *self) {
  const Canvas nowhere = {NULL, 400, 300, &(Theme){.em = 13}};
  MapsPicture p;
  char caption[96];
  int dead = 0;

  if (!make_picture(self, &nowhere, &p))
    return g_strdup("No picture has been looked at yet.");
  for (int i = 0; i < p.channels; i++)
    dead += all_zero(p.tensor, i);
  caption_text(self, &p, caption);
  return g_strdup_printf("%s of %s: %d maps of %d by %d numbers, %d of them all zero.",
                         p.tensor->name, caption, p.channels, p.rows, p.columns, dead);
}

static const char *const SOURCES[] = {"Pinned example", "My drawing", NULL};
static const char *const PARTS[] = {"Training", "Validation", "Test", NULL};

static const PanelControl CONTROLS[] = {
    {.id = "tensor",
     .label = "Maps",
     .help = "What to look at: the picture, sums before the activation, after it, after pooling.",
     .kind = CONTROL_CHOICE,
     .list = list_tensors},
    {.id = "source",
     .label = "Of",
     .help = "The pinned example, or what you have drawn in “Draw a digit”.",
     .kind = CONTROL_CHOICE,
     .choices = SOURCES},
    {.id = "part",
     .label = "From",
     .help = "The part of the data set that the pinned example is of.",
     .kind = CONTROL_CHOICE,
     .choices = PARTS,
     .initial = DATASET_VALIDATION},
    {.id = "example",
     .label = "Number",
     .help = "Which example is pinned, from 0.",
     .kind = CONTROL_INTEGER,
     .maximum = 9999999,
     .step = 1},
    {.id = "random", .label = "Any", .help = "Pins any other example.", .kind = CONTROL_BUTTON},
    {.id = NULL},
};

const PanelClass panel_feature_maps = {
    .name = "feature_maps",
    .title = "Feature maps",
    .icon = "view-grid-symbolic",
    .help = "What the layer makes of one picture: bright where a filter finds what it looks for",
    .manual =
        "Pin another example by its number. Point at a pixel for its value, click to ask why it "
        "is what it is. Arrow keys go from pixel to pixel.",
    .state_size = sizeof(FeatureMaps),
    .width = 560,
    .height = 360,
    .controls = CONTROLS,
    .init = init,
    .update = update,
    .draw = draw,
    .hit = hit,
    .move = move,
    .locate = locate,
    .control = control,
    .control_sensitive = control_sensitive,
    .csv = csv,
    .describe = describe,
};
