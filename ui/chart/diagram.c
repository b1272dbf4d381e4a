#include "ui/chart/diagram.h"

#include <math.h>

/* em */
#define GAP 1.4  /* between boxes: room for an arrow */
#define LANE 1.2 /* beside the boxes, for arrows that pass some by */
#define WIDEST 22
#define LEAST_SIZE 0.5 /* of text; smaller is left out */
#define TALLEST 6.3    /* a title, three lines and a bar */
/* Of a box: its title, a line below it, and the least that a line needs. */
#define TITLE 1.4
#define ROW 1.2
#define LEAST_ROW 1.1

/* --- layout --- */

/* Boxes lie in ranks, one below the other; a rank is one more than that of the deepest box read. */
typedef struct {
  int n, ranks;
  int *rank, *place; /* of each box; its place in its rank */
  int *abreast;      /* boxes of each rank */
  int lanes;
  gboolean chain; /* each box reads just the one before it */
} Layout;

static gboolean is_edge(const DiagramBox *boxes, int i, int k) {
  return k < 4 && boxes[i].from[k] >= 0 && boxes[i].from[k] < i;
}

static Layout layout_new(const DiagramBox *boxes, int n) {
  Layout self = {.n = n, .chain = TRUE};

  self.rank = g_new0(int, 3 * MAX(n, 1));
  self.place = self.rank + n;
  self.abreast = self.place + n;
  for (int i = 0; i < n; i++) {
    for (int k = 0; is_edge(boxes, i, k); k++)
      self.rank[i] = MAX(self.rank[i], self.rank[boxes[i].from[k]] + 1);
    self.ranks = MAX(self.ranks, self.rank[i] + 1);
    self.place[i] = self.abreast[self.rank[i]]++;
    self.chain = self.chain && (i == 0 || (boxes[i].from[0] == i - 1 && boxes[i].from[1] < 0));
  }
  for (int i = 0; i < n; i++)
    for (int k = 0; is_edge(boxes, i, k); k++)
      self.lanes += self.rank[i] - self.rank[boxes[i].from[k]] > 1;
  return self;
}

static void layout_clear(Layout *self) { g_free(self->rank); }
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Layout, layout_clear)

/* Of boxes below each other: a fixed one, but not more than a third of the room. */
static double gap_between(double room, int rows, double em) {
  return MIN(GAP * em, room / 3 / MAX(rows, 1));
}

/* How many boxes of a chain lie side by side, so that they are as readable as may be. */
static int chain_columns(const Rect *area, int n, double em) {
  const int fit = MAX((int)((area->width + GAP * em) / ((12 + GAP) * em)), 1);
  const int rows = MAX((int)((area->height + GAP * em) / ((4.4 + GAP) * em)), 1);

  return CLAMP((n + rows - 1) / rows, 1, MIN(fit, n));
}

/* A snake: every other row runs back, so that neighbours stay neighbours. */
static Rect chain_box(const Rect *area, int n, int i, double em) {
  const int columns = chain_columns(area, n, em), rows = (n + columns - 1) / columns;
  const double gap_x = GAP * 1.6 * em, gap_y = gap_between(area->height, rows, em);
  const double width = MIN((area->width - gap_x * (columns - 1)) / columns, WIDEST * em);
  const double height = MIN((area->height - gap_y * (rows - 1)) / rows, TALLEST * em);
  const int row = i / columns, k = i % columns, column = row % 2 == 0 ? k : columns - 1 - k;
  const double used_x = width * columns + gap_x * (columns - 1);
  const double used_y = height * rows + gap_y * (rows - 1);

  return (Rect){area->x + (area->width - used_x) / 2 + column * (width + gap_x),
                area->y + (area->height - used_y) / 2 + row * (height + gap_y), MAX(width, 0),
                MAX(height, 0)};
}

static double lanes_width(const Rect *area, const Layout *layout, double em) {
  return MIN(layout->lanes * LANE * em, area->width / 4);
}

