/* The kernels of a convolution, or their gradients. */
#include "ui/panels/grid_cursor.h"
#include "ui/panels/panel_words.h"

#include <string.h>

typedef struct {
  GridCursor cursor;
} Filters;

/* A kernel tensor as tiles: [height, width, channels, filters], one tile a filter. */
typedef struct {
  const Tensor *tensor;
  const real *values;
  gboolean gradient;
  int rows, columns, channels, filters, channel;
  GridLayout grid;
  Rect bar;
} FiltersPicture;

static gboolean make_picture(const Panel *self, const Canvas *canvas, FiltersPicture *p) {
  const double em = canvas->theme->em;
  Rect area = {0, 0, canvas->width, canvas->height};

  memset(p, 0, sizeof *p);
  p->tensor = self->tensor != NULL ? panel_tensor(self, self->tensor) : NULL;
  if (p->tensor == NULL || p->tensor->shape.rank != 4)
    return FALSE;
  const int *dim = p->tensor->shape.dim;
  p->rows = dim[0];
  p->columns = dim[1];
  p->channels = dim[2];
  p->filters = dim[3];
  p->channel = MIN((int)panel_value(self, "channel"), p->channels - 1);
  p->gradient = panel_value(self, "show") == 1;
  p->values = p->gradient ? p->tensor->grad : p->tensor->value;
  p->bar = rect_cut_bottom(&area, color_bar_height(canvas));
  rect_cut_bottom(&area, 0.5 * em);
  p->grid = grid_layout(&area, p->filters, p->rows, p->columns, 0.6 * em, 1.05 * em);
  return p->values != NULL;
}

static gsize offset_of(const FiltersPicture *p, ImageCell cell) {
  return (((gsize)cell.row * (gsize)p->columns + (gsize)cell.column) * (gsize)p->channels +
          (gsize)p->channel) *
             (gsize)p->filters +
         (gsize)cell.tile;
}

static Picture tile_picture(const FiltersPicture *p, int tile, Scale scale) {
  const gsize step = (gsize)p->channels * (gsize)p->filters;

  return (Picture){p->values + offset_of(p, (ImageCell){tile, 0, 0}),
                   p->rows,
                   p->columns,
                   step * (gsize)p->columns,
                   step,
                   scale};
}

static Scale own_scale(const FiltersPicture *p, int tile) {
  float values[225];
  gsize n = 0;

  for (int r = 0; r < p->rows; r++)
    for (int c = 0; c < p->columns && n < G_N_ELEMENTS(values); c++)
      values[n++] = p->values[offset_of(p, (ImageCell){tile, r, c})];
  return scale_fit(MAP_SIGNED, values, n);
}

static void draw_tile(const Canvas *canvas, const FiltersPicture *p, int tile, Scale scale) {
  const Rect rect = grid_tile(&p->grid, tile), label = grid_label(&p->grid, tile);
  const Picture picture = tile_picture(p, tile, scale);
  char number[16];

  picture_draw(canvas, &rect, &picture);
  picture_draw_numbers(canvas, &rect, &picture);
  canvas_stroke_rect(canvas, &rect, theme_grid(canvas->theme), 1);
  g_snprintf(number, sizeof number, "%d", tile);
  canvas_text_in(
      canvas, &label,
      &(TextStyle){.size = 0.75, .color = theme_dim(canvas->theme), .align_vertical = ALIGN_END},
      number);
}

static void draw(Panel *self, const Canvas *canvas) {
  FiltersPicture p;

  if (!make_picture(self, canvas, &p)) {
    canvas_placeholder(canvas, &(Rect){0, 0, canvas->width, canvas->height},
                       "The filters appear as soon as the model is looked at.");
    return;
  }
  const gboolean each = panel_value(self, "scale") == 1;
  const Scale all = scale_fit(MAP_SIGNED, p.values, shape_size(&p.tensor->shape));
  for (int i = 0; i < p.filters; i++)
    draw_tile(canvas, &p, i, each ? own_scale(&p, i) : all);
  if (each)
    canvas_text_in(canvas, &p.bar, &(TextStyle){.size = 0.85, .color = theme_dim(canvas->theme)},
                   "Each filter has its own scale: blue negative, orange positive");
  else
    color_bar_draw(canvas, &p.bar, &all, p.gradient ? "gradient" : "weight");
}

