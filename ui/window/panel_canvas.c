#include "ui/window/panel_canvas.h"

#include "ui/window/theme.h"

#include <string.h>

struct _BathyPanelCanvas {
  GtkWidget parent;
  Panel *panel;
  PanelHost host;           /* what the panel was made with */
  cairo_surface_t *measure; /* what hits are measured on */
  cairo_t *cr;
  double x, y;          /* the keyboard's cursor, when `cursor` */
  gboolean cursor;      /* stepping through cells by keyboard */
  gboolean panel_drags; /* the press was the panel's */
  double press_x, press_y;
  Target marked;
  gint64 cost; /* of the last drawing, µs */
};

G_DEFINE_FINAL_TYPE(BathyPanelCanvas, bathy_panel_canvas, GTK_TYPE_WIDGET)

enum { EXPLAIN, FOCUSED, N_SIGNALS };
static guint signals[N_SIGNALS];

#define CLICK_SLACK 6 /* pixels a pointer may move between press and release of a click */

static Canvas canvas_on(BathyPanelCanvas *self, cairo_t *cr, Theme *theme) {
  *theme = theme_of(GTK_WIDGET(self));
  return (Canvas){.cr = cr,
                  .width = gtk_widget_get_width(GTK_WIDGET(self)),
                  .height = gtk_widget_get_height(GTK_WIDGET(self)),
                  .theme = theme,
                  .scale = gtk_widget_get_scale_factor(GTK_WIDGET(self))};
}

/* A canvas that only measures. */
#define MEASURE(self)                                                                              \
  Theme theme;                                                                                     \
  const Canvas canvas = canvas_on(self, (self)->cr, &theme)

/* --- drawing --- */

static void outline(const Canvas *canvas, const Rect *area, double width) {
  const Rect around = rect_inset(*area, -width);

  canvas_stroke_rect(canvas, &around, theme_background(canvas->theme), 2 * width);
  canvas_stroke_rect(canvas, &around, theme_accent(canvas->theme), width);
}

/* Where a box of that size goes, near an area but not over it, inside the canvas. */
static Rect place_box(const Canvas *canvas, const Rect *area, double width, double height) {
  const double gap = 0.4 * canvas->theme->em;
  double x = area->x + area->width / 2 - width / 2, y = area->y - height - gap;

  if (y < 0)
    y = area->y + area->height + gap;
  if (y + height > canvas->height)
    y = CLAMP(area->y, 0, MAX(canvas->height - height, 0));
  x = CLAMP(x, 0, MAX(canvas->width - width, 0));
  return (Rect){x, y, MIN(width, canvas->width), height};
}

static void draw_label(const Canvas *canvas, const Hit *hit) {
  const double em = canvas->theme->em, pad = 0.45 * em;
  const TextStyle style = {.size = 0.95, .align = ALIGN_CENTRE, .align_vertical = ALIGN_CENTRE};
  double width, height;

  canvas_text_size(canvas, &style, hit->text, &width, &height);
  const Rect box = place_box(canvas, &hit->area, width + 3 * pad, height + 2 * pad);
  canvas_fill_rect(canvas, &box, theme_background(canvas->theme));
  canvas_stroke_rect(canvas, &box, theme_dim(canvas->theme), 1);
  const Rect inside = rect_inset(box, pad / 2);
  canvas_text_in(canvas, &inside, &style, hit->text);
}

static gboolean current_hit(BathyPanelCanvas *self, const Canvas *canvas, Hit *hit) {
  if (self->panel->look == NULL && self->panel->klass->update != NULL)
    return FALSE;
  if (self->cursor)
    return panel_hit(self->panel, canvas, self->x, self->y, hit);
  return self->panel->pointer_x >= 0 &&
         panel_hit(self->panel, canvas, self->panel->pointer_x, self->panel->pointer_y, hit);
}

static void draw_over(BathyPanelCanvas *self, const Canvas *canvas) {
  const PanelClass *klass = self->panel->klass;
  Rect area;
  Hit hit;

  if (self->marked.tensor[0] != '\0' && klass->locate != NULL && self->panel->look != NULL &&
      klass->locate(self->panel, canvas, &self->marked, &area))
    outline(canvas, &area, 2);
  if (!current_hit(self, canvas, &hit))
    return;
  if (hit.area.width > 0)
    outline(canvas, &hit.area, self->cursor ? 2 : 1);
  if (hit.text[0] != '\0' && !hit.shown)
    draw_label(canvas, &hit);
}

