#include "ui/window/transport.h"

#include "ui/chart/canvas.h"
#include "ui/widgets/buttons.h"

#include <math.h>

struct _BathyTransport {
  GtkWidget parent;
  BathyLab *lab; /* borrowed */
  GtkWidget *box, *train, *state, *progress, *pace;
  char *text; /* shown last */
};

G_DEFINE_FINAL_TYPE(BathyTransport, bathy_transport, GTK_TYPE_WIDGET)

/* Steps a second; 0: as fast as it goes. */
static const struct {
  const char *label;
  double pace;
} PACES[] = {{"1 batch/s", 1},       {"5 batches/s", 5},     {"25 batches/s", 25},
             {"100 batches/s", 100}, {"500 batches/s", 500}, {"Full speed", 0}};

/* --- what it says --- */

static void append_time(GString *text, const SessionStatus *status) {
  const double left = (double)status->end_step - status->step;

  if (status->samples_per_second <= 0 || status->state != SESSION_TRAINING)
    return;
  const int seconds = (int)ceil(left * status->batch_size / status->samples_per_second);
  g_string_append_printf(text, " · %d:%02d left", seconds / 60, seconds % 60);
}

static void append_training(GString *text, const SessionStatus *status) {
  char batch[NUMBER_SIZE], batches[NUMBER_SIZE], rate[NUMBER_SIZE];
  const guint32 into = status->step % MAX(status->steps_per_epoch, 1);
  const gboolean at_end = status->step > 0 && into == 0;

  g_string_append_printf(text, "epoch %u/%u · batch %s/%s",
                         at_end ? status->step / status->steps_per_epoch : status->epoch,
                         status->epochs, count_text(at_end ? status->steps_per_epoch : into, batch),
                         count_text(status->steps_per_epoch, batches));
  if (status->samples_per_second > 0 && status->state == SESSION_TRAINING)
    g_string_append_printf(text, " · %s samples/s",
                           count_text(round(status->samples_per_second / 100) * 100, rate));
  append_time(text, status);
}

static const char *state_word(const SessionStatus *status) {
  switch (status->state) {
  case SESSION_TRAINING:
    return status->phase == RUN_VALIDATING ? "Validating"
           : status->phase == RUN_TESTING  ? "Testing"
                                           : "Training";
  case SESSION_FINISHED:
    return "Finished";
  case SESSION_FAILED:
    return "Stopped: a number is no longer finite";
  default:
    return status->step == 0 ? "Ready: untrained" : "Paused";
  }
}

static void show_state(BathyTransport *self, const SessionStatus *status) {
  g_autoptr(GString) text = g_string_new(state_word(status));

  if (status->state != SESSION_FAILED && (status->step > 0 || status->state == SESSION_TRAINING)) {
    g_string_append(text, " · ");
    append_training(text, status);
  }
  if (g_strcmp0(text->str, self->text) == 0)
    return;
  g_free(self->text);
  self->text = g_strdup(text->str);
  gtk_label_set_label(GTK_LABEL(self->state), text->str);
  gtk_widget_set_tooltip_text(self->state, text->str);
  gtk_progress_bar_set_fraction(GTK_PROGRESS_BAR(self->progress),
                                (double)status->step / MAX(status->end_step, 1));
}

static void show_train(BathyTransport *self, gboolean training) {
  GtkButton *button = GTK_BUTTON(self->train);
  const char *icon = training ? "media-playback-pause-symbolic" : "media-playback-start-symbolic";

  if (g_strcmp0(gtk_button_get_icon_name(button), icon) == 0)
    return;
  gtk_button_set_icon_name(button, icon);
  widget_set_name(self->train, training ? "Pause (Space)" : "Train (Space)");
}

static void look_cb(BathyLab *lab, gpointer data) {
  BathyTransport *self = data;

  show_train(self, bathy_lab_is_training(lab));
  show_state(self, bathy_lab_get_status(lab));
}

/* --- pace --- */

static guint pace_index(double pace) {
  for (guint i = 0; i < G_N_ELEMENTS(PACES); i++)
    if (PACES[i].pace == pace)
      return i;
  return G_N_ELEMENTS(PACES) - 1;
}