static gboolean hit(Panel *self, const Canvas *canvas, double x, double y, Hit *hit) {
  FiltersPicture p;

  if (!make_picture(self, canvas, &p))
    return FALSE;
  const ImageCell cell = grid_hit(&p.grid, x, y);
  if (cell.tile < 0)
    return FALSE;
  hit->area = grid_cell(&p.grid, cell);
  hit_tensor(hit, p.tensor, offset_of(&p, cell), p.gradient);
  return TRUE;
}

static gboolean move(Panel *self, const Canvas *canvas, int dx, int dy, double *x, double *y) {
  FiltersPicture p;

  return make_picture(self, canvas, &p) &&
         grid_cursor_move(&((Filters *)self->state)->cursor, &p.grid, dx, dy, x, y);
}

static gboolean locate(Panel *self, const Canvas *canvas, const Target *target, Rect *area) {
  FiltersPicture p;
  int index[TENSOR_MAX_RANK];

  if (self->tensor == NULL || !g_str_equal(target->tensor, self->tensor) ||
      !make_picture(self, canvas, &p))
    return FALSE;
  shape_unravel(&p.tensor->shape, target->offset, index);
  if (index[2] != p.channel)
    return FALSE;
  *area = grid_cell(&p.grid, (ImageCell){index[3], index[0], index[1]});
  return TRUE;
}

static gboolean control_sensitive(const Panel *self, const char *id) {
  const Tensor *tensor = self->tensor != NULL ? panel_tensor(self, self->tensor) : NULL;

  return !g_str_equal(id, "channel") ||
         (tensor != NULL && tensor->shape.rank == 4 && tensor->shape.dim[2] > 1);
}

/* --- for spreadsheets and ears --- */

static void csv(Panel *self, GString *text) {
  const Tensor *tensor = self->tensor != NULL ? panel_tensor(self, self->tensor) : NULL;
  int index[TENSOR_MAX_RANK];

  g_string_append(text, "filter,channel,row,column,weight,gradient\n");
  if (tensor == NULL || tensor->shape.rank != 4)
    return;
  for (gsize i = 0; i < shape_size(&tensor->shape); i++) {
    shape_unravel(&tensor->shape, i, index);
    g_string_append_printf(text, "%d,%d,%d,%d,", index[3], index[2], index[0], index[1]);
    csv_number(text, (double)tensor->value[i]);
    g_string_append_c(text, ',');
    if (tensor->grad != NULL)
      csv_number(text, (double)tensor->grad[i]);
    g_string_append_c(text, '\n');
  }
}

static char *describe(Panel *self) {
  const Tensor *tensor = self->tensor != NULL ? panel_tensor(self, self->tensor) : NULL;
  char low[NUMBER_SIZE], high[NUMBER_SIZE];

  if (tensor == NULL || tensor->shape.rank != 4)
    return g_strdup("No filters to show yet.");
  float least = tensor->value[0], most = tensor->value[0];
  for (gsize i = 1; i < shape_size(&tensor->shape); i++) {
    least = MIN(least, tensor->value[i]);
    most = MAX(most, tensor->value[i]);
  }
  return g_strdup_printf("%d filters of %d by %d weights, from %s to %s.", tensor->shape.dim[3],
                         tensor->shape.dim[0], tensor->shape.dim[1],
                         number_text((double)least, low), number_text((double)most, high));
}

static const char *const SHOWS[] = {"Weights", "Gradients", NULL};
static const char *const SCALES[] = {"One for all", "Each its own", NULL};

static const PanelControl CONTROLS[] = {
    {.id = "show",
     .label = "Show",
     .help = "The weights, or the gradient of the pinned example's loss with respect to them.",
     .kind = CONTROL_CHOICE,
     .choices = SHOWS},
    {.id = "scale",
     .label = "Scale",
     .help = "One colour scale makes filters comparable; one for each shows faint ones.",
     .kind = CONTROL_CHOICE,
     .choices = SCALES},
    {.id = "channel",
     .label = "Input channel",
     .help = "Which channel of its input the shown part of each filter reads.",
     .kind = CONTROL_INTEGER,
     .maximum = 65535,
     .step = 1},
    {.id = NULL},
};

const PanelClass panel_filters = {
    .name = "filters",
    .title = "Filters",
    .icon = "view-grid-symbolic",
    .help = "What each filter looks for: orange rewards brightness there, blue punishes it",
    .manual =
        "Point at a weight for its value, click to ask why it is what it is. Arrow keys go from "
        "weight to weight.",
    .state_size = sizeof(Filters),
    .width = 480,
    .height = 320,
    .controls = CONTROLS,
    .draw = draw,
    .hit = hit,
    .move = move,
    .locate = locate,
    .control_sensitive = control_sensitive,
    .csv = csv,
    .describe = describe,
};
