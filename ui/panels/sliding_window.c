/* One number of a convolution's output: the window it saw, the kernel, the products. */
#include "ui/panels/grid_cursor.h"
#include "ui/panels/panel_words.h"

#include <math.h>
#include <string.h>

#define MAX_WINDOW 15 /* larger kernels are not spread out */

typedef struct {
  GridCursor cursor;
  int row, column; /* of the output pixel that is looked at */
  gboolean chosen; /* by the learner */
} SlidingWindow;

/* A convolution as it is in the probe, and the pixel that is looked at. */
typedef struct {
  const Tensor *input, *kernel, *bias, *sum,
      *output;                            /* sum: before the activation; bias: or NULL */
  int rows, columns;                      /* of the kernel */
  int stride[2], dilation[2], padding[2]; /* by height and width */
  int filter, channel, row, column;
  float patch[MAX_WINDOW * MAX_WINDOW], weights[MAX_WINDOW * MAX_WINDOW],
      products[MAX_WINDOW * MAX_WINDOW];
  double total; /* of the products shown */
} Window;

typedef struct {
  Window window;
  GridLayout input, output;
  Rect input_head, output_head, middle, foot;
  Rect patch, kernel, products; /* the three small grids */
  Rect patch_head, kernel_head, products_head;
} WindowPicture;

/* --- the convolution --- */

static const Layer *layer_of(const Panel *self) {
  for (guint i = 0; i < self->model->layers->len; i++) {
    const Layer *layer = self->model->layers->pdata[i];
    if (g_strcmp0(layer->name, self->tensor) == 0 && g_str_equal(layer->klass->name, "conv2d"))
      return layer;
  }
  return NULL;
}

static const Tensor *tensor_of(const Panel *self, const char *layer, const char *suffix) {
  g_autofree char *name = g_strconcat(layer, suffix, NULL);

  return panel_tensor(self, name);
}

static const char *input_name(const Panel *self, const Layer *layer) {
  if (layer->n_from > 0)
    return layer->from[0];
  return ((const Layer *)self->model->layers->pdata[0])->name;
}

/* Zeros before the first pixel, as Keras lays them for padding "same". */
static int padding_before(const Layer *layer, int side, int in, int out, int kernel, int stride,
                          int dilation) {
  (void)side;
  if (!g_str_equal(layer_choice(layer, "padding"), "same"))
    return 0;
  return MAX((out - 1) * stride + (kernel - 1) * dilation + 1 - in, 0) / 2;
}

static gboolean find_tensors(const Panel *self, const Layer *layer, Window *w) {
  w->input = panel_tensor(self, input_name(self, layer));
  w->kernel = tensor_of(self, layer->name, ".kernel");
  w->bias = tensor_of(self, layer->name, ".bias");
  w->output = panel_tensor(self, layer->name);
  w->sum = tensor_of(self, layer->name, ".preactivation");
  if (w->sum == NULL)
    w->sum = w->output;
  return w->input != NULL && w->kernel != NULL && w->output != NULL && w->input->value != NULL &&
         w->kernel->shape.dim[0] <= MAX_WINDOW && w->kernel->shape.dim[1] <= MAX_WINDOW;
}

static gsize pixel(const Tensor *map, int row, int column, int channel) {
  return ((gsize)row * (gsize)map->shape.dim[2] + (gsize)column) * (gsize)map->shape.dim[3] +
         (gsize)channel;
}

static gsize weight(const Window *w, int row, int column) {
  return (((gsize)row * (gsize)w->columns + (gsize)column) * (gsize)w->kernel->shape.dim[2] +
          (gsize)w->channel) *
             (gsize)w->kernel->shape.dim[3] +
         (gsize)w->filter;
}

/* Where a cell of the window lies in the input; FALSE: in the padding. */
static gboolean input_place(const Window *w, int row, int column, int *y, int *x) {
  *y = w->row * w->stride[0] - w->padding[0] + row * w->dilation[0];
  *x = w->column * w->stride[1] - w->padding[1] + column * w->dilation[1];
  return *y >= 0 && *x >= 0 && *y < w->input->shape.dim[1] && *x < w->input->shape.dim[2];
}

static void multiply(Window *w) {
  w->total = 0;
  for (int r = 0; r < w->rows; r++)
    for (int c = 0; c < w->columns; c++) {
      const int i = r * w->columns + c;
      int y, x;
      w->patch[i] =
          input_place(w, r, c, &y, &x) ? w->input->value[pixel(w->input, y, x, w->channel)] : 0;
      w->weights[i] = w->kernel->value[weight(w, r, c)];
      w->products[i] = w->patch[i] * w->weights[i];
      w->total += (double)w->products[i];
    }
}

