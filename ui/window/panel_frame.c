#include "ui/window/panel_frame.h"

#include "ui/widgets/buttons.h"
#include "ui/window/panel_controls.h"

#define FLASH_MS 1200

struct _BathyPanelFrame {
  GtkWidget parent;
  GtkWidget *box, *header, *title, *help, *controls, *canvas, *maximize, *menu;
  guint flash;
  const Snapshot *shown; /* the look that was shown last; compared, never followed */
};

G_DEFINE_FINAL_TYPE(BathyPanelFrame, bathy_panel_frame, GTK_TYPE_WIDGET)

enum { EXPLAIN, MAXIMIZE, HIDE, MOVE, DROP, EXPORT, COPY, N_SIGNALS };
static guint signals[N_SIGNALS];

/* --- its actions --- */

static void maximize_cb(GtkWidget *widget, const char *action, GVariant *parameter) {
  (void)action, (void)parameter;
  g_signal_emit(widget, signals[MAXIMIZE], 0);
}

static void hide_cb(GtkWidget *widget, const char *action, GVariant *parameter) {
  (void)action, (void)parameter;
  g_signal_emit(widget, signals[HIDE], 0);
}

static void move_cb(GtkWidget *widget, const char *action, GVariant *parameter) {
  (void)action;
  g_signal_emit(widget, signals[MOVE], 0, g_variant_get_int32(parameter));
}

static void export_cb(GtkWidget *widget, const char *action, GVariant *parameter) {
  (void)action, (void)parameter;
  g_signal_emit(widget, signals[EXPORT], 0);
}

static void copy_cb(GtkWidget *widget, const char *action, GVariant *parameter) {
  (void)action;
  g_signal_emit(widget, signals[COPY], 0, g_variant_get_boolean(parameter));
}

static void explain_cb(GtkWidget *canvas, const Target *target, gboolean drawing, Snapshot *look,
                       gpointer data) {
  (void)canvas;
  g_signal_emit(data, signals[EXPLAIN], 0, target, drawing, look);
}

static void manual_cb(GtkWidget *widget, const char *action, GVariant *parameter) {
  BathyPanelFrame *self = BATHY_PANEL_FRAME(widget);
  const PanelClass *klass = bathy_panel_frame_get_panel(self)->klass;

  (void)action, (void)parameter;
  const gboolean shown = gtk_label_get_wrap(GTK_LABEL(self->help));
  g_autofree char *both = g_strdup_printf("%s. %s", klass->help, klass->manual);
  gtk_label_set_wrap(GTK_LABEL(self->help), !shown);
  gtk_label_set_ellipsize(GTK_LABEL(self->help),
                          shown ? PANGO_ELLIPSIZE_END : PANGO_ELLIPSIZE_NONE);
  gtk_label_set_label(GTK_LABEL(self->help), shown ? klass->help : both);
}

/* --- dragged to another place --- */

static GdkContentProvider *prepare_cb(GtkDragSource *source, double x, double y, gpointer data) {
  (void)source, (void)x, (void)y;
  return gdk_content_provider_new_typed(G_TYPE_STRING,
                                        bathy_panel_frame_get_panel(data)->klass->name);
}

static void drag_begin_cb(GtkDragSource *source, GdkDrag *drag, gpointer data) {
  BathyPanelFrame *self = data;
  g_autoptr(GdkPaintable) icon = gtk_widget_paintable_new(self->header);

  (void)drag;
  gtk_drag_source_set_icon(source, icon, 0, 0);
}

static gboolean drop_cb(GtkDropTarget *target, const GValue *value, double x, double y,
                        gpointer data) {
  (void)target, (void)x, (void)y;
  g_signal_emit(data, signals[DROP], 0, g_value_get_string(value));
  return TRUE;
}

static void add_dragging(BathyPanelFrame *self) {
  GtkDragSource *source = gtk_drag_source_new();
  GtkDropTarget *target = gtk_drop_target_new(G_TYPE_STRING, GDK_ACTION_MOVE);

  gtk_drag_source_set_actions(source, GDK_ACTION_MOVE);
  g_signal_connect(source, "prepare", G_CALLBACK(prepare_cb), self);
  g_signal_connect(source, "drag-begin", G_CALLBACK(drag_begin_cb), self);
  g_signal_connect(target, "drop", G_CALLBACK(drop_cb), self);
  gtk_widget_add_controller(self->header, GTK_EVENT_CONTROLLER(source));
  gtk_widget_add_controller(GTK_WIDGET(self), GTK_EVENT_CONTROLLER(target));
}

/* --- making it --- */