static void bathy_panel_canvas_snapshot(GtkWidget *widget, GtkSnapshot *snapshot) {
  BathyPanelCanvas *self = BATHY_PANEL_CANVAS(widget);
  const int width = gtk_widget_get_width(widget), height = gtk_widget_get_height(widget);
  Theme theme;

  if (width <= 0 || height <= 0)
    return;
  cairo_t *cr =
      gtk_snapshot_append_cairo(snapshot, &GRAPHENE_RECT_INIT(0, 0, (float)width, (float)height));
  const Canvas canvas = canvas_on(self, cr, &theme);
  const gint64 start = g_get_monotonic_time();
  panel_draw(self->panel, &canvas);
  self->cost = g_get_monotonic_time() - start;
  draw_over(self, &canvas);
  cairo_destroy(cr);
}

static void bathy_panel_canvas_measure(GtkWidget *widget, GtkOrientation orientation, int for_size,
                                       int *minimum, int *natural, int *minimum_baseline,
                                       int *natural_baseline) {
  (void)widget, (void)for_size;
  *minimum = orientation == GTK_ORIENTATION_HORIZONTAL ? 160 : 120;
  *natural = orientation == GTK_ORIENTATION_HORIZONTAL ? 360 : 260;
  *minimum_baseline = *natural_baseline = -1;
}

/* --- accessible texts --- */

void bathy_panel_canvas_describe(BathyPanelCanvas *self) {
  g_autofree char *text = NULL;

  if (self->panel->klass->describe != NULL)
    text = self->panel->klass->describe(self->panel);
  gtk_accessible_update_property(GTK_ACCESSIBLE(self), GTK_ACCESSIBLE_PROPERTY_DESCRIPTION,
                                 text != NULL ? text : self->panel->klass->help, -1);
}

static void tell_cell(BathyPanelCanvas *self) {
  MEASURE(self);
  Hit hit;

  if (current_hit(self, &canvas, &hit) && hit.text[0] != '\0')
    gtk_accessible_update_property(GTK_ACCESSIBLE(self), GTK_ACCESSIBLE_PROPERTY_DESCRIPTION,
                                   hit.text, -1);
}

/* --- pointer --- */

static void ask(BathyPanelCanvas *self, const Hit *hit) {
  if (hit->target.tensor[0] != '\0' && self->panel->look != NULL)
    g_signal_emit(self, signals[EXPLAIN], 0, &hit->target, hit->drawing, self->panel->look);
}

static void set_cursor_name(BathyPanelCanvas *self, double x, double y) {
  MEASURE(self);
  Hit hit;

  const gboolean why = panel_hit(self->panel, &canvas, x, y, &hit) && hit.target.tensor[0] != '\0';
  gtk_widget_set_cursor_from_name(GTK_WIDGET(self), why ? "help" : NULL);
}

static void motion_cb(GtkEventControllerMotion *motion, double x, double y, gpointer data) {
  BathyPanelCanvas *self = data;

  (void)motion;
  if (x == self->panel->pointer_x && y == self->panel->pointer_y)
    return;
  self->panel->pointer_x = x;
  self->panel->pointer_y = y;
  self->cursor = FALSE;
  set_cursor_name(self, x, y);
  gtk_widget_queue_draw(GTK_WIDGET(self));
}

static void leave_cb(GtkEventControllerMotion *motion, gpointer data) {
  BathyPanelCanvas *self = data;

  (void)motion;
  self->panel->pointer_x = self->panel->pointer_y = -1;
  gtk_widget_queue_draw(GTK_WIDGET(self));
}

static gboolean to_panel(BathyPanelCanvas *self, PointerKind kind, double x, double y) {
  MEASURE(self);

  if (self->panel->klass->pointer == NULL)
    return FALSE;
  const gboolean used = self->panel->klass->pointer(self->panel, &canvas, kind, x, y);
  gtk_widget_queue_draw(GTK_WIDGET(self));
  return used;
}