static gboolean look_through(const Panel *self, Window *w) {
  const SlidingWindow *state = self->state;
  const Layer *layer = layer_of(self);

  memset(w, 0, sizeof *w);
  if (layer == NULL || !find_tensors(self, layer, w))
    return FALSE;
  const Shape *stride = layer_shape(layer, "strides"),
              *dilation = layer_shape(layer, "dilation_rate");
  w->rows = w->kernel->shape.dim[0];
  w->columns = w->kernel->shape.dim[1];
  for (int side = 0; side < 2; side++) {
    w->stride[side] = stride->dim[side];
    w->dilation[side] = dilation->dim[side];
    w->padding[side] =
        padding_before(layer, side, w->input->shape.dim[1 + side], w->output->shape.dim[1 + side],
                       w->kernel->shape.dim[side], w->stride[side], w->dilation[side]);
  }
  w->filter = MIN((int)panel_value(self, "filter"), w->output->shape.dim[3] - 1);
  w->channel = MIN((int)panel_value(self, "channel"), w->input->shape.dim[3] - 1);
  w->row =
      state->chosen ? MIN(state->row, w->output->shape.dim[1] - 1) : w->output->shape.dim[1] / 2;
  w->column =
      state->chosen ? MIN(state->column, w->output->shape.dim[2] - 1) : w->output->shape.dim[2] / 2;
  multiply(w);
  return TRUE;
}

/* --- places --- */

static Rect centred(Rect area, double width, double height) {
  return (Rect){area.x + MAX(area.width - width, 0) / 2, area.y, MIN(width, area.width), height};
}

/* Three small grids side by side, or one above the other. */
static void place_grids(const Canvas *canvas, WindowPicture *p, gboolean beside) {
  const double em = canvas->theme->em, head = 1.2 * em;
  const int across = beside ? 3 : 1, down = beside ? 1 : 3;
  const double width = (p->middle.width - (across - 1) * 0.6 * em) / across;
  const double height = (p->middle.height - (down - 1) * 0.3 * em) / down;
  const double aspect = 1.9 * p->window.columns / p->window.rows;
  Rect *const grids[] = {&p->patch, &p->kernel, &p->products};
  Rect *const heads[] = {&p->patch_head, &p->kernel_head, &p->products_head};

  for (int i = 0; i < 3; i++) {
    Rect cell = {p->middle.x + (beside ? i * (width + 0.6 * em) : 0),
                 p->middle.y + (beside ? 0 : i * (height + 0.3 * em)), width, height};
    *heads[i] = rect_cut_top(&cell, head);
    const double wide = MIN(cell.width, cell.height * aspect);
    *grids[i] = centred(cell, wide, MIN(cell.height, wide / aspect * 1.2));
  }
}

/* Both maps with the small grids between them, or below them where it is narrow. */
static void place(const Canvas *canvas, Rect area, WindowPicture *p) {
  const double em = canvas->theme->em;
  const gboolean narrow = area.width < 36 * em;
  const double grids = p->window.rows * 1.6 * em + 1.4 * em;

  if (narrow)
    p->middle = rect_cut_bottom(&area, MIN(grids, area.height * 0.45));
  const double side = narrow
                          ? (area.width - em) / 2
                          : (area.width - CLAMP(area.width * 0.3, 9 * em, 22 * em) - 1.6 * em) / 2;
  Rect left = rect_cut_left(&area, side), right = rect_cut_right(&area, side);
  if (!narrow) {
    rect_cut_left(&area, 0.8 * em);
    rect_cut_right(&area, 0.8 * em);
    p->middle = area;
  }
  p->input_head = rect_cut_top(&left, 1.3 * em);
  p->output_head = rect_cut_top(&right, 1.3 * em);
  const Window *w = &p->window;
  p->input = grid_layout(&left, 1, w->input->shape.dim[1], w->input->shape.dim[2], 0, 0);
  p->output = grid_layout(&right, 1, w->output->shape.dim[1], w->output->shape.dim[2], 0, 0);
  place_grids(canvas, p, narrow || p->middle.height < 3 * (1.2 + p->window.rows * 1.35) * em);
}

