#include "ui/window/panel_grid.h"

#include "ui/window/theme.h"

#include <math.h>

#define GAP 12
#define CELL_WIDTH 27.0  /* em: the least a panel is readable in */
#define CELL_ASPECT 1.02 /* height of a cell by its width */
#define CELL_LOW 24.0    /* em */
#define CELL_HIGH 40.0

struct _BathyPanelGrid {
  GtkWidget parent;
  BathyPanelFrame *maximized;
  guint64 turn; /* counts refreshes */
};

G_DEFINE_FINAL_TYPE(BathyPanelGrid, bathy_panel_grid, GTK_TYPE_WIDGET)

enum { EXPLAIN, EXPORT, COPY, ARRANGED, N_SIGNALS };
static guint signals[N_SIGNALS];

/* --- layout --- */

typedef struct {
  int columns, rows, width, height; /* of cells, in pixels without gaps */
} Cells;

static int n_shown(GtkWidget *widget) {
  int n = 0;

  for (GtkWidget *child = gtk_widget_get_first_child(widget); child != NULL;
       child = gtk_widget_get_next_sibling(child))
    n += gtk_widget_get_visible(child);
  return n;
}

static Cells cells_for(GtkWidget *widget, int width) {
  const double em = theme_of(widget).em;
  const int n = n_shown(widget), fit = (int)((width + GAP) / (CELL_WIDTH * em + GAP));
  Cells cells = {.columns = CLAMP(fit, 1, MAX(n, 1))};

  cells.rows = (n + cells.columns - 1) / cells.columns;
  cells.width = (width - GAP * (cells.columns - 1)) / cells.columns;
  cells.height = (int)CLAMP(cells.width * CELL_ASPECT, CELL_LOW * em, CELL_HIGH * em);
  return cells;
}

static void measure_width(GtkWidget *widget, int *minimum, int *natural) {
  const double em = theme_of(widget).em;

  *minimum = (int)(CELL_WIDTH * em * 0.8);
  *natural = (int)(2 * CELL_WIDTH * em + GAP);
}

static void measure_height(GtkWidget *widget, int width, int *minimum, int *natural) {
  BathyPanelGrid *self = BATHY_PANEL_GRID(widget);
  int least, wide;

  measure_width(widget, &least, &wide);
  const Cells cells = cells_for(widget, width > 0 ? width : wide);
  const int height = cells.rows * (cells.height + GAP) - GAP;
  *minimum = *natural =
      self->maximized != NULL ? (int)(CELL_LOW * theme_of(widget).em) : MAX(height, 0);
}

/* Children are measured as well: GTK wants to have asked before it allocates. */
static void bathy_panel_grid_measure(GtkWidget *widget, GtkOrientation orientation, int for_size,
                                     int *minimum, int *natural, int *minimum_baseline,
                                     int *natural_baseline) {
  *minimum_baseline = *natural_baseline = -1;
  if (orientation == GTK_ORIENTATION_HORIZONTAL)
    measure_width(widget, minimum, natural);
  else
    measure_height(widget, for_size, minimum, natural);
}

static void allocate_child(GtkWidget *child, int x, int y, int width, int height) {
  int minimum_width, minimum_height;

  gtk_widget_measure(child, GTK_ORIENTATION_HORIZONTAL, -1, &minimum_width, NULL, NULL, NULL);
  gtk_widget_measure(child, GTK_ORIENTATION_VERTICAL, MAX(width, minimum_width), &minimum_height,
                     NULL, NULL, NULL);
  gtk_widget_size_allocate(
      child, &(GtkAllocation){x, y, MAX(width, minimum_width), MAX(height, minimum_height)}, -1);
}

static void bathy_panel_grid_size_allocate(GtkWidget *widget, int width, int height, int baseline) {
  BathyPanelGrid *self = BATHY_PANEL_GRID(widget);
  const Cells cells = cells_for(widget, width);
  int i = 0;

  (void)baseline;
  for (GtkWidget *child = gtk_widget_get_first_child(widget); child != NULL;
       child = gtk_widget_get_next_sibling(child)) {
    if (!gtk_widget_should_layout(child))
      continue;
    if (self->maximized != NULL) {
      allocate_child(child, 0, 0, width, height);
      continue;
    }
    allocate_child(child, i % cells.columns * (cells.width + GAP),
                   i / cells.columns * (cells.height + GAP), cells.width, cells.height);
    i++;
  }
}

