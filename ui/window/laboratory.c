#include "ui/window/laboratory.h"

#include "ui/explain/explain_view.h"
#include "ui/widgets/buttons.h"
#include "ui/widgets/wrap_layout.h"
#include "ui/window/hyperparameters.h"

#include <adwaita.h>
#include <time.h>

#define EXPLAIN_WIDTH 380
#define REFRESH_EVERY 75 /* ms: at most 13 panel frames a second */
#define BUDGET 1000      /* µs of drawing in one frame while it trains */
#define SHARE 0.04       /* of one core, for all that the interface does while it trains */

struct _BathyLaboratory {
  GtkWidget parent;
  BathyLab *lab;     /* borrowed, as is */
  BathyState *state; /* this */
  GtkWidget *box, *chips, *revealer, *paned, *scrolled, *explain;
  BathyPanelGrid *grid;
  guint later, refresh; /* refreshes to come: soon, and again and again */
  gint64 seen, spent;   /* µs: the clock and this thread's own time at the last turn */
  double allowance;     /* µs this thread may use now; below 0 it has used more than its share */
};

G_DEFINE_FINAL_TYPE(BathyLaboratory, bathy_laboratory, GTK_TYPE_WIDGET)

enum { EXPORT, COPY, DATA_SET, N_SIGNALS };
static guint signals[N_SIGNALS];

static const char *group_of(BathyLaboratory *self) { return bathy_lab_get_lesson(self->lab)->id; }

/* --- looking --- */

static GtkAdjustment *position(BathyLaboratory *self) {
  return gtk_scrolled_window_get_vadjustment(GTK_SCROLLED_WINDOW(self->scrolled));
}

/* While it trains, a few panels at a time: the training has the processor. At rest all at once. */
static void refresh(BathyLaboratory *self) {
  GtkAdjustment *at = position(self);

  if (gtk_widget_get_mapped(self->scrolled))
    bathy_panel_grid_refresh(self->grid, gtk_adjustment_get_value(at),
                             gtk_adjustment_get_page_size(at),
                             bathy_lab_is_training(self->lab) ? BUDGET : G_MAXINT32);
}

static void look(BathyLaboratory *self) {
  Snapshot *newest = bathy_lab_get_look(self->lab);

  if (newest == NULL)
    return;
  bathy_panel_grid_look(self->grid, newest);
  if (!bathy_lab_is_training(self->lab))
    refresh(self);
}

static gint64 own_time(void) {
  struct timespec now;

  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return now.tv_sec * G_USEC_PER_SEC + now.tv_nsec / 1000;
}

/* While this thread runs, the training waits for the core it has taken, on all cores: what is drawn
 * has to be paid for by a share of the time that went by. */
static gboolean may_draw(BathyLaboratory *self) {
  const gint64 now = g_get_monotonic_time(), own = own_time();

  self->allowance += SHARE * (double)(now - self->seen) - (double)(own - self->spent);
  self->allowance = CLAMP(self->allowance, -G_USEC_PER_SEC * SHARE, BUDGET);
  self->seen = now;
  self->spent = own;
  return self->allowance >= 0 || !bathy_lab_is_training(self->lab);
}

static gboolean turn_cb(gpointer data) {
  if (may_draw(data))
    refresh(data);
  return G_SOURCE_CONTINUE;
}

static void look_cb(BathyLab *lab, gpointer data) {
  (void)lab;
  look(data);
}

static gboolean later_cb(gpointer data) {
  BathyLaboratory *self = data;

  self->later = 0;
  refresh(self);
  return G_SOURCE_REMOVE;
}

/* Comes while sizes are given out, when nothing may want another size. */
static void scrolled_cb(GtkAdjustment *adjustment, gpointer data) {
  BathyLaboratory *self = data;

  (void)adjustment;
  if (self->later == 0)
    self->later = g_idle_add(later_cb, self);
}

static void map_cb(GtkWidget *widget, gpointer data) {
  (void)widget;
  refresh(data);
}

/* --- the list of panels above them --- */

static void scroll_to(BathyLaboratory *self, BathyPanelFrame *frame) {
  graphene_rect_t bounds;
  GtkAdjustment *at = position(self);

  if (!gtk_widget_compute_bounds(GTK_WIDGET(frame), GTK_WIDGET(self->grid), &bounds))
    return;
  gtk_adjustment_clamp_page(at, bounds.origin.y, bounds.origin.y + bounds.size.height);
}

