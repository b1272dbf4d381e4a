#include "ui/page/page_view.h"

#include "ui/page/page_blocks.h"
#include "ui/page/page_layout.h"
#include "ui/page/rich_text.h"
#include "ui/widgets/buttons.h"

#include <adwaita.h>

#define LETTERS 75 /* a line, of the page's font; its text is a little larger */
#define MARGIN 8   /* left and right of the column, as in style.css */
#define UPDATE (100 * G_TIME_SPAN_MILLISECOND) /* between updates: faster cannot be read */

struct _BathyPageView {
  GtkWidget parent;
  GtkWidget *box, *dots, *place, *title, *scrolled, *column, *back, *next;
  GtkWidget *clamps[2]; /* of what is above and below the column */
  PageBlocks blocks;
  const Page *page;
  guint step;
  gint64 updated; /* when live numbers were asked for last */
  guint update;   /* the timeout that asks again */
};

G_DEFINE_FINAL_TYPE(BathyPageView, bathy_page_view, GTK_TYPE_WIDGET)

/* --- the step that is shown --- */

static const PageStep *step_at(BathyPageView *self, guint i) { return self->page->steps->pdata[i]; }

static void clear_step(BathyPageView *self) {
  GtkWidget *child;

  g_ptr_array_set_size(self->blocks.texts, 0);
  g_ptr_array_set_size(self->blocks.values, 0);
  g_ptr_array_set_size(self->blocks.goals, 0);
  while ((child = gtk_widget_get_first_child(self->column)) != NULL)
    gtk_box_remove(GTK_BOX(self->column), child);
}

static void show_dots(BathyPageView *self) {
  guint i = 0;

  for (GtkWidget *dot = gtk_widget_get_first_child(self->dots); dot != NULL;
       dot = gtk_widget_get_next_sibling(dot), i++) {
    if (i == self->step)
      gtk_widget_add_css_class(dot, "current");
    else
      gtk_widget_remove_css_class(dot, "current");
    if (i < self->step)
      gtk_widget_add_css_class(dot, "passed");
    else
      gtk_widget_remove_css_class(dot, "passed");
  }
}

static void show_place(BathyPageView *self) {
  const guint n = self->page->steps->len;
  g_autofree char *place = g_strdup_printf("Step %u of %u", self->step + 1, n);

  gtk_label_set_label(GTK_LABEL(self->place), place);
  gtk_label_set_label(GTK_LABEL(self->title), step_at(self, self->step)->title);
  gtk_widget_action_set_enabled(GTK_WIDGET(self), "page.previous", self->step > 0);
  gtk_widget_action_set_enabled(GTK_WIDGET(self), "page.next", self->step + 1 < n);
  gtk_widget_set_visible(self->next, self->step + 1 < n);
  show_dots(self);
}

static void update_now(BathyPageView *self) {
  const PageHost *host = &self->blocks.host;

  self->updated = g_get_monotonic_time();
  for (guint i = 0; i < self->blocks.texts->len; i++)
    bathy_rich_text_update(self->blocks.texts->pdata[i]);
  for (guint i = 0; host->value != NULL && i < self->blocks.values->len; i++) {
    GtkWidget *label = self->blocks.values->pdata[i];
    g_autofree char *value =
        host->value(host->data, g_object_get_data(G_OBJECT(label), "expression"));
    const char *text = value != NULL ? value : "…";
    if (!g_str_equal(gtk_label_get_label(GTK_LABEL(label)), text))
      gtk_label_set_label(GTK_LABEL(label), text);
  }
}

static gboolean has_focus_inside(GtkWidget *widget) {
  GtkRoot *root = gtk_widget_get_root(widget);
  GtkWidget *focus = root != NULL ? gtk_root_get_focus(root) : NULL;

  return focus != NULL && (focus == widget || gtk_widget_is_ancestor(focus, widget));
}

/* The focus stays on the page when what had it goes. */
static void show_step(BathyPageView *self) {
  const gboolean focused = has_focus_inside(self->column) || has_focus_inside(self->next) ||
                           has_focus_inside(self->back);

  clear_step(self);
  page_blocks_fill(&self->blocks, self->column, step_at(self, self->step)->blocks);
  show_place(self);
  if (focused && !gtk_widget_has_focus(self->back))
    gtk_widget_grab_focus(gtk_widget_get_visible(self->next) ? self->next : self->back);
  gtk_adjustment_set_value(gtk_scrolled_window_get_vadjustment(GTK_SCROLLED_WINDOW(self->scrolled)),
                           0);
  update_now(self);
}

void bathy_page_view_go(BathyPageView *self, guint step) {
  if (self->page == NULL || step >= self->page->steps->len || step == self->step)
    return;
  self->step = step;
  show_step(self);
  if (self->blocks.host.step != NULL)
    self->blocks.host.step(self->blocks.host.data, step);
}