static void pace_cb(GtkDropDown *pace, GParamSpec *property, gpointer data) {
  BathyTransport *self = data;
  const double wanted = PACES[gtk_drop_down_get_selected(pace) % G_N_ELEMENTS(PACES)].pace;

  (void)property;
  if (bathy_lab_get_lesson(self->lab) != NULL && bathy_lab_get_pace(self->lab) != wanted)
    bathy_lab_set_pace(self->lab, wanted);
}

static void opened_cb(BathyLab *lab, gpointer data) {
  BathyTransport *self = data;

  gtk_drop_down_set_selected(GTK_DROP_DOWN(self->pace), pace_index(bathy_lab_get_pace(lab)));
  look_cb(lab, data);
}

/* --- making it --- */

static GtkWidget *pace_new(void) {
  g_autoptr(GtkStringList) labels = gtk_string_list_new(NULL);

  for (guint i = 0; i < G_N_ELEMENTS(PACES); i++)
    gtk_string_list_append(labels, PACES[i].label);
  GtkWidget *pace = gtk_drop_down_new(G_LIST_MODEL(g_steal_pointer(&labels)), NULL);
  widget_set_name(pace, "Pace: how fast training may go");
  gtk_widget_set_valign(pace, GTK_ALIGN_CENTER);
  return pace;
}

static GtkWidget *state_new(BathyTransport *self) {
  GtkWidget *box = gtk_box_new(GTK_ORIENTATION_VERTICAL, 4);

  self->state = gtk_label_new("");
  self->progress = gtk_progress_bar_new();
  gtk_label_set_xalign(GTK_LABEL(self->state), 0);
  gtk_label_set_ellipsize(GTK_LABEL(self->state), PANGO_ELLIPSIZE_END);
  gtk_widget_add_css_class(self->state, "numeric");
  gtk_widget_set_hexpand(box, TRUE);
  gtk_widget_set_valign(box, GTK_ALIGN_CENTER);
  gtk_accessible_update_property(GTK_ACCESSIBLE(self->progress), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                 "Progress of training", -1);
  gtk_box_append(GTK_BOX(box), self->state);
  gtk_box_append(GTK_BOX(box), self->progress);
  return box;
}

static void bathy_transport_init(BathyTransport *self) {
  self->box = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 6);
  self->train = icon_button_new("media-playback-start-symbolic", "Train (Space)", "win.train");
  gtk_widget_remove_css_class(self->train, "flat");
  gtk_widget_add_css_class(self->train, "suggested-action");
  gtk_widget_add_css_class(self->train, "train");
  self->pace = pace_new();
  g_signal_connect(self->pace, "notify::selected", G_CALLBACK(pace_cb), self);
  GtkWidget *const widgets[] = {
      icon_button_new("edit-undo-symbolic", "Reset: start over from fresh weights (R)",
                      "win.reset"),
      self->train,
      icon_button_new("media-skip-forward-symbolic", "Train one batch (.)", "win.step"),
      icon_button_new("media-seek-forward-symbolic", "Train to the end of the epoch (>)",
                      "win.epoch"),
      state_new(self),
      self->pace};
  for (guint i = 0; i < G_N_ELEMENTS(widgets); i++)
    gtk_box_append(GTK_BOX(self->box), widgets[i]);
  gtk_widget_set_parent(self->box, GTK_WIDGET(self));
}

static void bathy_transport_dispose(GObject *object) {
  BathyTransport *self = BATHY_TRANSPORT(object);

  if (self->lab != NULL)
    g_signal_handlers_disconnect_by_data(self->lab, self);
  self->lab = NULL;
  g_clear_pointer(&self->box, gtk_widget_unparent);
  g_clear_pointer(&self->text, g_free);
  G_OBJECT_CLASS(bathy_transport_parent_class)->dispose(object);
}

static void bathy_transport_class_init(BathyTransportClass *klass) {
  G_OBJECT_CLASS(klass)->dispose = bathy_transport_dispose;
  gtk_widget_class_set_layout_manager_type(GTK_WIDGET_CLASS(klass), GTK_TYPE_BIN_LAYOUT);
  gtk_widget_class_set_css_name(GTK_WIDGET_CLASS(klass), "transport");
}

GtkWidget *bathy_transport_new(BathyLab *lab) {
  BathyTransport *self = g_object_new(BATHY_TYPE_TRANSPORT, NULL);

  self->lab = lab;
  g_signal_connect(lab, "opened", G_CALLBACK(opened_cb), self);
  g_signal_connect(lab, "look", G_CALLBACK(look_cb), self);
  return GTK_WIDGET(self);
}