gboolean bathy_laboratory_bring(BathyLaboratory *self, const char *panel) {
  BathyPanelFrame *frame = bathy_panel_grid_find(self->grid, panel);

  if (frame == NULL)
    return FALSE;
  if (bathy_panel_grid_is_hidden(self->grid, frame))
    bathy_panel_grid_set_hidden(self->grid, frame, FALSE);
  if (bathy_panel_grid_get_maximized(self->grid) != NULL)
    bathy_panel_grid_maximize(self->grid, frame);
  scroll_to(self, frame);
  bathy_panel_frame_flash(frame);
  refresh(self);
  return TRUE;
}

static void chip_cb(GtkWidget *chip, gpointer data) {
  BathyLaboratory *self = data;
  const char *panel = g_object_get_data(G_OBJECT(chip), "panel");

  bathy_laboratory_bring(self, panel);
  gtk_widget_grab_focus(
      GTK_WIDGET(bathy_panel_frame_get_canvas(bathy_panel_grid_find(self->grid, panel))));
}

static void add_chip(BathyLaboratory *self, BathyPanelFrame *frame) {
  const char *title = bathy_panel_frame_get_title(frame);
  const gboolean hidden = bathy_panel_grid_is_hidden(self->grid, frame);
  g_autofree char *label = g_strdup_printf("%s %s", hidden ? "Show" : "Go to", title);
  GtkWidget *chip = gtk_button_new_with_label(title);

  g_object_set_data(G_OBJECT(chip), "panel",
                    (gpointer)bathy_panel_frame_get_panel(frame)->klass->name);
  gtk_widget_add_css_class(chip, "flat");
  gtk_widget_add_css_class(chip, "chip");
  if (hidden)
    gtk_widget_add_css_class(chip, "dim-label");
  gtk_widget_set_tooltip_text(chip, label);
  g_signal_connect(chip, "clicked", G_CALLBACK(chip_cb), self);
  gtk_widget_set_parent(chip, self->chips);
}

static void fill_chips(BathyLaboratory *self) {
  g_autoptr(GPtrArray) frames = bathy_panel_grid_frames(self->grid);
  GtkWidget *chip;

  while ((chip = gtk_widget_get_first_child(self->chips)) != NULL)
    gtk_widget_unparent(chip);
  for (guint i = 0; i < frames->len; i++)
    add_chip(self, frames->pdata[i]);
}

static void remember(BathyLaboratory *self) {
  g_autoptr(GPtrArray) frames = bathy_panel_grid_frames(self->grid);
  g_autoptr(GPtrArray) order = g_ptr_array_new(), hidden = g_ptr_array_new();

  for (guint i = 0; i < frames->len; i++) {
    const char *name = bathy_panel_frame_get_panel(frames->pdata[i])->klass->name;
    g_ptr_array_add(order, (gpointer)name);
    if (bathy_panel_grid_is_hidden(self->grid, frames->pdata[i]))
      g_ptr_array_add(hidden, (gpointer)name);
  }
  g_ptr_array_add(order, NULL);
  g_ptr_array_add(hidden, NULL);
  bathy_state_set_strings(self->state, group_of(self), "panels", (const char *const *)order->pdata);
  bathy_state_set_strings(self->state, group_of(self), "hidden",
                          (const char *const *)hidden->pdata);
}

static void arranged_cb(BathyPanelGrid *grid, gpointer data) {
  (void)grid;
  remember(data);
  fill_chips(data);
}

/* --- why this number? --- */

static void show_explanation(BathyLaboratory *self, gboolean shown) {
  gtk_widget_set_visible(self->explain, shown);
  if (!shown)
    bathy_panel_grid_mark(self->grid, NULL);
}

void bathy_laboratory_explain(BathyLaboratory *self, Snapshot *snapshot, const Target *target,
                              gboolean drawing) {
  show_explanation(self, TRUE);
  bathy_explain_view_show(BATHY_EXPLAIN_VIEW(self->explain), snapshot, target, drawing);
  bathy_panel_grid_mark(self->grid, target);
  bathy_lab_did(self->lab, "explain");
}

gboolean bathy_laboratory_is_explaining(BathyLaboratory *self) {
  return gtk_widget_get_visible(self->explain);
}

static void explain_cb(BathyPanelGrid *grid, const Target *target, gboolean drawing,
                       Snapshot *snapshot, gpointer data) {
  (void)grid;
  bathy_laboratory_explain(data, snapshot, target, drawing);
}

/* To the panel that shows the number, if one does. */
static void follow_cb(BathyExplainView *view, const Target *target, gboolean drawing,
                      gpointer data) {
  BathyLaboratory *self = data;
  BathyPanelFrame *frame = bathy_panel_grid_mark(self->grid, target);

  (void)view, (void)drawing;
  if (frame != NULL && gtk_widget_get_visible(GTK_WIDGET(frame)))
    scroll_to(self, frame);
  if (g_str_equal(target->tensor, "input"))
    bathy_lab_did(self->lab, "explain_pixel");
}