/* Page Up and Page Down, wherever on the page the focus is. */
static gboolean scroll_cb(GtkWidget *widget, GVariant *direction, gpointer data) {
  GtkScrolledWindow *scrolled = GTK_SCROLLED_WINDOW(BATHY_PAGE_VIEW(widget)->scrolled);
  GtkAdjustment *place = gtk_scrolled_window_get_vadjustment(scrolled);

  (void)data;
  gtk_adjustment_set_value(place, gtk_adjustment_get_value(place) +
                                      g_variant_get_int32(direction) *
                                          gtk_adjustment_get_page_increment(place));
  return TRUE;
}

static void next_cb(GtkWidget *widget, const char *action, GVariant *parameter) {
  BathyPageView *self = BATHY_PAGE_VIEW(widget);

  (void)action, (void)parameter;
  bathy_page_view_go(self, self->step + 1);
}

static void previous_cb(GtkWidget *widget, const char *action, GVariant *parameter) {
  BathyPageView *self = BATHY_PAGE_VIEW(widget);

  (void)action, (void)parameter;
  if (self->step > 0)
    bathy_page_view_go(self, self->step - 1);
}

/* --- the page --- */

static void dot_cb(GtkButton *dot, gpointer data) {
  bathy_page_view_go(data, GPOINTER_TO_UINT(g_object_get_data(G_OBJECT(dot), "step")));
}

static void fill_dots(BathyPageView *self) {
  GtkWidget *dot;

  while ((dot = gtk_widget_get_first_child(self->dots)) != NULL)
    gtk_box_remove(GTK_BOX(self->dots), dot);
  for (guint i = 0; self->page != NULL && i < self->page->steps->len; i++) {
    g_autofree char *label = g_strdup_printf("Step %u: %s", i + 1, step_at(self, i)->title);
    dot = gtk_button_new();
    gtk_button_set_child(GTK_BUTTON(dot), gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 0));
    gtk_widget_add_css_class(dot, "page-dot");
    widget_set_name(dot, label);
    g_object_set_data(G_OBJECT(dot), "step", GUINT_TO_POINTER(i));
    g_signal_connect(dot, "clicked", G_CALLBACK(dot_cb), self);
    gtk_box_append(GTK_BOX(self->dots), dot);
  }
}

void bathy_page_view_show(BathyPageView *self, const Lesson *lesson, const Page *page, guint step) {
  self->page = page;
  self->blocks.lesson = lesson;
  g_clear_handle_id(&self->update, g_source_remove);
  clear_step(self);
  fill_dots(self);
  gtk_widget_set_visible(self->box, page != NULL);
  if (page == NULL)
    return;
  self->step = MIN(step, page->steps->len - 1);
  show_step(self);
}

const Page *bathy_page_view_get_page(BathyPageView *self) { return self->page; }
guint bathy_page_view_get_step(BathyPageView *self) { return self->step; }

static gboolean update_cb(gpointer data) {
  BathyPageView *self = data;

  self->update = 0;
  update_now(self);
  return G_SOURCE_REMOVE;
}

void bathy_page_view_update(BathyPageView *self) {
  const gint64 wait = self->updated + UPDATE - g_get_monotonic_time();

  if (self->page == NULL || self->update != 0)
    return;
  if (wait <= 0)
    update_now(self);
  else
    self->update = g_timeout_add((guint)(wait / G_TIME_SPAN_MILLISECOND) + 1, update_cb, self);
}

void bathy_page_view_refresh_goals(BathyPageView *self) {
  for (guint i = 0; i < self->blocks.goals->len; i++)
    page_goal_refresh(&self->blocks, self->blocks.goals->pdata[i]);
}

/* --- the widget --- */

static GtkWidget *header_new(BathyPageView *self) {
  GtkWidget *box = gtk_box_new(GTK_ORIENTATION_VERTICAL, 6);
  GtkWidget *row = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 8);

  self->dots = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 0);
  self->place = gtk_label_new(NULL);
  self->title = g_object_new(GTK_TYPE_LABEL, "accessible-role", GTK_ACCESSIBLE_ROLE_HEADING, NULL);
  gtk_widget_add_css_class(self->place, "dim-label");
  gtk_widget_add_css_class(self->place, "caption");
  gtk_widget_add_css_class(self->title, "title-2");
  gtk_label_set_xalign(GTK_LABEL(self->title), 0);
  gtk_label_set_wrap(GTK_LABEL(self->title), TRUE);
  gtk_widget_set_hexpand(self->dots, TRUE);
  gtk_box_append(GTK_BOX(row), self->dots);
  gtk_box_append(GTK_BOX(row), self->place);
  gtk_box_append(GTK_BOX(box), row);
  gtk_box_append(GTK_BOX(box), self->title);
  gtk_widget_add_css_class(box, "page-bar");
  return box;
}

static GtkWidget *clamp_new(BathyPageView *self, int i, GtkWidget *child) {
  self->clamps[i] = adw_clamp_new();
  adw_clamp_set_child(ADW_CLAMP(self->clamps[i]), child);
  return self->clamps[i];
}