static Rect ranked_box(const Rect *area, const Layout *layout, int i, double em) {
  const int rank = layout->rank[i], abreast = layout->abreast[rank];
  const double room = area->width - 2 * lanes_width(area, layout, em);
  const double gap_x = gap_between(room, abreast, em);
  const double gap_y = gap_between(area->height, layout->ranks, em);
  const double width = MIN((room - gap_x * (abreast - 1)) / abreast, WIDEST * em);
  const double height =
      MIN((area->height - gap_y * (layout->ranks - 1)) / layout->ranks, TALLEST * em);
  const double used_x = width * abreast + gap_x * (abreast - 1);
  const double used_y = height * layout->ranks + gap_y * (layout->ranks - 1);

  return (Rect){area->x + (area->width - used_x) / 2 + layout->place[i] * (width + gap_x),
                area->y + (area->height - used_y) / 2 + rank * (height + gap_y), MAX(width, 0),
                MAX(height, 0)};
}

static Rect place_box(const Rect *area, const Layout *layout, int i, double em) {
  return layout->chain ? chain_box(area, layout->n, i, em) : ranked_box(area, layout, i, em);
}

Rect diagram_box(const Rect *area, const DiagramBox *boxes, int n, int i, double em) {
  g_auto(Layout) layout = layout_new(boxes, n);

  return place_box(area, &layout, i, em);
}

/* --- drawing --- */

/* Cuts a box's bar off what is inside of it; empty where it has none. */
static Rect cut_bar(const Rect *rect, const DiagramBox *box, double em, Rect *inside) {
  const double air = MIN(0.2 * em, rect->height / 10);
  Rect bar = {0};

  *inside =
      (Rect){rect->x + 0.8 * em, rect->y + air, rect->width - 1.1 * em, rect->height - 2 * air};
  if (box->weight >= 0 && rect->height > 3 * em) {
    bar = rect_cut_bottom(inside, 0.45 * em);
    rect_cut_bottom(inside, 0.15 * em);
  }
  return bar;
}

/* Lines that fit below the title. */
static int rows_below(const Rect *inside, double em) {
  const double room = inside->height - LEAST_ROW * em;

  return room < 0 ? 0 : MIN(1 + (int)(room / (ROW * em)), 3);
}

int diagram_rows(const Rect *rect, const DiagramBox *box, double em) {
  Rect inside;

  cut_bar(rect, box, em, &inside);
  rect_cut_top(&inside, TITLE * em);
  return rows_below(&inside, em);
}

static void draw_texts(const Canvas *canvas, Rect inside, const DiagramBox *box) {
  const double em = canvas->theme->em;
  const TextStyle title = {
      .size = MIN(0.95, inside.height / (1.2 * em)), .bold = TRUE, .align_vertical = ALIGN_CENTRE};
  const TextStyle line = {
      .size = 0.85, .color = theme_dim(canvas->theme), .align_vertical = ALIGN_CENTRE};

  if (title.size < LEAST_SIZE)
    return;
  const Rect first = rect_cut_top(&inside, TITLE * em);
  canvas_text_in(canvas, &first, &title, box->title);
  for (int k = 0, rows = rows_below(&inside, em); k < rows && box->lines[k] != NULL; k++) {
    const Rect row = rect_cut_top(&inside, ROW * em);
    canvas_text_in(canvas, &row, &line, box->lines[k]);
  }
}

static void draw_box(const Canvas *canvas, const Rect *rect, const DiagramBox *box,
                     gboolean selected) {
  const double em = canvas->theme->em;
  const Rect edge = {rect->x, rect->y, 0.35 * em, rect->height};

  canvas_fill_rect(canvas, rect, theme_background(canvas->theme));
  canvas_fill_rect(canvas, rect, color_with_alpha(box->color, 0.08));
  canvas_stroke_rect(canvas, rect, selected ? theme_accent(canvas->theme) : box->color,
                     canvas_length(canvas, selected ? 2.5 : 1));
  canvas_fill_rect(canvas, &edge, box->color);
  Rect inside, bar = cut_bar(rect, box, em, &inside);
  if (bar.height > 0) {
    canvas_fill_rect(canvas, &bar, color_with_alpha(theme_grid(canvas->theme), 0.8));
    bar.width *= CLAMP(box->weight, 0, 1);
    canvas_fill_rect(canvas, &bar, box->color);
  }
  draw_texts(canvas, inside, box);
}

static void draw_head(const Canvas *canvas, double x, double y, double angle, double size) {
  cairo_save(canvas->cr);
  cairo_translate(canvas->cr, x, y);
  cairo_rotate(canvas->cr, angle);
  cairo_move_to(canvas->cr, 0, 0);
  cairo_line_to(canvas->cr, -size, -size / 2);
  cairo_line_to(canvas->cr, -size, size / 2);
  cairo_close_path(canvas->cr);
  cairo_fill(canvas->cr);
  cairo_restore(canvas->cr);
}