static GtkWidget *menu_new(const Panel *panel) {
  GtkWidget *button = gtk_menu_button_new();
  g_autoptr(GMenu) menu = g_menu_new(), files = g_menu_new(), places = g_menu_new();
  g_autofree char *label = g_strdup_printf("More for %s", panel->klass->title);

  g_menu_append(files, "Export…", "panel.export");
  g_menu_append(files, "Copy picture", "panel.copy(false)");
  if (panel->klass->csv != NULL)
    g_menu_append(files, "Copy data", "panel.copy(true)");
  g_menu_append(places, "One place back", "panel.move(-1)");
  g_menu_append(places, "One place on", "panel.move(1)");
  g_menu_append(places, "Hide", "panel.hide");
  g_menu_append_section(menu, NULL, G_MENU_MODEL(files));
  g_menu_append_section(menu, NULL, G_MENU_MODEL(places));
  gtk_menu_button_set_menu_model(GTK_MENU_BUTTON(button), G_MENU_MODEL(menu));
  gtk_menu_button_set_icon_name(GTK_MENU_BUTTON(button), "view-more-symbolic");
  gtk_widget_add_css_class(button, "flat");
  widget_set_name(button, label);
  return button;
}

static GtkWidget *header_new(BathyPanelFrame *self, const Panel *panel, const char *title) {
  GtkWidget *box = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 0);

  self->title = gtk_label_new(title);
  gtk_widget_add_css_class(self->title, "heading");
  gtk_label_set_xalign(GTK_LABEL(self->title), 0);
  gtk_label_set_ellipsize(GTK_LABEL(self->title), PANGO_ELLIPSIZE_END);
  gtk_widget_set_hexpand(self->title, TRUE);
  gtk_box_append(GTK_BOX(box), self->title);
  if (panel->klass->manual != NULL)
    gtk_box_append(GTK_BOX(box),
                   icon_button_new("help-about-symbolic", "How to use this panel", "panel.manual"));
  self->maximize = icon_button_new("view-fullscreen-symbolic", "Maximize", "panel.maximize");
  self->menu = menu_new(panel);
  gtk_box_append(GTK_BOX(box), self->maximize);
  gtk_box_append(GTK_BOX(box), self->menu);
  gtk_widget_add_css_class(box, "panel-header");
  return box;
}

static GtkWidget *help_new(const Panel *panel) {
  GtkWidget *label = gtk_label_new(panel->klass->help);

  gtk_widget_add_css_class(label, "dim-label");
  gtk_widget_add_css_class(label, "caption");
  gtk_label_set_xalign(GTK_LABEL(label), 0);
  gtk_label_set_ellipsize(GTK_LABEL(label), PANGO_ELLIPSIZE_END);
  gtk_label_set_wrap_mode(GTK_LABEL(label), PANGO_WRAP_WORD_CHAR);
  gtk_widget_set_tooltip_text(label, panel->klass->help);
  return label;
}

static void bathy_panel_frame_dispose(GObject *object) {
  BathyPanelFrame *self = BATHY_PANEL_FRAME(object);

  g_clear_handle_id(&self->flash, g_source_remove);
  g_clear_pointer(&self->box, gtk_widget_unparent);
  G_OBJECT_CLASS(bathy_panel_frame_parent_class)->dispose(object);
}

static guint add_signal(GType type, const char *name, guint n, GType first) {
  return g_signal_new(name, type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, n, first);
}

static void make_signals(GType type) {
  signals[EXPLAIN] = g_signal_new("explain", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                  G_TYPE_NONE, 3, G_TYPE_POINTER, G_TYPE_BOOLEAN, G_TYPE_POINTER);
  signals[MAXIMIZE] = add_signal(type, "maximize", 0, 0);
  signals[HIDE] = add_signal(type, "put-away", 0, 0);
  signals[MOVE] = add_signal(type, "move", 1, G_TYPE_INT);
  signals[DROP] = add_signal(type, "drop", 1, G_TYPE_STRING);
  signals[EXPORT] = add_signal(type, "export", 0, 0);
  signals[COPY] = add_signal(type, "copy", 1, G_TYPE_BOOLEAN);
}

static void add_keys(GtkWidgetClass *widget) {
  gtk_widget_class_add_binding_action(widget, GDK_KEY_Left, GDK_CONTROL_MASK | GDK_SHIFT_MASK,
                                      "panel.move", "i", -1);
  gtk_widget_class_add_binding_action(widget, GDK_KEY_Right, GDK_CONTROL_MASK | GDK_SHIFT_MASK,
                                      "panel.move", "i", 1);
  gtk_widget_class_add_binding_action(widget, GDK_KEY_m, GDK_CONTROL_MASK, "panel.maximize", NULL);
  gtk_widget_class_add_binding_action(widget, GDK_KEY_e, GDK_CONTROL_MASK, "panel.export", NULL);
  gtk_widget_class_add_binding_action(widget, GDK_KEY_c, GDK_CONTROL_MASK, "panel.copy", "b",
                                      FALSE);
  gtk_widget_class_add_binding_action(widget, GDK_KEY_c, GDK_CONTROL_MASK | GDK_SHIFT_MASK,
                                      "panel.copy", "b", TRUE);
}