/* A line has the same number of letters at every size of text. */
static void fit_column(BathyPageView *self) {
  PangoContext *context = gtk_widget_get_pango_context(GTK_WIDGET(self));
  PangoFontMetrics *metrics = pango_context_get_metrics(context, NULL, NULL);
  const int width = LETTERS * pango_font_metrics_get_approximate_char_width(metrics) / PANGO_SCALE;

  bathy_column_layout_set_width(BATHY_COLUMN_LAYOUT(gtk_widget_get_layout_manager(self->column)),
                                width - 2 * MARGIN);
  for (guint i = 0; i < G_N_ELEMENTS(self->clamps); i++) {
    adw_clamp_set_maximum_size(ADW_CLAMP(self->clamps[i]), width);
    adw_clamp_set_tightening_threshold(ADW_CLAMP(self->clamps[i]), width);
  }
  pango_font_metrics_unref(metrics);
}

static void bathy_page_view_css_changed(GtkWidget *widget, GtkCssStyleChange *change) {
  GTK_WIDGET_CLASS(bathy_page_view_parent_class)->css_changed(widget, change);
  if (BATHY_PAGE_VIEW(widget)->box != NULL)
    fit_column(BATHY_PAGE_VIEW(widget));
}

static GtkWidget *footer_new(BathyPageView *self) {
  GtkWidget *box = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 8);

  self->back = gtk_button_new_with_label("Back");
  self->next = gtk_button_new_with_label("Continue");
  gtk_actionable_set_action_name(GTK_ACTIONABLE(self->back), "page.previous");
  gtk_actionable_set_action_name(GTK_ACTIONABLE(self->next), "page.next");
  gtk_widget_set_tooltip_text(self->back, "The step before (Ctrl+Page Up)");
  gtk_widget_set_tooltip_text(self->next, "The next step (Ctrl+Page Down)");
  gtk_widget_add_css_class(self->next, "suggested-action");
  gtk_widget_set_hexpand(self->back, TRUE);
  gtk_widget_set_halign(self->back, GTK_ALIGN_START);
  gtk_widget_add_css_class(box, "page-bar");
  gtk_box_append(GTK_BOX(box), self->back);
  gtk_box_append(GTK_BOX(box), self->next);
  return box;
}

static void bathy_page_view_dispose(GObject *object) {
  BathyPageView *self = BATHY_PAGE_VIEW(object);

  g_clear_handle_id(&self->update, g_source_remove);
  g_clear_pointer(&self->box, gtk_widget_unparent);
  g_clear_pointer(&self->blocks.texts, g_ptr_array_unref);
  g_clear_pointer(&self->blocks.values, g_ptr_array_unref);
  g_clear_pointer(&self->blocks.goals, g_ptr_array_unref);
  G_OBJECT_CLASS(bathy_page_view_parent_class)->dispose(object);
}

static void bathy_page_view_class_init(BathyPageViewClass *klass) {
  GtkWidgetClass *widget = GTK_WIDGET_CLASS(klass);

  G_OBJECT_CLASS(klass)->dispose = bathy_page_view_dispose;
  widget->css_changed = bathy_page_view_css_changed;
  gtk_widget_class_set_layout_manager_type(widget, GTK_TYPE_BIN_LAYOUT);
  gtk_widget_class_set_css_name(widget, "page");
  gtk_widget_class_install_action(widget, "page.next", NULL, next_cb);
  gtk_widget_class_install_action(widget, "page.previous", NULL, previous_cb);
  gtk_widget_class_add_binding(widget, GDK_KEY_Page_Up, 0, scroll_cb, "i", -1);
  gtk_widget_class_add_binding(widget, GDK_KEY_Page_Down, 0, scroll_cb, "i", 1);
}

static void bathy_page_view_init(BathyPageView *self) {
  self->blocks.texts = g_ptr_array_new();
  self->blocks.values = g_ptr_array_new();
  self->blocks.goals = g_ptr_array_new();
  self->box = gtk_box_new(GTK_ORIENTATION_VERTICAL, 8);
  self->column = gtk_box_new(GTK_ORIENTATION_VERTICAL, 0);
  gtk_widget_set_layout_manager(self->column, bathy_column_layout_new(14));
  self->scrolled = gtk_scrolled_window_new();
  gtk_widget_add_css_class(self->column, "page-column");
  gtk_scrolled_window_set_child(GTK_SCROLLED_WINDOW(self->scrolled), self->column);
  gtk_scrolled_window_set_policy(GTK_SCROLLED_WINDOW(self->scrolled), GTK_POLICY_NEVER,
                                 GTK_POLICY_AUTOMATIC);
  gtk_widget_set_vexpand(self->scrolled, TRUE);
  gtk_box_append(GTK_BOX(self->box), clamp_new(self, 0, header_new(self)));
  gtk_box_append(GTK_BOX(self->box), self->scrolled);
  gtk_box_append(GTK_BOX(self->box), clamp_new(self, 1, footer_new(self)));
  gtk_widget_set_parent(self->box, GTK_WIDGET(self));
  gtk_widget_set_size_request(GTK_WIDGET(self), 340, -1);
}

GtkWidget *bathy_page_view_new(const PageHost *host) {
  BathyPageView *self = g_object_new(BATHY_TYPE_PAGE_VIEW, NULL);

  self->blocks.host = *host;
  return GTK_WIDGET(self);
}