static void press_at(BathyPanelCanvas *self, double x, double y) {
  self->press_x = x;
  self->press_y = y;
  self->cursor = FALSE;
  gtk_widget_grab_focus(GTK_WIDGET(self));
  self->panel_drags = to_panel(self, POINTER_PRESS, x, y);
}

static void drag_by(BathyPanelCanvas *self, double dx, double dy) {
  if (!self->panel_drags)
    return;
  self->panel->pointer_x = self->press_x + dx;
  self->panel->pointer_y = self->press_y + dy;
  to_panel(self, POINTER_DRAG, self->press_x + dx, self->press_y + dy);
}

static void release_at(BathyPanelCanvas *self, double dx, double dy) {
  Hit hit;

  if (self->panel_drags) {
    self->panel_drags = FALSE;
    to_panel(self, POINTER_RELEASE, self->press_x + dx, self->press_y + dy);
    return;
  }
  if (ABS(dx) > CLICK_SLACK || ABS(dy) > CLICK_SLACK)
    return;
  MEASURE(self);
  if (panel_hit(self->panel, &canvas, self->press_x, self->press_y, &hit))
    ask(self, &hit);
}

void bathy_panel_canvas_drag(BathyPanelCanvas *self, double x, double y, double dx, double dy) {
  press_at(self, x, y);
  drag_by(self, dx, dy);
  release_at(self, dx, dy);
}

static void drag_begin_cb(GtkGestureDrag *gesture, double x, double y, gpointer data) {
  BathyPanelCanvas *self = data;

  press_at(self, x, y);
  if (self->panel_drags)
    gtk_gesture_set_state(GTK_GESTURE(gesture), GTK_EVENT_SEQUENCE_CLAIMED);
}

static void drag_update_cb(GtkGestureDrag *gesture, double dx, double dy, gpointer data) {
  (void)gesture;
  drag_by(data, dx, dy);
}

static void drag_end_cb(GtkGestureDrag *gesture, double dx, double dy, gpointer data) {
  (void)gesture;
  release_at(data, dx, dy);
}

static void click_cb(GtkGestureClick *gesture, int n, double x, double y, gpointer data) {
  (void)gesture;
  if (n == 2)
    to_panel(data, POINTER_DOUBLE, x, y);
}

static gboolean scroll_cb(GtkEventControllerScroll *scroll, double dx, double dy, gpointer data) {
  BathyPanelCanvas *self = data;
  const GdkModifierType state =
      gtk_event_controller_get_current_event_state(GTK_EVENT_CONTROLLER(scroll));
  MEASURE(self);

  if (self->panel->klass->scroll == NULL || self->panel->pointer_x < 0)
    return GDK_EVENT_PROPAGATE;
  if (!self->panel->klass->scroll(self->panel, &canvas, self->panel->pointer_x,
                                  self->panel->pointer_y, dx, dy, (state & GDK_CONTROL_MASK) != 0))
    return GDK_EVENT_PROPAGATE;
  gtk_widget_queue_draw(GTK_WIDGET(self));
  return GDK_EVENT_STOP;
}

/* --- keyboard --- */

static gboolean move(BathyPanelCanvas *self, int dx, int dy) {
  MEASURE(self);
  double x = self->x, y = self->y;

  if (self->panel->klass->move == NULL ||
      !self->panel->klass->move(self->panel, &canvas, dx, dy, &x, &y))
    return FALSE;
  self->x = x;
  self->y = y;
  self->cursor = TRUE;
  tell_cell(self);
  return TRUE;
}

static gboolean ask_at_cursor(BathyPanelCanvas *self) {
  MEASURE(self);
  Hit hit;

  if (!self->cursor || !panel_hit(self->panel, &canvas, self->x, self->y, &hit))
    return FALSE;
  if (to_panel(self, POINTER_PRESS, self->x, self->y))
    to_panel(self, POINTER_RELEASE, self->x, self->y);
  else
    ask(self, &hit);
  return TRUE;
}

static gboolean leave_cells(BathyPanelCanvas *self) {
  const gboolean was = self->cursor;

  self->cursor = FALSE;
  bathy_panel_canvas_describe(self);
  return was;
}

