#include "ui/window/panes.h"

#include "ui/window/theme.h"

#define WIDE 84.0 /* em that both need side by side */

struct _BathyPanes {
  GtkWidget parent;
  GtkWidget *paned, *lesson, *laboratory;
  gboolean wide, laboratory_shown;
  guint pending;
};

G_DEFINE_FINAL_TYPE(BathyPanes, bathy_panes, GTK_TYPE_WIDGET)

enum { PROP_0, PROP_WIDE, N_PROPERTIES };
static GParamSpec *properties[N_PROPERTIES];

static void show_right_ones(BathyPanes *self) {
  gtk_widget_set_visible(self->lesson, self->wide || !self->laboratory_shown);
  gtk_widget_set_visible(self->laboratory, self->wide || self->laboratory_shown);
}

/* Not while sizes are being allocated. */
static gboolean switch_cb(gpointer data) {
  BathyPanes *self = data;

  self->pending = 0;
  self->wide = !self->wide;
  show_right_ones(self);
  g_object_notify_by_pspec(G_OBJECT(self), properties[PROP_WIDE]);
  return G_SOURCE_REMOVE;
}

static void bathy_panes_size_allocate(GtkWidget *widget, int width, int height, int baseline) {
  BathyPanes *self = BATHY_PANES(widget);
  const gboolean wide = width >= WIDE * theme_of(widget).em;

  if (wide != self->wide && self->pending == 0)
    self->pending = g_idle_add(switch_cb, self);
  else if (wide == self->wide)
    g_clear_handle_id(&self->pending, g_source_remove);
  int least;
  gtk_widget_measure(self->paned, GTK_ORIENTATION_HORIZONTAL, -1, &least, NULL, NULL, NULL);
  gtk_widget_size_allocate(self->paned, &(GtkAllocation){0, 0, MAX(width, least), height},
                           baseline);
}

static void bathy_panes_measure(GtkWidget *widget, GtkOrientation orientation, int for_size,
                                int *minimum, int *natural, int *minimum_baseline,
                                int *natural_baseline) {
  BathyPanes *self = BATHY_PANES(widget);

  gtk_widget_measure(self->paned, orientation, for_size, minimum, natural, minimum_baseline,
                     natural_baseline);
  if (orientation == GTK_ORIENTATION_HORIZONTAL && self->wide)
    *minimum = MIN(*minimum, 480); /* narrower than both need: then only one is shown */
}

static void bathy_panes_get_property(GObject *object, guint id, GValue *value, GParamSpec *spec) {
  if (id == PROP_WIDE)
    g_value_set_boolean(value, BATHY_PANES(object)->wide);
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, spec);
}

static void bathy_panes_dispose(GObject *object) {
  BathyPanes *self = BATHY_PANES(object);

  g_clear_handle_id(&self->pending, g_source_remove);
  g_clear_pointer(&self->paned, gtk_widget_unparent);
  G_OBJECT_CLASS(bathy_panes_parent_class)->dispose(object);
}

static void bathy_panes_class_init(BathyPanesClass *klass) {
  GtkWidgetClass *widget = GTK_WIDGET_CLASS(klass);

  G_OBJECT_CLASS(klass)->dispose = bathy_panes_dispose;
  G_OBJECT_CLASS(klass)->get_property = bathy_panes_get_property;
  widget->measure = bathy_panes_measure;
  widget->size_allocate = bathy_panes_size_allocate;
  properties[PROP_WIDE] =
      g_param_spec_boolean("wide", NULL, NULL, TRUE, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties(G_OBJECT_CLASS(klass), N_PROPERTIES, properties);
}

static void bathy_panes_init(BathyPanes *self) {
  self->wide = TRUE;
  gtk_widget_set_overflow(GTK_WIDGET(self), GTK_OVERFLOW_HIDDEN);
}

GtkWidget *bathy_panes_new(GtkWidget *lesson, GtkWidget *laboratory) {
  BathyPanes *self = g_object_new(BATHY_TYPE_PANES, NULL);
  GtkPaned *paned = GTK_PANED(self->paned = gtk_paned_new(GTK_ORIENTATION_HORIZONTAL));

  self->lesson = lesson;
  self->laboratory = laboratory;
  gtk_paned_set_start_child(paned, lesson);
  gtk_paned_set_end_child(paned, laboratory);
  gtk_paned_set_resize_start_child(paned, FALSE);
  gtk_paned_set_resize_end_child(paned, TRUE);
  gtk_paned_set_shrink_start_child(paned, FALSE);
  gtk_paned_set_shrink_end_child(paned, FALSE);
  gtk_widget_set_parent(self->paned, GTK_WIDGET(self));
  return GTK_WIDGET(self);
}

gboolean bathy_panes_is_wide(BathyPanes *self) { return self->wide; }

void bathy_panes_show_laboratory(BathyPanes *self, gboolean laboratory) {
  self->laboratory_shown = laboratory;
  show_right_ones(self);
}

gboolean bathy_panes_shows_laboratory(BathyPanes *self) { return self->laboratory_shown; }

int bathy_panes_get_position(BathyPanes *self) {
  return gtk_paned_get_position(GTK_PANED(self->paned));
}

void bathy_panes_set_position(BathyPanes *self, int position) {
  gtk_paned_set_position(GTK_PANED(self->paned), position);
}