static GtkSizeRequestMode bathy_panel_grid_request_mode(GtkWidget *widget) {
  (void)widget;
  return GTK_SIZE_REQUEST_HEIGHT_FOR_WIDTH;
}

/* --- arrangement --- */

static gboolean hidden(BathyPanelFrame *frame) {
  return GPOINTER_TO_INT(g_object_get_data(G_OBJECT(frame), "hidden"));
}

static void show_right_ones(BathyPanelGrid *self) {
  for (GtkWidget *child = gtk_widget_get_first_child(GTK_WIDGET(self)); child != NULL;
       child = gtk_widget_get_next_sibling(child)) {
    BathyPanelFrame *frame = BATHY_PANEL_FRAME(child);
    gtk_widget_set_visible(child,
                           self->maximized != NULL ? frame == self->maximized : !hidden(frame));
    bathy_panel_frame_set_maximized(frame, frame == self->maximized);
  }
  gtk_widget_queue_resize(GTK_WIDGET(self));
}

gboolean bathy_panel_grid_is_hidden(BathyPanelGrid *self, BathyPanelFrame *frame) {
  (void)self;
  return hidden(frame);
}

void bathy_panel_grid_set_hidden(BathyPanelGrid *self, BathyPanelFrame *frame, gboolean hide) {
  g_object_set_data(G_OBJECT(frame), "hidden", GINT_TO_POINTER(hide));
  if (hide && self->maximized == frame)
    self->maximized = NULL;
  show_right_ones(self);
  g_signal_emit(self, signals[ARRANGED], 0);
}

void bathy_panel_grid_maximize(BathyPanelGrid *self, BathyPanelFrame *frame) {
  if (frame != NULL && hidden(frame))
    bathy_panel_grid_set_hidden(self, frame, FALSE);
  self->maximized = frame;
  show_right_ones(self);
  if (frame != NULL)
    gtk_widget_grab_focus(GTK_WIDGET(bathy_panel_frame_get_canvas(frame)));
}

BathyPanelFrame *bathy_panel_grid_get_maximized(BathyPanelGrid *self) { return self->maximized; }

/* The nearest shown neighbour on one side; NULL at the end. */
static GtkWidget *shown_neighbour(GtkWidget *child, int by) {
  do
    child = by < 0 ? gtk_widget_get_prev_sibling(child) : gtk_widget_get_next_sibling(child);
  while (child != NULL && !gtk_widget_get_visible(child));
  return child;
}

static void place(BathyPanelGrid *self, GtkWidget *child, GtkWidget *neighbour, gboolean before) {
  if (before)
    gtk_widget_insert_before(child, GTK_WIDGET(self), neighbour);
  else
    gtk_widget_insert_after(child, GTK_WIDGET(self), neighbour);
  gtk_widget_queue_resize(GTK_WIDGET(self));
  g_signal_emit(self, signals[ARRANGED], 0);
}

static void move_cb(BathyPanelFrame *frame, int by, gpointer data) {
  BathyPanelGrid *self = data;
  GtkWidget *neighbour = shown_neighbour(GTK_WIDGET(frame), by);

  if (self->maximized == NULL && neighbour != NULL)
    place(self, GTK_WIDGET(frame), neighbour, by < 0);
}

static gboolean comes_before(GtkWidget *a, GtkWidget *b) {
  while (a != NULL && a != b)
    a = gtk_widget_get_next_sibling(a);
  return a == b;
}

static void drop_cb(BathyPanelFrame *frame, const char *name, gpointer data) {
  BathyPanelGrid *self = data;
  BathyPanelFrame *dropped = bathy_panel_grid_find(self, name);

  if (dropped != NULL && dropped != frame)
    place(self, GTK_WIDGET(dropped), GTK_WIDGET(frame),
          !comes_before(GTK_WIDGET(dropped), GTK_WIDGET(frame)));
}

static void maximize_cb(BathyPanelFrame *frame, gpointer data) {
  BathyPanelGrid *self = data;

  bathy_panel_grid_maximize(self, self->maximized == frame ? NULL : frame);
}

static void put_away_cb(BathyPanelFrame *frame, gpointer data) {
  bathy_panel_grid_set_hidden(data, frame, TRUE);
}

static void explain_cb(BathyPanelFrame *frame, const Target *target, gboolean drawing,
                       Snapshot *look, gpointer data) {
  (void)frame;
  g_signal_emit(data, signals[EXPLAIN], 0, target, drawing, look);
}