/* Cells are stepped through by the plain arrows; the panel has the say about every other key. */
static gboolean use_key(BathyPanelCanvas *self, guint keyval, gboolean control) {
  switch (control ? 0 : keyval) {
  case GDK_KEY_Left:
    return move(self, -1, 0);
  case GDK_KEY_Right:
    return move(self, 1, 0);
  case GDK_KEY_Up:
    return move(self, 0, -1);
  case GDK_KEY_Down:
    return move(self, 0, 1);
  case GDK_KEY_Return:
  case GDK_KEY_KP_Enter:
    return ask_at_cursor(self);
  case GDK_KEY_Escape:
    return leave_cells(self);
  default:
    return FALSE;
  }
}

gboolean bathy_panel_canvas_press(BathyPanelCanvas *self, guint keyval, gboolean control) {
  const char *name = gdk_keyval_name(keyval);
  const PanelClass *klass = self->panel->klass;

  if (!(klass->key != NULL && name != NULL && klass->key(self->panel, name, control)) &&
      !use_key(self, keyval, control))
    return FALSE;
  gtk_widget_queue_draw(GTK_WIDGET(self));
  return TRUE;
}

static gboolean key_cb(GtkEventControllerKey *controller, guint keyval, guint keycode,
                       GdkModifierType state, gpointer data) {
  (void)controller, (void)keycode;
  if (state & GDK_ALT_MASK)
    return GDK_EVENT_PROPAGATE;
  return bathy_panel_canvas_press(data, keyval, (state & GDK_CONTROL_MASK) != 0);
}

static void focus_cb(GtkEventControllerFocus *focus, gpointer data) {
  (void)focus;
  bathy_panel_canvas_describe(data);
  g_signal_emit(data, signals[FOCUSED], 0);
  gtk_widget_queue_draw(data);
}

static void blur_cb(GtkEventControllerFocus *focus, gpointer data) {
  BathyPanelCanvas *self = data;

  (void)focus;
  self->cursor = FALSE;
  gtk_widget_queue_draw(data);
}

/* --- the widget --- */

static void add_pointer(BathyPanelCanvas *self) {
  GtkEventController *motion = gtk_event_controller_motion_new();
  GtkEventController *scroll =
      gtk_event_controller_scroll_new(GTK_EVENT_CONTROLLER_SCROLL_BOTH_AXES);
  GtkGesture *drag = gtk_gesture_drag_new(), *click = gtk_gesture_click_new();

  g_signal_connect(motion, "motion", G_CALLBACK(motion_cb), self);
  g_signal_connect(motion, "enter", G_CALLBACK(motion_cb), self);
  g_signal_connect(motion, "leave", G_CALLBACK(leave_cb), self);
  g_signal_connect(scroll, "scroll", G_CALLBACK(scroll_cb), self);
  g_signal_connect(drag, "drag-begin", G_CALLBACK(drag_begin_cb), self);
  g_signal_connect(drag, "drag-update", G_CALLBACK(drag_update_cb), self);
  g_signal_connect(drag, "drag-end", G_CALLBACK(drag_end_cb), self);
  g_signal_connect(click, "pressed", G_CALLBACK(click_cb), self);
  gtk_widget_add_controller(GTK_WIDGET(self), motion);
  gtk_widget_add_controller(GTK_WIDGET(self), scroll);
  gtk_widget_add_controller(GTK_WIDGET(self), GTK_EVENT_CONTROLLER(click));
  gtk_widget_add_controller(GTK_WIDGET(self), GTK_EVENT_CONTROLLER(drag));
}

static void add_keyboard(BathyPanelCanvas *self) {
  GtkEventController *key = gtk_event_controller_key_new();
  GtkEventController *focus = gtk_event_controller_focus_new();

  g_signal_connect(key, "key-pressed", G_CALLBACK(key_cb), self);
  g_signal_connect(focus, "enter", G_CALLBACK(focus_cb), self);
  g_signal_connect(focus, "leave", G_CALLBACK(blur_cb), self);
  gtk_widget_add_controller(GTK_WIDGET(self), key);
  gtk_widget_add_controller(GTK_WIDGET(self), focus);
}

