#include "ui/window/day_list.h"

struct _BathyDayList {
  GtkWidget parent;
  GtkWidget *scrolled, *list;
  GPtrArray *lessons;
};

G_DEFINE_FINAL_TYPE(BathyDayList, bathy_day_list, GTK_TYPE_WIDGET)

static guint chosen_signal;

static void selected_cb(GtkListBox *list, GtkListBoxRow *row, gpointer data) {
  BathyDayList *self = data;

  (void)list;
  if (row == NULL)
    return;
  const Lesson *lesson = self->lessons->pdata[gtk_list_box_row_get_index(row)];
  g_signal_emit(self, chosen_signal, 0, lesson->id);
}

static GtkWidget *row_new(const Lesson *lesson) {
  GtkWidget *row = gtk_list_box_row_new(), *box = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 10);
  GtkWidget *mark = gtk_image_new(), *title = gtk_label_new(lesson->title);
  g_autofree char *number = g_strdup_printf("%d", lesson->day);
  GtkWidget *day = gtk_label_new(number);

  gtk_widget_add_css_class(day, "dim-label");
  gtk_widget_add_css_class(day, "numeric");
  gtk_label_set_width_chars(GTK_LABEL(day), 2);
  gtk_label_set_xalign(GTK_LABEL(title), 0);
  gtk_label_set_ellipsize(GTK_LABEL(title), PANGO_ELLIPSIZE_END);
  gtk_widget_set_hexpand(title, TRUE);
  gtk_widget_set_tooltip_text(row, lesson->summary);
  gtk_box_append(GTK_BOX(box), day);
  gtk_box_append(GTK_BOX(box), title);
  gtk_box_append(GTK_BOX(box), mark);
  gtk_list_box_row_set_child(GTK_LIST_BOX_ROW(row), box);
  g_object_set_data(G_OBJECT(row), "mark", mark);
  return row;
}

static GtkListBoxRow *row_of(BathyDayList *self, const char *id, const Lesson **found) {
  for (guint i = 0; i < self->lessons->len; i++) {
    *found = self->lessons->pdata[i];
    if (g_str_equal((*found)->id, id))
      return gtk_list_box_get_row_at_index(GTK_LIST_BOX(self->list), (int)i);
  }
  return NULL;
}

void bathy_day_list_select(BathyDayList *self, const char *id) {
  const Lesson *lesson;
  GtkListBoxRow *row = row_of(self, id, &lesson);

  g_signal_handlers_block_by_func(self->list, selected_cb, self);
  gtk_list_box_select_row(GTK_LIST_BOX(self->list), row);
  g_signal_handlers_unblock_by_func(self->list, selected_cb, self);
}

void bathy_day_list_set_progress(BathyDayList *self, const char *id, double progress) {
  const Lesson *lesson;
  GtkListBoxRow *row = row_of(self, id, &lesson);

  if (row == NULL)
    return;
  GtkWidget *mark = g_object_get_data(G_OBJECT(row), "mark");
  const char *word = progress >= 1 ? "done" : progress > 0 ? "begun" : "not begun";
  g_autofree char *label = g_strdup_printf("Day %d: %s, %s", lesson->day, lesson->title, word);
  gtk_image_set_from_icon_name(GTK_IMAGE(mark), progress >= 1  ? "object-select-symbolic"
                                                : progress > 0 ? "content-loading-symbolic"
                                                               : NULL);
  gtk_accessible_update_property(GTK_ACCESSIBLE(row), GTK_ACCESSIBLE_PROPERTY_LABEL, label, -1);
}

static void bathy_day_list_dispose(GObject *object) {
  BathyDayList *self = BATHY_DAY_LIST(object);

  g_clear_pointer(&self->scrolled, gtk_widget_unparent);
  g_clear_pointer(&self->lessons, g_ptr_array_unref);
  G_OBJECT_CLASS(bathy_day_list_parent_class)->dispose(object);
}

static void bathy_day_list_class_init(BathyDayListClass *klass) {
  G_OBJECT_CLASS(klass)->dispose = bathy_day_list_dispose;
  gtk_widget_class_set_layout_manager_type(GTK_WIDGET_CLASS(klass), GTK_TYPE_BIN_LAYOUT);
  chosen_signal = g_signal_new("chosen", G_TYPE_FROM_CLASS(klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                               NULL, G_TYPE_NONE, 1, G_TYPE_STRING);
}

static void bathy_day_list_init(BathyDayList *self) {
  self->scrolled = gtk_scrolled_window_new();
  self->list = gtk_list_box_new();
  gtk_widget_add_css_class(self->list, "navigation-sidebar");
  gtk_accessible_update_property(GTK_ACCESSIBLE(self->list), GTK_ACCESSIBLE_PROPERTY_LABEL, "Days",
                                 -1);
  gtk_scrolled_window_set_child(GTK_SCROLLED_WINDOW(self->scrolled), self->list);
  gtk_scrolled_window_set_policy(GTK_SCROLLED_WINDOW(self->scrolled), GTK_POLICY_NEVER,
                                 GTK_POLICY_AUTOMATIC);
  gtk_widget_set_parent(self->scrolled, GTK_WIDGET(self));
  g_signal_connect(self->list, "row-selected", G_CALLBACK(selected_cb), self);
}

GtkWidget *bathy_day_list_new(GPtrArray *lessons) {
  BathyDayList *self = g_object_new(BATHY_TYPE_DAY_LIST, NULL);

  self->lessons = g_ptr_array_ref(lessons);
  for (guint i = 0; i < lessons->len; i++) {
    const Lesson *lesson = lessons->pdata[i];
    gtk_list_box_append(GTK_LIST_BOX(self->list), row_new(lesson));
    bathy_day_list_set_progress(self, lesson->id, 0);
  }
  return GTK_WIDGET(self);
}