static void export_cb(BathyPanelFrame *frame, gpointer data) {
  g_signal_emit(data, signals[EXPORT], 0, frame);
}

static void copy_cb(BathyPanelFrame *frame, gboolean as_data, gpointer data) {
  g_signal_emit(data, signals[COPY], 0, frame, as_data);
}

/* --- filling --- */

static void pin_cb(gpointer data, DatasetPart part, guint32 example) {
  bathy_lab_pin(data, part, example);
}

static void draw_input_cb(gpointer data, const float *pixels) {
  bathy_lab_draw_input(data, pixels);
}

static void did_cb(gpointer data, const char *what) { bathy_lab_did(data, what); }

static void add_panel(BathyPanelGrid *self, BathyLab *lab, const LessonPanel *description) {
  const PanelHost host = {lab, NULL, pin_cb, draw_input_cb, did_cb};
  const PanelClass *klass = panel_class_find(description->panel);

  if (klass == NULL) {
    g_warning("there is no panel ‘%s’", description->panel);
    return;
  }
  GtkWidget *frame =
      bathy_panel_frame_new(panel_new(klass, bathy_lab_get_lesson(lab), bathy_lab_get_dataset(lab),
                                      bathy_lab_get_model(lab), description->tensor, &host),
                            description->title);
  g_signal_connect(frame, "explain", G_CALLBACK(explain_cb), self);
  g_signal_connect(frame, "maximize", G_CALLBACK(maximize_cb), self);
  g_signal_connect(frame, "put-away", G_CALLBACK(put_away_cb), self);
  g_signal_connect(frame, "move", G_CALLBACK(move_cb), self);
  g_signal_connect(frame, "drop", G_CALLBACK(drop_cb), self);
  g_signal_connect(frame, "export", G_CALLBACK(export_cb), self);
  g_signal_connect(frame, "copy", G_CALLBACK(copy_cb), self);
  gtk_widget_set_parent(frame, GTK_WIDGET(self));
}

static void put_in_order(BathyPanelGrid *self, const char *const *order) {
  GtkWidget *last = NULL;

  for (int i = 0; order != NULL && order[i] != NULL; i++) {
    BathyPanelFrame *frame = bathy_panel_grid_find(self, order[i]);
    if (frame == NULL)
      continue;
    gtk_widget_insert_after(GTK_WIDGET(frame), GTK_WIDGET(self), last);
    last = GTK_WIDGET(frame);
  }
}

void bathy_panel_grid_fill(BathyPanelGrid *self, BathyLab *lab, const char *const *order,
                           const char *const *hidden_ones) {
  const Lesson *lesson = bathy_lab_get_lesson(lab);

  bathy_panel_grid_clear(self);
  for (guint i = 0; i < lesson->panels->len; i++)
    add_panel(self, lab, lesson->panels->pdata[i]);
  put_in_order(self, order);
  for (int i = 0; hidden_ones != NULL && hidden_ones[i] != NULL; i++) {
    BathyPanelFrame *frame = bathy_panel_grid_find(self, hidden_ones[i]);
    if (frame != NULL)
      g_object_set_data(G_OBJECT(frame), "hidden", GINT_TO_POINTER(TRUE));
  }
  show_right_ones(self);
}

void bathy_panel_grid_clear(BathyPanelGrid *self) {
  GtkWidget *child;

  self->maximized = NULL;
  while ((child = gtk_widget_get_first_child(GTK_WIDGET(self))) != NULL)
    gtk_widget_unparent(child);
}

/* --- looking --- */

static gboolean in_sight(GtkWidget *self, GtkWidget *child, double top, double height) {
  graphene_rect_t bounds;

  if (!gtk_widget_get_visible(child) || !gtk_widget_compute_bounds(child, self, &bounds))
    return FALSE;
  return bounds.origin.y + bounds.size.height > top && bounds.origin.y < top + height;
}

/* Every panel gets it, so that no old look is kept back by one that nobody sees. */
void bathy_panel_grid_look(BathyPanelGrid *self, Snapshot *look) {
  for (GtkWidget *child = gtk_widget_get_first_child(GTK_WIDGET(self)); child != NULL;
       child = gtk_widget_get_next_sibling(child)) {
    Panel *panel = bathy_panel_frame_get_panel(BATHY_PANEL_FRAME(child));
    if (panel->look != look)
      panel_look(panel, look);
  }
}

