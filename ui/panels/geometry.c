/* A sandbox: how large the output of a convolution is, and which pixels no window sees. */
#include "ui/chart/image_grid.h"
#include "ui/panels/grid_cursor.h"
#include "ui/panels/panel.h"

#include <string.h>

#define MAX_SIDE 64

typedef struct {
  GridCursor cursor;
  int row, column; /* of the output place that is shown */
} Geometry;

/* The numbers of one side; both sides are the same. */
typedef struct {
  int input, padding, kernel, stride, dilation;
  int extent, padded, output; /* of the window; of the input with its ring; 0: impossible */
  gboolean covered[MAX_SIDE]; /* input pixels that some window sees */
  int uncovered;
} Sizes;

static Sizes sizes_of(const Panel *self) {
  Sizes s = {.input = (int)panel_value(self, "input"),
             .padding = (int)panel_value(self, "padding"),
             .kernel = (int)panel_value(self, "kernel"),
             .stride = (int)panel_value(self, "stride"),
             .dilation = (int)panel_value(self, "dilation")};

  s.extent = (s.kernel - 1) * s.dilation + 1;
  s.padded = s.input + 2 * s.padding;
  s.output = s.padded >= s.extent ? (s.padded - s.extent) / s.stride + 1 : 0;
  for (int o = 0; o < s.output; o++)
    for (int k = 0; k < s.kernel; k++) {
      const int at = o * s.stride + k * s.dilation - s.padding;
      if (at >= 0 && at < s.input)
        s.covered[at] = TRUE;
    }
  for (int i = 0; i < s.input; i++)
    s.uncovered += !s.covered[i];
  return s;
}

/* --- words --- */

static void formula(const Sizes *s, char text[160]) {
  if (s->dilation == 1)
    g_snprintf(text, 160, "⌊(%d + 2·%d − %d) / %d⌋ + 1 = %d", s->input, s->padding, s->kernel,
               s->stride, s->output);
  else
    g_snprintf(text, 160, "⌊(%d + 2·%d − %d·(%d − 1) − 1) / %d⌋ + 1 = %d", s->input, s->padding,
               s->dilation, s->kernel, s->stride, s->output);
}

static char *explain(const Sizes *s) {
  char text[160];

  if (s->output == 0)
    return g_strdup_printf(
        "Impossible: a window %d wide does not fit into %d pixels%s. Make the kernel%s smaller, or "
        "the input or its padding larger.",
        s->extent, s->padded, s->padding > 0 ? " with their padding" : "",
        s->dilation > 1 ? " or its dilation" : "");
  formula(s, text);
  if (s->uncovered == 0)
    return g_strdup_printf("%s places along each side; every pixel is seen.", text);
  return g_strdup_printf(
      "%s places along each side; %d of %d pixels along each side are in no window (hatched): %s.",
      text, s->uncovered, s->input,
      s->stride > s->extent ? "the stride is wider than the window"
      : s->dilation > 1     ? "they fall between the kernel's weights, or after its last place"
                            : "what is left after the last step is smaller than the stride");
}

/* --- places --- */

typedef struct {
  Sizes sizes;
  GridLayout input, output;
  Rect input_head, output_head, foot;
} GeometryPicture;

static void make_picture(const Panel *self, const Canvas *canvas, GeometryPicture *p) {
  const double em = canvas->theme->em;
  Rect area = {0, 0, canvas->width, canvas->height};

  p->sizes = sizes_of(self);
  p->foot =
      rect_cut_bottom(&area, (p->sizes.uncovered > 0 || p->sizes.output == 0 ? 4.8 : 3.4) * em);
  Rect left = rect_cut_left(&area, area.width * 0.58), right = area;
  rect_cut_left(&right, em);
  p->input_head = rect_cut_top(&left, 1.4 * em);
  p->output_head = rect_cut_top(&right, 1.4 * em);
  p->input = grid_layout(&left, 1, p->sizes.padded, p->sizes.padded, 0, 0);
  p->output = grid_layout(&right, p->sizes.output > 0, MAX(p->sizes.output, 1),
                          MAX(p->sizes.output, 1), 0, 0);
  p->output.zoom = MIN(p->output.zoom, p->input.zoom);
}

static void place_of(const Panel *self, const Sizes *s, int *row, int *column) {
  const Geometry *state = self->state;

  *row = CLAMP(state->row, 0, MAX(s->output - 1, 0));
  *column = CLAMP(state->column, 0, MAX(s->output - 1, 0));
}

/* --- drawing --- */