static void hover_cb(BathyExplainView *view, const Target *target, gpointer data) {
  BathyLaboratory *self = data;
  const Explanation *explanation = bathy_explain_view_get_explanation(view);

  if (target == NULL && explanation != NULL)
    target = &explanation->target;
  bathy_panel_grid_mark(self->grid, target);
}

static void refresh_cb(BathyExplainView *view, gpointer data) {
  BathyLaboratory *self = data;
  Snapshot *newest = bathy_lab_get_look(self->lab);

  if (newest != NULL)
    bathy_explain_view_update(view, newest);
}

static void close_cb(BathyExplainView *view, gpointer data) {
  BathyLaboratory *self = data;

  (void)view;
  show_explanation(self, FALSE);
  gtk_widget_child_focus(GTK_WIDGET(self->grid), GTK_DIR_TAB_FORWARD);
}

static GtkWidget *explain_new(BathyLaboratory *self) {
  GtkWidget *view = bathy_explain_view_new();

  gtk_widget_set_size_request(view, 300, -1);
  gtk_widget_set_visible(view, FALSE);
  g_signal_connect(view, "follow", G_CALLBACK(follow_cb), self);
  g_signal_connect(view, "hover-target", G_CALLBACK(hover_cb), self);
  g_signal_connect(view, "refresh", G_CALLBACK(refresh_cb), self);
  g_signal_connect(view, "close", G_CALLBACK(close_cb), self);
  return view;
}

/* --- opening and closing --- */

static void clear(BathyLaboratory *self) {
  bathy_explain_view_clear(BATHY_EXPLAIN_VIEW(self->explain));
  show_explanation(self, FALSE);
  bathy_panel_grid_clear(self->grid);
}

static void opened_cb(BathyLab *lab, gpointer data) {
  BathyLaboratory *self = data;
  g_auto(GStrv) order = bathy_state_get_strings(self->state, group_of(self), "panels");
  g_auto(GStrv) hidden = bathy_state_get_strings(self->state, group_of(self), "hidden");

  bathy_explain_view_clear(BATHY_EXPLAIN_VIEW(self->explain));
  show_explanation(self, FALSE);
  bathy_explain_view_set_lesson(BATHY_EXPLAIN_VIEW(self->explain), bathy_lab_get_lesson(lab));
  bathy_panel_grid_fill(self->grid, lab, (const char *const *)order, (const char *const *)hidden);
  fill_chips(self);
}

static void export_cb(BathyPanelGrid *grid, BathyPanelFrame *frame, gpointer data) {
  (void)grid;
  g_signal_emit(data, signals[EXPORT], 0, frame);
}

static void copy_cb(BathyPanelGrid *grid, BathyPanelFrame *frame, gboolean as_data, gpointer data) {
  (void)grid;
  g_signal_emit(data, signals[COPY], 0, frame, as_data);
}

static void data_set_cb(BathyHyperparameters *hyperparameters, const char *name, gpointer data) {
  (void)hyperparameters;
  g_signal_emit(data, signals[DATA_SET], 0, name);
}

void bathy_laboratory_show_hyperparameters(BathyLaboratory *self, gboolean shown) {
  gtk_revealer_set_reveal_child(GTK_REVEALER(self->revealer), shown);
  bathy_state_set_boolean(self->state, "window", "hyperparameters", shown);
}

gboolean bathy_laboratory_shows_hyperparameters(BathyLaboratory *self) {
  return gtk_revealer_get_reveal_child(GTK_REVEALER(self->revealer));
}

BathyPanelGrid *bathy_laboratory_get_grid(BathyLaboratory *self) { return self->grid; }

/* --- making it --- */

static GtkWidget *scrolled_new(BathyLaboratory *self) {
  GtkWidget *scrolled = gtk_scrolled_window_new();

  self->grid = BATHY_PANEL_GRID(bathy_panel_grid_new());
  gtk_scrolled_window_set_child(GTK_SCROLLED_WINDOW(scrolled), GTK_WIDGET(self->grid));
  gtk_scrolled_window_set_policy(GTK_SCROLLED_WINDOW(scrolled), GTK_POLICY_NEVER,
                                 GTK_POLICY_AUTOMATIC);
  gtk_widget_set_vexpand(scrolled, TRUE);
  gtk_widget_set_hexpand(scrolled, TRUE);
  g_signal_connect(scrolled, "map", G_CALLBACK(map_cb), self);
  g_signal_connect(self->grid, "explain", G_CALLBACK(explain_cb), self);
  g_signal_connect(self->grid, "export", G_CALLBACK(export_cb), self);
  g_signal_connect(self->grid, "copy", G_CALLBACK(copy_cb), self);
  g_signal_connect(self->grid, "arranged", G_CALLBACK(arranged_cb), self);
  return scrolled;
}