static gboolean make_picture(const Panel *self, const Canvas *canvas, WindowPicture *p) {
  const double em = canvas->theme->em;
  Rect area = {0, 0, canvas->width, canvas->height};

  if (!look_through(self, &p->window))
    return FALSE;
  p->foot = rect_cut_bottom(&area, 2.9 * em);
  place(canvas, area, p);
  return TRUE;
}

/* --- drawing --- */

static Picture map_of(const Tensor *tensor, int channel, Scale scale) {
  const gsize channels = (gsize)tensor->shape.dim[3], columns = (gsize)tensor->shape.dim[2];

  return (Picture){tensor->value + channel,
                   tensor->shape.dim[1],
                   tensor->shape.dim[2],
                   channels * columns,
                   channels,
                   scale};
}

static Scale input_scale(const Window *w) {
  const Scale scale = scale_fit(MAP_SIGNED, w->input->value, shape_size(&w->input->shape));
  gboolean negative = FALSE;

  for (gsize i = 0; i < shape_size(&w->input->shape) && !negative; i++)
    negative = w->input->value[i] < 0;
  return negative ? scale : (Scale){MAP_INK, 0, MAX(scale.high, 1e-6)};
}

static void draw_grid(const Canvas *canvas, const Rect *rect, const Rect *head, const Window *w,
                      const float *values, Scale scale, const char *title) {
  const Picture picture = {values, w->rows, w->columns, (gsize)w->columns, 1, scale};

  canvas_text_in(canvas, head,
                 &(TextStyle){.size = 0.85,
                              .color = theme_dim(canvas->theme),
                              .align = ALIGN_CENTRE,
                              .align_vertical = ALIGN_END},
                 title);
  picture_draw(canvas, rect, &picture);
  picture_draw_numbers(canvas, rect, &picture);
  canvas_stroke_rect(canvas, rect, theme_dim(canvas->theme), 1);
}

static void draw_maps(const Canvas *canvas, const WindowPicture *p) {
  const Window *w = &p->window;
  const Rect input = grid_tile(&p->input, 0), output = grid_tile(&p->output, 0);
  const TextStyle head = {.size = 0.85, .color = theme_dim(canvas->theme), .align = ALIGN_CENTRE};
  const Picture seen = map_of(w->input, w->channel, input_scale(w));
  const Picture made = map_of(
      w->output, w->filter, scale_fit(MAP_SIGNED, w->output->value, shape_size(&w->output->shape)));
  const Rect cell = grid_cell(&p->output, (ImageCell){0, w->row, w->column});
  const double zoom = p->input.zoom;
  const Rect window = {input.x + (w->column * w->stride[1] - w->padding[1]) * zoom,
                       input.y + (w->row * w->stride[0] - w->padding[0]) * zoom,
                       ((w->columns - 1) * w->dilation[1] + 1) * zoom,
                       ((w->rows - 1) * w->dilation[0] + 1) * zoom};

  canvas_text_in(canvas, &p->input_head, &head, w->input->name);
  canvas_text_in(canvas, &p->output_head, &head, w->output->name);
  picture_draw(canvas, &input, &seen);
  picture_draw(canvas, &output, &made);
  canvas_stroke_rect(canvas, &input, theme_grid(canvas->theme), 1);
  canvas_stroke_rect(canvas, &output, theme_grid(canvas->theme), 1);
  highlight_draw(canvas, &window);
  highlight_draw(canvas, &cell);
}

/* "0.83 + other channels 0.1 + bias −0.02 = 0.91, relu: 0.91" */
static void equation(const Window *w, char text[256]) {
  const gsize at = pixel(w->sum, w->row, w->column, w->filter);
  const double sum = (double)w->sum->value[at], made = (double)w->output->value[at];
  const double bias = w->bias != NULL ? (double)w->bias->value[w->filter] : 0;
  const double others = sum - bias - w->total;
  char a[NUMBER_SIZE], b[NUMBER_SIZE], c[NUMBER_SIZE], d[NUMBER_SIZE];
  int n = g_snprintf(text, 256, "Sum of products %s", number_text(w->total, a));

  if (w->input->shape.dim[3] > 1)
    n += g_snprintf(text + n, (gulong)(256 - n), " + other channels %s", number_text(others, b));
  if (w->bias != NULL)
    n += g_snprintf(text + n, (gulong)(256 - n), " + bias %s", number_text(bias, c));
  n += g_snprintf(text + n, (gulong)(256 - n), " = %s", number_text(sum, d));
  if (w->sum != w->output)
    g_snprintf(text + n, (gulong)(256 - n), ", after the activation %s", number_text(made, a));
}