static void hatch(const Canvas *canvas, const Rect *rect) {
  cairo_save(canvas->cr);
  cairo_rectangle(canvas->cr, rect->x, rect->y, rect->width, rect->height);
  cairo_clip(canvas->cr);
  canvas_set_color(canvas, theme_bad(canvas->theme));
  cairo_set_line_width(canvas->cr, 1.2);
  for (double d = 0; d < rect->width + rect->height; d += MAX(rect->width / 3, 3)) {
    cairo_move_to(canvas->cr, rect->x + d, rect->y);
    cairo_line_to(canvas->cr, rect->x, rect->y + d);
  }
  cairo_stroke(canvas->cr);
  cairo_restore(canvas->cr);
}

static void draw_pixel(const Canvas *canvas, const GeometryPicture *p, int row, int column) {
  const Sizes *s = &p->sizes;
  const int y = row - s->padding, x = column - s->padding;
  const gboolean ring = y < 0 || x < 0 || y >= s->input || x >= s->input;
  const Rect cell = grid_cell(&p->input, (ImageCell){0, row, column});
  const Color blue = theme_series(canvas->theme, 0);

  canvas_fill_rect(canvas, &cell,
                   ring ? theme_background(canvas->theme) : color_with_alpha(blue, 0.28));
  if (!ring && s->output > 0 && (!s->covered[y] || !s->covered[x]))
    hatch(canvas, &cell);
  canvas_stroke_rect(canvas, &cell, theme_grid(canvas->theme), cell.width > 5 ? 1 : 0.5);
  if (ring && cell.width > 1.2 * canvas->theme->em)
    canvas_text_in(canvas, &cell,
                   &(TextStyle){.size = 0.7,
                                .color = theme_dim(canvas->theme),
                                .align = ALIGN_CENTRE,
                                .align_vertical = ALIGN_CENTRE},
                   "0");
}

static Rect window_rect(const GeometryPicture *p, int row, int column) {
  const Sizes *s = &p->sizes;
  const Rect first = grid_cell(&p->input, (ImageCell){0, row * s->stride, column * s->stride});

  return (Rect){first.x, first.y, s->extent * p->input.zoom, s->extent * p->input.zoom};
}

/* The weights of the window: with dilation there are gaps between them. */
static void draw_window(const Canvas *canvas, const GeometryPicture *p, int row, int column) {
  const Sizes *s = &p->sizes;
  const Color orange = theme_series(canvas->theme, 1);
  const Rect frame = window_rect(p, row, column);

  for (int i = 0; i < s->kernel; i++)
    for (int j = 0; j < s->kernel; j++) {
      const Rect cell = grid_cell(&p->input, (ImageCell){0, row * s->stride + i * s->dilation,
                                                         column * s->stride + j * s->dilation});
      canvas_fill_rect(canvas, &cell, color_with_alpha(orange, 0.45));
    }
  canvas_stroke_rect(canvas, &frame, orange, 2.5);
}

static void draw_output(const Canvas *canvas, const GeometryPicture *p, int row, int column) {
  for (int r = 0; r < p->sizes.output; r++)
    for (int c = 0; c < p->sizes.output; c++) {
      const Rect cell = grid_cell(&p->output, (ImageCell){0, r, c});
      const gboolean here = r == row && c == column;
      const Color color = theme_series(canvas->theme, here ? 1 : 2);
      canvas_fill_rect(canvas, &cell, color_with_alpha(color, here ? 0.8 : 0.25));
      canvas_stroke_rect(canvas, &cell, theme_grid(canvas->theme), cell.width > 5 ? 1 : 0.5);
    }
}

static void draw_heads(const Canvas *canvas, const GeometryPicture *p) {
  const Sizes *s = &p->sizes;
  const TextStyle style = {.size = 0.9, .align = ALIGN_CENTRE};
  char text[96];

  if (s->padding > 0)
    g_snprintf(text, sizeof text, "input %d × %d, with padding %d × %d", s->input, s->input,
               s->padded, s->padded);
  else
    g_snprintf(text, sizeof text, "input %d × %d", s->input, s->input);
  canvas_text_in(canvas, &p->input_head, &style, text);
  if (s->output > 0)
    g_snprintf(text, sizeof text, "output %d × %d", s->output, s->output);
  else
    g_strlcpy(text, "no output", sizeof text);
  canvas_text_in(canvas, &p->output_head, &style, text);
}

static void draw(Panel *self, const Canvas *canvas) {
  GeometryPicture p;
  int row, column;

  make_picture(self, canvas, &p);
  place_of(self, &p.sizes, &row, &column);
  draw_heads(canvas, &p);
  for (int r = 0; r < p.sizes.padded; r++)
    for (int c = 0; c < p.sizes.padded; c++)
      draw_pixel(canvas, &p, r, c);
  if (p.sizes.output > 0) {
    draw_window(canvas, &p, row, column);
    draw_output(canvas, &p, row, column);
  } else {
    canvas_placeholder(canvas, &p.output.area, "✕");
  }
  g_autofree char *text = explain(&p.sizes);
  const Rect foot = {p.foot.x, p.foot.y + 0.4 * canvas->theme->em, p.foot.width, p.foot.height};
  canvas_paragraph(canvas, &foot,
                   &(TextStyle){.size = 0.95,
                                .align = ALIGN_CENTRE,
                                .color = p.sizes.output > 0 ? theme_text(canvas->theme)
                                                            : theme_bad(canvas->theme)},
                   text);
}