/* The one in sight that has waited longest for its turn; NULL: none waits. */
static BathyPanelFrame *stalest(BathyPanelGrid *self, double top, double height) {
  BathyPanelFrame *found = NULL;
  guint64 least = self->turn;

  for (GtkWidget *child = gtk_widget_get_first_child(GTK_WIDGET(self)); child != NULL;
       child = gtk_widget_get_next_sibling(child)) {
    BathyPanelFrame *frame = BATHY_PANEL_FRAME(child);
    const guint64 turn = GPOINTER_TO_SIZE(g_object_get_data(G_OBJECT(frame), "turn"));
    if (bathy_panel_frame_is_stale(frame) && turn < least &&
        in_sight(GTK_WIDGET(self), child, top, height)) {
      least = turn;
      found = frame;
    }
  }
  return found;
}

void bathy_panel_grid_refresh(BathyPanelGrid *self, double top, double height, gint64 budget) {
  BathyPanelFrame *frame;
  gint64 cost = 0;

  self->turn++;
  while ((frame = stalest(self, top, height)) != NULL) {
    const gint64 own = bathy_panel_canvas_get_cost(bathy_panel_frame_get_canvas(frame));
    if (cost > 0 && cost + own > budget)
      return;
    cost += MAX(own, 1);
    bathy_panel_frame_refresh(frame);
    g_object_set_data(G_OBJECT(frame), "turn", GSIZE_TO_POINTER(self->turn));
  }
}

GPtrArray *bathy_panel_grid_frames(BathyPanelGrid *self) {
  GPtrArray *frames = g_ptr_array_new();

  for (GtkWidget *child = gtk_widget_get_first_child(GTK_WIDGET(self)); child != NULL;
       child = gtk_widget_get_next_sibling(child))
    g_ptr_array_add(frames, child);
  return frames;
}

BathyPanelFrame *bathy_panel_grid_find(BathyPanelGrid *self, const char *panel) {
  for (GtkWidget *child = gtk_widget_get_first_child(GTK_WIDGET(self)); child != NULL;
       child = gtk_widget_get_next_sibling(child))
    if (g_str_equal(bathy_panel_frame_get_panel(BATHY_PANEL_FRAME(child))->klass->name, panel))
      return BATHY_PANEL_FRAME(child);
  return NULL;
}

BathyPanelFrame *bathy_panel_grid_mark(BathyPanelGrid *self, const Target *target) {
  BathyPanelFrame *first = NULL;

  for (GtkWidget *child = gtk_widget_get_first_child(GTK_WIDGET(self)); child != NULL;
       child = gtk_widget_get_next_sibling(child)) {
    BathyPanelFrame *frame = BATHY_PANEL_FRAME(child);
    if (bathy_panel_canvas_mark(bathy_panel_frame_get_canvas(frame), target) && first == NULL)
      first = frame;
  }
  return first;
}

/* --- the widget --- */

static void bathy_panel_grid_dispose(GObject *object) {
  bathy_panel_grid_clear(BATHY_PANEL_GRID(object));
  G_OBJECT_CLASS(bathy_panel_grid_parent_class)->dispose(object);
}

static void bathy_panel_grid_class_init(BathyPanelGridClass *klass) {
  GtkWidgetClass *widget = GTK_WIDGET_CLASS(klass);
  const GType type = G_TYPE_FROM_CLASS(klass);

  G_OBJECT_CLASS(klass)->dispose = bathy_panel_grid_dispose;
  widget->measure = bathy_panel_grid_measure;
  widget->size_allocate = bathy_panel_grid_size_allocate;
  widget->get_request_mode = bathy_panel_grid_request_mode;
  gtk_widget_class_set_css_name(widget, "panelgrid");
  signals[EXPLAIN] = g_signal_new("explain", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                  G_TYPE_NONE, 3, G_TYPE_POINTER, G_TYPE_BOOLEAN, G_TYPE_POINTER);
  signals[EXPORT] = g_signal_new("export", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                 G_TYPE_NONE, 1, BATHY_TYPE_PANEL_FRAME);
  signals[COPY] = g_signal_new("copy", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 2,
                               BATHY_TYPE_PANEL_FRAME, G_TYPE_BOOLEAN);
  signals[ARRANGED] =
      g_signal_new("arranged", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void bathy_panel_grid_init(BathyPanelGrid *self) { (void)self; }

GtkWidget *bathy_panel_grid_new(void) { return g_object_new(BATHY_TYPE_PANEL_GRID, NULL); }