static void draw(Panel *self, const Canvas *canvas) {
  WindowPicture p;
  char text[256];

  if (!make_picture(self, canvas, &p)) {
    canvas_placeholder(canvas, &(Rect){0, 0, canvas->width, canvas->height},
                       "The window appears as soon as the model has looked at a picture.");
    return;
  }
  const Window *w = &p.window;
  const gsize n = (gsize)w->rows * (gsize)w->columns;
  draw_maps(canvas, &p);
  draw_grid(canvas, &p.patch, &p.patch_head, w, w->patch, input_scale(w), "patch");
  draw_grid(canvas, &p.kernel, &p.kernel_head, w, w->weights, scale_fit(MAP_SIGNED, w->weights, n),
            "× kernel");
  draw_grid(canvas, &p.products, &p.products_head, w, w->products,
            scale_fit(MAP_SIGNED, w->products, n), "= products");
  equation(w, text);
  const Rect foot = {p.foot.x, p.foot.y + 0.4 * canvas->theme->em, p.foot.width, p.foot.height};
  canvas_paragraph(canvas, &foot, &(TextStyle){.align = ALIGN_CENTRE}, text);
}

/* --- what is where --- */

static void hit_output(Panel *self, WindowPicture *p, ImageCell cell, Hit *hit) {
  SlidingWindow *state = self->state;

  if (!state->chosen && self->host.did != NULL)
    self->host.did(self->host.data, "hover_window");
  if (!state->chosen || state->row != cell.row || state->column != cell.column)
    panel_redraw(self);
  state->chosen = TRUE;
  state->row = cell.row;
  state->column = cell.column;
  hit->area = grid_cell(&p->output, cell);
  hit_tensor(hit, p->window.output,
             pixel(p->window.output, cell.row, cell.column, p->window.filter), FALSE);
}

/* The cell of a small grid under a point; -1: none. */
static int small_cell(const Window *w, const Rect *grid, double x, double y, Rect *area) {
  if (!rect_contains(grid, x, y))
    return -1;
  const double width = grid->width / w->columns, height = grid->height / w->rows;
  const int c = MIN((int)((x - grid->x) / width), w->columns - 1);
  const int r = MIN((int)((y - grid->y) / height), w->rows - 1);
  *area = (Rect){grid->x + c * width, grid->y + r * height, width, height};
  return r * w->columns + c;
}

static gboolean hit_patch(const WindowPicture *p, int i, Hit *hit) {
  const Window *w = &p->window;
  int y, x;

  if (input_place(w, i / w->columns, i % w->columns, &y, &x))
    hit_tensor(hit, w->input, pixel(w->input, y, x, w->channel), FALSE);
  else
    hit_text(hit, "padding: 0");
  return TRUE;
}

static gboolean hit_product(const WindowPicture *p, int i, Hit *hit) {
  const Window *w = &p->window;
  char a[NUMBER_SIZE], b[NUMBER_SIZE], c[NUMBER_SIZE];

  g_strlcpy(hit->target.tensor, w->sum->name, sizeof hit->target.tensor);
  hit->target.offset = pixel(w->sum, w->row, w->column, w->filter);
  hit_text(hit, "%s × %s = %s", number_text((double)w->patch[i], a),
           number_text((double)w->weights[i], b), number_text((double)w->products[i], c));
  return TRUE;
}

static gboolean hit(Panel *self, const Canvas *canvas, double x, double y, Hit *hit) {
  WindowPicture p;

  if (!make_picture(self, canvas, &p))
    return FALSE;
  const Window *w = &p.window;
  ImageCell cell = grid_hit(&p.output, x, y);
  int i;
  if (cell.tile >= 0) {
    hit_output(self, &p, cell, hit);
    return TRUE;
  }
  if ((cell = grid_hit(&p.input, x, y)).tile >= 0) {
    hit->area = grid_cell(&p.input, cell);
    hit_tensor(hit, w->input, pixel(w->input, cell.row, cell.column, w->channel), FALSE);
    return TRUE;
  }
  if ((i = small_cell(w, &p.patch, x, y, &hit->area)) >= 0)
    return hit_patch(&p, i, hit);
  if ((i = small_cell(w, &p.kernel, x, y, &hit->area)) >= 0) {
    hit_tensor(hit, w->kernel, weight(w, i / w->columns, i % w->columns), FALSE);
    return TRUE;
  }
  if ((i = small_cell(w, &p.products, x, y, &hit->area)) >= 0)
    return hit_product(&p, i, hit);
  return FALSE;
}