/* --- what is where --- */

/* How many windows see an input pixel along one side. */
static int seen_by(const Sizes *s, int at) {
  int n = 0;

  for (int o = 0; o < s->output; o++)
    for (int k = 0; k < s->kernel; k++)
      n += o * s->stride + k * s->dilation - s->padding == at;
  return n;
}

static void hit_input(const GeometryPicture *p, ImageCell cell, Hit *hit) {
  const Sizes *s = &p->sizes;
  const int y = cell.row - s->padding, x = cell.column - s->padding;

  hit->area = grid_cell(&p->input, cell);
  if (y < 0 || x < 0 || y >= s->input || x >= s->input)
    hit_text(hit, "padding: a zero around the picture");
  else
    hit_text(hit, "row %d, column %d: in %d windows", y, x, seen_by(s, y) * seen_by(s, x));
}

static gboolean hit(Panel *self, const Canvas *canvas, double x, double y, Hit *hit) {
  Geometry *state = self->state;
  GeometryPicture p;

  make_picture(self, canvas, &p);
  ImageCell cell = grid_hit(&p.output, x, y);
  if (cell.tile >= 0) {
    if (state->row != cell.row || state->column != cell.column)
      panel_redraw(self);
    state->row = cell.row;
    state->column = cell.column;
    hit->area = grid_cell(&p.output, cell);
    hit_text(hit, "output %d, %d: the window from row %d, column %d", cell.row, cell.column,
             cell.row * p.sizes.stride - p.sizes.padding,
             cell.column * p.sizes.stride - p.sizes.padding);
    return TRUE;
  }
  if ((cell = grid_hit(&p.input, x, y)).tile < 0)
    return FALSE;
  hit_input(&p, cell, hit);
  return TRUE;
}

static gboolean move(Panel *self, const Canvas *canvas, int dx, int dy, double *x, double *y) {
  Geometry *state = self->state;
  GeometryPicture p;

  make_picture(self, canvas, &p);
  return grid_cursor_move(&state->cursor, &p.output, dx, dy, x, y);
}

static void control(Panel *self, const char *id, double value) {
  const Sizes s = sizes_of(self);

  (void)id, (void)value;
  if (self->host.did == NULL)
    return;
  if (s.output == 0)
    self->host.did(self->host.data, "geometry_impossible");
  else if (s.uncovered > 0)
    self->host.did(self->host.data, "geometry_uncovered");
}

/* --- for spreadsheets and ears --- */

static void csv(Panel *self, GString *text) {
  const Sizes s = sizes_of(self);

  g_string_append(text, "input,padding,kernel,stride,dilation,output,uncovered\n");
  g_string_append_printf(text, "%d,%d,%d,%d,%d,%d,%d\n", s.input, s.padding, s.kernel, s.stride,
                         s.dilation, s.output, s.uncovered);
}

static char *describe(Panel *self) {
  const Sizes s = sizes_of(self);

  return explain(&s);
}

#define CONTROL(name, title, words, low, high, value)                                              \
  {                                                                                                \
    .id = name, .label = title, .help = words, .kind = CONTROL_INTEGER, .minimum = low,            \
    .maximum = high, .step = 1, .initial = value                                                   \
  }

static const PanelControl CONTROLS[] = {
    CONTROL("input", "Input", "Pixels along each side of the input.", 1, 32, 10),
    CONTROL("padding", "Padding", "Rings of zeros around the input.", 0, 6, 0),
    CONTROL("kernel", "Kernel", "Weights along each side of the kernel.", 1, 11, 3),
    CONTROL("stride", "Stride", "How far the window moves each time.", 1, 8, 1),
    CONTROL("dilation", "Dilation", "The distance between neighbouring weights.", 1, 4, 1),
    {.id = NULL},
};

const PanelClass panel_geometry = {
    .name = "geometry",
    .title = "Geometry sandbox",
    .icon = "applications-engineering-symbolic",
    .help = "How large the output is: try any input, padding, kernel and stride",
    .manual =
        "Change the numbers. Point at the output, or step over it with the arrow keys, to see "
        "where its window lies; at the input, to see how many windows see a pixel.",
    .state_size = sizeof(Geometry),
    .width = 560,
    .height = 360,
    .controls = CONTROLS,
    .draw = draw,
    .hit = hit,
    .move = move,
    .control = control,
    .csv = csv,
    .describe = describe,
};