static void bathy_panel_frame_class_init(BathyPanelFrameClass *klass) {
  GtkWidgetClass *widget = GTK_WIDGET_CLASS(klass);

  G_OBJECT_CLASS(klass)->dispose = bathy_panel_frame_dispose;
  gtk_widget_class_set_layout_manager_type(widget, GTK_TYPE_BIN_LAYOUT);
  gtk_widget_class_set_css_name(widget, "panel");
  gtk_widget_class_set_accessible_role(widget, GTK_ACCESSIBLE_ROLE_GROUP);
  gtk_widget_class_install_action(widget, "panel.maximize", NULL, maximize_cb);
  gtk_widget_class_install_action(widget, "panel.hide", NULL, hide_cb);
  gtk_widget_class_install_action(widget, "panel.move", "i", move_cb);
  gtk_widget_class_install_action(widget, "panel.export", NULL, export_cb);
  gtk_widget_class_install_action(widget, "panel.copy", "b", copy_cb);
  gtk_widget_class_install_action(widget, "panel.manual", NULL, manual_cb);
  add_keys(widget);
  make_signals(G_TYPE_FROM_CLASS(klass));
}

static void bathy_panel_frame_init(BathyPanelFrame *self) {
  self->box = gtk_box_new(GTK_ORIENTATION_VERTICAL, 4);
  gtk_widget_set_parent(self->box, GTK_WIDGET(self));
  gtk_widget_add_css_class(GTK_WIDGET(self), "card");
}

GtkWidget *bathy_panel_frame_new(Panel *panel, const char *title) {
  BathyPanelFrame *self = g_object_new(BATHY_TYPE_PANEL_FRAME, NULL);
  GtkBox *box = GTK_BOX(self->box);

  if (title == NULL)
    title = panel->klass->title;
  self->canvas = bathy_panel_canvas_new(panel);
  self->header = header_new(self, panel, title);
  self->help = help_new(panel);
  self->controls = bathy_panel_controls_new(panel);
  g_signal_connect(self->canvas, "explain", G_CALLBACK(explain_cb), self);
  gtk_box_append(box, self->header);
  gtk_box_append(box, self->help);
  gtk_box_append(box, self->controls);
  gtk_box_append(box, self->canvas);
  gtk_accessible_update_property(GTK_ACCESSIBLE(self), GTK_ACCESSIBLE_PROPERTY_LABEL, title, -1);
  add_dragging(self);
  return GTK_WIDGET(self);
}

/* --- for the grid --- */

Panel *bathy_panel_frame_get_panel(BathyPanelFrame *self) {
  return bathy_panel_canvas_get_panel(BATHY_PANEL_CANVAS(self->canvas));
}

BathyPanelCanvas *bathy_panel_frame_get_canvas(BathyPanelFrame *self) {
  return BATHY_PANEL_CANVAS(self->canvas);
}

const char *bathy_panel_frame_get_title(BathyPanelFrame *self) {
  return gtk_label_get_label(GTK_LABEL(self->title));
}

gboolean bathy_panel_frame_is_stale(BathyPanelFrame *self) {
  return bathy_panel_frame_get_panel(self)->look != self->shown;
}

void bathy_panel_frame_refresh(BathyPanelFrame *self) {
  self->shown = bathy_panel_frame_get_panel(self)->look;
  bathy_panel_controls_refresh(BATHY_PANEL_CONTROLS(self->controls));
  gtk_widget_queue_draw(self->canvas);
}

void bathy_panel_frame_set_maximized(BathyPanelFrame *self, gboolean maximized) {
  gtk_button_set_icon_name(GTK_BUTTON(self->maximize),
                           maximized ? "view-restore-symbolic" : "view-fullscreen-symbolic");
  widget_set_name(self->maximize, maximized ? "Back to all panels" : "Maximize");
}

gboolean bathy_panel_frame_set_control(BathyPanelFrame *self, const char *id, double value) {
  Panel *panel = bathy_panel_frame_get_panel(self);
  const PanelControl *control = panel->klass->controls;

  while (control != NULL && control->id != NULL && !g_str_equal(control->id, id))
    control++;
  if (control == NULL || control->id == NULL)
    return FALSE;
  panel_set_value(panel, id, value);
  bathy_panel_controls_refresh(BATHY_PANEL_CONTROLS(self->controls));
  return TRUE;
}

static gboolean flash_cb(gpointer data) {
  BathyPanelFrame *self = data;

  self->flash = 0;
  gtk_widget_remove_css_class(GTK_WIDGET(self), "flash");
  return G_SOURCE_REMOVE;
}

void bathy_panel_frame_flash(BathyPanelFrame *self) {
  g_clear_handle_id(&self->flash, g_source_remove);
  gtk_widget_add_css_class(GTK_WIDGET(self), "flash");
  self->flash = g_timeout_add(FLASH_MS, flash_cb, self);
}