static gboolean move(Panel *self, const Canvas *canvas, int dx, int dy, double *x, double *y) {
  SlidingWindow *state = self->state;
  WindowPicture p;

  if (!make_picture(self, canvas, &p))
    return FALSE;
  if (!state->cursor.entered)
    state->cursor.cell = (ImageCell){0, p.window.row, p.window.column};
  return grid_cursor_move(&state->cursor, &p.output, dx, dy, x, y);
}

/* A cell of one of the small grids. */
static Rect cell_of(const Window *w, const Rect *grid, int row, int column) {
  const double width = grid->width / w->columns, height = grid->height / w->rows;

  return (Rect){grid->x + column * width, grid->y + row * height, width, height};
}

static gboolean locate(Panel *self, const Canvas *canvas, const Target *target, Rect *area) {
  SlidingWindow *state = self->state;
  WindowPicture p;
  int index[TENSOR_MAX_RANK];

  if (!make_picture(self, canvas, &p))
    return FALSE;
  const Window *w = &p.window;
  if (g_str_equal(target->tensor, w->output->name) || g_str_equal(target->tensor, w->sum->name)) {
    shape_unravel(&w->output->shape, target->offset, index);
    if (index[3] != w->filter)
      return FALSE;
    state->chosen = TRUE;
    state->row = index[1];
    state->column = index[2];
    *area = grid_cell(&p.output, (ImageCell){0, index[1], index[2]});
    return TRUE;
  }
  if (g_str_equal(target->tensor, w->kernel->name)) {
    shape_unravel(&w->kernel->shape, target->offset, index);
    *area = cell_of(w, &p.kernel, index[0], index[1]);
    return index[2] == w->channel && index[3] == w->filter && !target->gradient;
  }
  if (!g_str_equal(target->tensor, w->input->name))
    return FALSE;
  shape_unravel(&w->input->shape, target->offset, index);
  *area = grid_cell(&p.input, (ImageCell){0, index[1], index[2]});
  return index[3] == w->channel;
}

static gboolean control_sensitive(const Panel *self, const char *id) {
  Window w;

  return !g_str_equal(id, "channel") || (look_through(self, &w) && w.input->shape.dim[3] > 1);
}

/* --- for spreadsheets and ears --- */

static void csv(Panel *self, GString *text) {
  Window w;

  g_string_append(text, "row,column,input,weight,product\n");
  if (!look_through(self, &w))
    return;
  for (int i = 0; i < w.rows * w.columns; i++) {
    g_string_append_printf(text, "%d,%d,", i / w.columns, i % w.columns);
    csv_number(text, (double)w.patch[i]);
    g_string_append_c(text, ',');
    csv_number(text, (double)w.weights[i]);
    g_string_append_c(text, ',');
    csv_number(text, (double)w.products[i]);
    g_string_append_c(text, '\n');
  }
}

static char *describe(Panel *self) {
  Window w;
  char text[256];

  if (!look_through(self, &w))
    return g_strdup("No picture has been looked at yet.");
  equation(&w, text);
  return g_strdup_printf("Output row %d, column %d of filter %d. %s.", w.row, w.column, w.filter,
                         text);
}

static const PanelControl CONTROLS[] = {
    {.id = "filter",
     .label = "Filter",
     .help = "Which filter slides over the picture.",
     .kind = CONTROL_INTEGER,
     .maximum = 65535,
     .step = 1},
    {.id = "channel",
     .label = "Input channel",
     .help = "Which channel of the input is shown.",
     .kind = CONTROL_INTEGER,
     .maximum = 65535,
     .step = 1},
    {.id = NULL},
};

const PanelClass panel_sliding_window = {
    .name = "sliding_window",
    .title = "Sliding window",
    .icon = "view-grid-symbolic",
    .help = "How one number of the output is made: patch × kernel, added up, plus the bias",
    .manual = "Point at any pixel of the output (right), or step over it with the arrow keys: the "
              "window on the input (left) follows. Click a number to ask why it is what it is.",
    .state_size = sizeof(SlidingWindow),
    .width = 640,
    .height = 360,
    .controls = CONTROLS,
    .draw = draw,
    .hit = hit,
    .move = move,
    .locate = locate,
    .control_sensitive = control_sensitive,
    .csv = csv,
    .describe = describe,
};