static void bathy_panel_canvas_init(BathyPanelCanvas *self) {
  self->measure = cairo_image_surface_create(CAIRO_FORMAT_A8, 1, 1);
  self->cr = cairo_create(self->measure);
  gtk_widget_set_focusable(GTK_WIDGET(self), TRUE);
  gtk_widget_set_hexpand(GTK_WIDGET(self), TRUE);
  gtk_widget_set_vexpand(GTK_WIDGET(self), TRUE);
  gtk_widget_set_overflow(GTK_WIDGET(self), GTK_OVERFLOW_HIDDEN);
  add_pointer(self);
  add_keyboard(self);
}

static void bathy_panel_canvas_finalize(GObject *object) {
  BathyPanelCanvas *self = BATHY_PANEL_CANVAS(object);

  panel_free(self->panel);
  cairo_destroy(self->cr);
  cairo_surface_destroy(self->measure);
  G_OBJECT_CLASS(bathy_panel_canvas_parent_class)->finalize(object);
}

static void bathy_panel_canvas_class_init(BathyPanelCanvasClass *klass) {
  GtkWidgetClass *widget = GTK_WIDGET_CLASS(klass);

  G_OBJECT_CLASS(klass)->finalize = bathy_panel_canvas_finalize;
  widget->snapshot = bathy_panel_canvas_snapshot;
  widget->measure = bathy_panel_canvas_measure;
  gtk_widget_class_set_css_name(widget, "panelcanvas");
  gtk_widget_class_set_accessible_role(widget, GTK_ACCESSIBLE_ROLE_IMG);
  signals[EXPLAIN] =
      g_signal_new("explain", G_TYPE_FROM_CLASS(klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                   G_TYPE_NONE, 3, G_TYPE_POINTER, G_TYPE_BOOLEAN, G_TYPE_POINTER);
  signals[FOCUSED] = g_signal_new("focused", G_TYPE_FROM_CLASS(klass), G_SIGNAL_RUN_LAST, 0, NULL,
                                  NULL, NULL, G_TYPE_NONE, 0);
}

/* --- between the panel and its host --- */

static void redraw_cb(gpointer data) { gtk_widget_queue_draw(data); }

static void pin_cb(gpointer data, DatasetPart part, guint32 example) {
  const PanelHost *host = &BATHY_PANEL_CANVAS(data)->host;

  if (host->pin != NULL)
    host->pin(host->data, part, example);
}

static void draw_input_cb(gpointer data, const float *pixels) {
  const PanelHost *host = &BATHY_PANEL_CANVAS(data)->host;

  if (host->draw_input != NULL)
    host->draw_input(host->data, pixels);
}

static void did_cb(gpointer data, const char *what) {
  const PanelHost *host = &BATHY_PANEL_CANVAS(data)->host;

  if (host->did != NULL)
    host->did(host->data, what);
}

GtkWidget *bathy_panel_canvas_new(Panel *panel) {
  BathyPanelCanvas *self = g_object_new(BATHY_TYPE_PANEL_CANVAS, NULL);
  g_autofree char *label = g_strdup_printf("%s. %s", panel->klass->title, panel->klass->help);

  self->panel = panel;
  self->host = panel->host;
  panel->host = (PanelHost){self, redraw_cb, pin_cb, draw_input_cb, did_cb};
  gtk_accessible_update_property(GTK_ACCESSIBLE(self), GTK_ACCESSIBLE_PROPERTY_LABEL, label, -1);
  bathy_panel_canvas_describe(self);
  return GTK_WIDGET(self);
}

Panel *bathy_panel_canvas_get_panel(BathyPanelCanvas *self) { return self->panel; }
gint64 bathy_panel_canvas_get_cost(BathyPanelCanvas *self) { return self->cost; }

gboolean bathy_panel_canvas_mark(BathyPanelCanvas *self, const Target *target) {
  MEASURE(self);
  Rect area;

  gtk_widget_queue_draw(GTK_WIDGET(self));
  memset(&self->marked, 0, sizeof self->marked);
  if (target == NULL || self->panel->klass->locate == NULL || self->panel->look == NULL ||
      !self->panel->klass->locate(self->panel, &canvas, target, &area))
    return FALSE;
  self->marked = *target;
  return TRUE;
}