static GtkWidget *paned_new(BathyLaboratory *self) {
  GtkWidget *paned = gtk_paned_new(GTK_ORIENTATION_HORIZONTAL);

  self->scrolled = scrolled_new(self);
  self->explain = explain_new(self);
  gtk_paned_set_start_child(GTK_PANED(paned), self->scrolled);
  gtk_paned_set_end_child(GTK_PANED(paned), self->explain);
  gtk_paned_set_resize_start_child(GTK_PANED(paned), TRUE);
  gtk_paned_set_resize_end_child(GTK_PANED(paned), FALSE);
  gtk_paned_set_shrink_start_child(GTK_PANED(paned), FALSE);
  gtk_paned_set_shrink_end_child(GTK_PANED(paned), FALSE);
  gtk_widget_set_size_request(self->explain, EXPLAIN_WIDTH, -1);
  return paned;
}

static GtkWidget *revealer_new(BathyLaboratory *self) {
  GtkWidget *revealer = gtk_revealer_new(), *form = bathy_hyperparameters_new(self->lab);

  gtk_widget_add_css_class(form, "card");
  g_signal_connect(form, "data-set", G_CALLBACK(data_set_cb), self);
  gtk_revealer_set_child(GTK_REVEALER(revealer), form);
  return revealer;
}

static void build(BathyLaboratory *self) {
  self->chips = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 0);
  gtk_widget_set_layout_manager(self->chips, bathy_wrap_layout_new(2, 2));
  gtk_widget_add_css_class(self->chips, "chips");
  self->revealer = revealer_new(self);
  self->paned = paned_new(self);
  gtk_box_append(GTK_BOX(self->box), self->chips);
  gtk_box_append(GTK_BOX(self->box), self->revealer);
  gtk_box_append(GTK_BOX(self->box), self->paned);
  g_signal_connect(position(self), "value-changed", G_CALLBACK(scrolled_cb), self);
  g_signal_connect(position(self), "changed", G_CALLBACK(scrolled_cb), self);
  bathy_laboratory_show_hyperparameters(
      self, bathy_state_get_boolean(self->state, "window", "hyperparameters", FALSE));
}

static void bathy_laboratory_dispose(GObject *object) {
  BathyLaboratory *self = BATHY_LABORATORY(object);

  if (self->lab != NULL)
    g_signal_handlers_disconnect_by_data(self->lab, self);
  g_clear_handle_id(&self->later, g_source_remove);
  g_clear_handle_id(&self->refresh, g_source_remove);
  if (self->box != NULL) {
    g_signal_handlers_disconnect_by_data(position(self), self);
    clear(self);
  }
  self->lab = NULL;
  g_clear_pointer(&self->box, gtk_widget_unparent);
  G_OBJECT_CLASS(bathy_laboratory_parent_class)->dispose(object);
}

static void bathy_laboratory_class_init(BathyLaboratoryClass *klass) {
  GtkWidgetClass *widget = GTK_WIDGET_CLASS(klass);
  const GType type = G_TYPE_FROM_CLASS(klass);

  G_OBJECT_CLASS(klass)->dispose = bathy_laboratory_dispose;
  gtk_widget_class_set_layout_manager_type(widget, GTK_TYPE_BIN_LAYOUT);
  gtk_widget_class_set_css_name(widget, "laboratory");
  signals[EXPORT] = g_signal_new("export", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                 G_TYPE_NONE, 1, BATHY_TYPE_PANEL_FRAME);
  signals[COPY] = g_signal_new("copy", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 2,
                               BATHY_TYPE_PANEL_FRAME, G_TYPE_BOOLEAN);
  signals[DATA_SET] = g_signal_new("data-set", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                   G_TYPE_NONE, 1, G_TYPE_STRING);
}

static void bathy_laboratory_init(BathyLaboratory *self) {
  self->box = gtk_box_new(GTK_ORIENTATION_VERTICAL, 8);
  gtk_widget_set_parent(self->box, GTK_WIDGET(self));
}

GtkWidget *bathy_laboratory_new(BathyLab *lab, BathyState *state) {
  BathyLaboratory *self = g_object_new(BATHY_TYPE_LABORATORY, NULL);

  self->lab = lab;
  self->state = state;
  build(self);
  g_signal_connect_swapped(lab, "closing", G_CALLBACK(clear), self);
  g_signal_connect(lab, "opened", G_CALLBACK(opened_cb), self);
  g_signal_connect(lab, "look", G_CALLBACK(look_cb), self);
  self->refresh = g_timeout_add(REFRESH_EVERY, turn_cb, self);
  return GTK_WIDGET(self);
}