typedef struct {
  double x, y;
} Point;

static void draw_way(const Canvas *canvas, const Point *way, int n, double head) {
  const Point end = way[n - 1], before = way[n - 2];
  const double angle = atan2(end.y - before.y, end.x - before.x);

  canvas_set_color(canvas, theme_dim(canvas->theme));
  cairo_set_line_width(canvas->cr, canvas_length(canvas, 1.5));
  cairo_new_path(canvas->cr);
  for (int i = 0; i < n - 1; i++)
    cairo_line_to(canvas->cr, way[i].x, way[i].y);
  cairo_line_to(canvas->cr, end.x - 0.8 * head * cos(angle), end.y - 0.8 * head * sin(angle));
  cairo_stroke(canvas->cr);
  draw_head(canvas, end.x, end.y, angle, head);
}

/* From the side of one box that faces the other. */
static void draw_arrow(const Canvas *canvas, const Rect *a, const Rect *b) {
  const double em = canvas->theme->em;
  const gboolean beside = fabs(a->y - b->y)<a->height / 2, right = b->x> a->x;
  const double middle_a = a->x + a->width / 2, middle_b = b->x + b->width / 2;
  const Point across[] = {{right ? a->x + a->width : a->x, a->y + a->height / 2},
                          {right ? b->x : b->x + b->width, b->y + b->height / 2}};
  const Point down[] = {{middle_a, a->y + a->height}, {middle_b, b->y}};
  const double room = beside ? fabs(across[1].x - across[0].x) : down[1].y - down[0].y;

  draw_way(canvas, beside ? across : down, 2, CLAMP(room * 0.7, 0, 0.6 * em));
}

/* Past boxes between, in a lane right of them all. */
static void draw_detour(const Canvas *canvas, const Rect *a, const Rect *b, double lane,
                        double gap) {
  const double em = canvas->theme->em, aside = MIN(1.5 * em, a->width / 6);
  const double out = a->x + a->width / 2 + aside, in = b->x + b->width / 2 + aside;
  const double below = a->y + a->height + gap * 0.35, above = b->y - gap * 0.65;
  const Point way[] = {{out, a->y + a->height}, {out, below}, {lane, below},
                       {lane, above},           {in, above},  {in, b->y}};

  draw_way(canvas, way, G_N_ELEMENTS(way), MIN(gap * 0.6, 0.6 * em));
}

static void draw_arrows(const Canvas *canvas, const Rect *area, const DiagramBox *boxes,
                        const Layout *layout) {
  const double em = canvas->theme->em, gap = gap_between(area->height, layout->ranks, em);
  const double lanes = lanes_width(area, layout, em), lane = lanes / MAX(layout->lanes, 1);
  double right = area->x;
  int detours = 0;

  for (int i = 0; i < layout->n; i++) {
    const Rect box = place_box(area, layout, i, em);
    right = MAX(right, box.x + box.width);
  }
  for (int i = 0; i < layout->n; i++)
    for (int k = 0; is_edge(boxes, i, k); k++) {
      const Rect from = place_box(area, layout, boxes[i].from[k], em);
      const Rect to = place_box(area, layout, i, em);
      if (layout->rank[i] - layout->rank[boxes[i].from[k]] > 1)
        draw_detour(canvas, &from, &to, right + lane * (++detours - 0.4), gap);
      else
        draw_arrow(canvas, &from, &to);
    }
}

void diagram_draw(const Canvas *canvas, const Rect *area, const DiagramBox *boxes, int n,
                  int selected) {
  g_auto(Layout) layout = layout_new(boxes, n);

  draw_arrows(canvas, area, boxes, &layout);
  for (int i = 0; i < n; i++) {
    const Rect rect = place_box(area, &layout, i, canvas->theme->em);
    draw_box(canvas, &rect, &boxes[i], i == selected);
  }
}

int diagram_hit(const Rect *area, const DiagramBox *boxes, int n, double em, double x, double y) {
  g_auto(Layout) layout = layout_new(boxes, n);

  for (int i = 0; i < n; i++) {
    const Rect rect = place_box(area, &layout, i, em);
    if (rect_contains(&rect, x, y))
      return i;
  }
  return -1;
}
