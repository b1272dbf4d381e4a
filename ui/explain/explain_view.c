#include "ui/explain/explain_view.h"

#include "ui/explain/explain_page.h"
#include "ui/explain/trail.h"
#include "ui/widgets/buttons.h"

#define COPY_TERMS 100
#define COPIED_SECONDS 2

struct _BathyExplainView {
  GtkWidget parent_instance;
  GtkWidget *box, *back, *forward, *copy;
  ExplainPage page;
  OperandHost host;
  guint copied; /* the timeout that takes the tick away again */

  const Lesson *lesson;
  Snapshot *look;
  Explanation *explanation;
  Trail *trail;
};

G_DEFINE_FINAL_TYPE(BathyExplainView, bathy_explain_view, GTK_TYPE_WIDGET)

enum { FOLLOW, HOVER_TARGET, REFRESH, CLOSE, N_SIGNALS };
static guint signals[N_SIGNALS];

/* --- what is shown --- */

static void update_button(GtkWidget *button, const TrailEntry *entry, const char *direction) {
  g_autofree char *text =
      entry != NULL ? g_strdup_printf("%s to %s", direction, entry->title) : g_strdup(direction);

  gtk_widget_set_tooltip_text(button, text);
  gtk_accessible_update_property(GTK_ACCESSIBLE(button), GTK_ACCESSIBLE_PROPERTY_LABEL, text, -1);
}

static void update_actions(BathyExplainView *self) {
  const TrailEntry *back = trail_peek_back(self->trail);
  const TrailEntry *forward = trail_peek_forward(self->trail);
  GtkWidget *widget = GTK_WIDGET(self);

  update_button(self->back, back, "Back");
  update_button(self->forward, forward, "Forward");
  gtk_widget_action_set_enabled(widget, "explain.back", back != NULL);
  gtk_widget_action_set_enabled(widget, "explain.forward", forward != NULL);
  gtk_widget_action_set_enabled(widget, "explain.copy", self->explanation != NULL);
  gtk_widget_action_set_enabled(widget, "explain.refresh", self->look != NULL);
}

static Explanation *explain(const BathyExplainView *self, const Target *target, gboolean drawing) {
  const Probe *probe = NULL;

  if (self->look != NULL)
    probe = drawing ? self->look->drawing : self->look->probe;
  Explanation *explanation = probe != NULL ? explanation_new(self->look, probe, target) : NULL;
  if (explanation != NULL && self->lesson != NULL)
    explanation_tell_update(explanation, self->lesson);
  return explanation;
}

static gboolean has_focus_inside(BathyExplainView *self) {
  GtkRoot *root = gtk_widget_get_root(GTK_WIDGET(self));
  GtkWidget *focus = root != NULL ? gtk_root_get_focus(root) : NULL;

  return focus != NULL && gtk_widget_is_ancestor(focus, self->page.root);
}

static void put(BathyExplainView *self, Explanation *explanation) {
  const gboolean focused = has_focus_inside(self);

  explain_page_set(&self->page, explanation);
  explanation_free(self->explanation);
  self->explanation = explanation;
  update_actions(self);
  if (focused)
    explain_page_focus(&self->page);
}

static void put_entry(BathyExplainView *self, const TrailEntry *entry) {
  put(self, explain(self, &entry->target, entry->drawing));
}

static void emit_follow(BathyExplainView *self, const TrailEntry *entry) {
  const TrailEntry copy = *entry; /* a handler may show something else */

  g_signal_emit(self, signals[HOVER_TARGET], 0, NULL);
  g_signal_emit(self, signals[FOLLOW], 0, &copy.target, copy.drawing);
}

static void step(BathyExplainView *self, const TrailEntry *entry) {
  if (entry == NULL)
    return;
  put_entry(self, entry);
  emit_follow(self, entry);
}

static void visit(BathyExplainView *self, const Target *target, gboolean drawing) {
  Explanation *explanation = explain(self, target, drawing);

  trail_push(self->trail, target, drawing,
             explanation != NULL ? explanation->title : target->tensor);
  put(self, explanation);
}

static void go_to(BathyExplainView *self, const Target *target) {
  const TrailEntry *current = trail_current(self->trail);

  g_return_if_fail(current != NULL);
  visit(self, target, current->drawing);
  emit_follow(self, trail_current(self->trail));
}

/* The old explanation reads the old look: it goes first. */
static void forget(BathyExplainView *self) {
  put(self, NULL);
  g_clear_pointer(&self->look, snapshot_unref);
  update_actions(self);
}

void bathy_explain_view_show(BathyExplainView *self, Snapshot *look, const Target *target,
                             gboolean drawing) {
  const Target place = *target;

  g_return_if_fail(BATHY_IS_EXPLAIN_VIEW(self));
  g_autoptr(Snapshot) old = self->look;
  self->look = snapshot_ref(look);
  visit(self, &place, drawing);
}

void bathy_explain_view_update(BathyExplainView *self, Snapshot *look) {
  const TrailEntry *current = trail_current(self->trail);

  g_return_if_fail(BATHY_IS_EXPLAIN_VIEW(self));
  if (current == NULL)
    return;
  g_autoptr(Snapshot) old = self->look;
  self->look = snapshot_ref(look);
  put_entry(self, current);
}

void bathy_explain_view_clear(BathyExplainView *self) {
  g_return_if_fail(BATHY_IS_EXPLAIN_VIEW(self));
  trail_free(self->trail);
  self->trail = trail_new();
  forget(self);
}

void bathy_explain_view_set_lesson(BathyExplainView *self, const Lesson *lesson) {
  g_return_if_fail(BATHY_IS_EXPLAIN_VIEW(self));
  self->lesson = lesson;
}

const Explanation *bathy_explain_view_get_explanation(BathyExplainView *self) {
  g_return_val_if_fail(BATHY_IS_EXPLAIN_VIEW(self), NULL);
  return self->explanation;
}

/* --- what people do --- */

static void follow_cb(gpointer data, const Target *target) { go_to(data, target); }

static void hover_cb(gpointer data, const Target *target) {
  g_signal_emit(data, signals[HOVER_TARGET], 0, target);
}

static void back_cb(GtkWidget *widget, const char *action, GVariant *parameter) {
  BathyExplainView *self = BATHY_EXPLAIN_VIEW(widget);

  step(self, trail_back(self->trail));
}

static void forward_cb(GtkWidget *widget, const char *action, GVariant *parameter) {
  BathyExplainView *self = BATHY_EXPLAIN_VIEW(widget);

  step(self, trail_forward(self->trail));
}

static void close_cb(GtkWidget *widget, const char *action, GVariant *parameter) {
  g_autoptr(BathyExplainView) self = g_object_ref(BATHY_EXPLAIN_VIEW(widget));

  forget(self);
  g_signal_emit(self, signals[HOVER_TARGET], 0, NULL);
  g_signal_emit(self, signals[CLOSE], 0);
}

static void refresh_cb(GtkWidget *widget, const char *action, GVariant *parameter) {
  g_signal_emit(widget, signals[REFRESH], 0);
}

static gboolean copied_cb(gpointer data) {
  BathyExplainView *self = data;

  gtk_button_set_icon_name(GTK_BUTTON(self->copy), "edit-copy-symbolic");
  self->copied = 0;
  return G_SOURCE_REMOVE;
}

static void copy_cb(GtkWidget *widget, const char *action, GVariant *parameter) {
  BathyExplainView *self = BATHY_EXPLAIN_VIEW(widget);
  g_autofree char *text = explanation_to_text(self->explanation, COPY_TERMS);

  gdk_clipboard_set_text(gtk_widget_get_clipboard(widget), text);
  gtk_button_set_icon_name(GTK_BUTTON(self->copy), "object-select-symbolic");
  g_clear_handle_id(&self->copied, g_source_remove);
  self->copied = g_timeout_add_seconds(COPIED_SECONDS, copied_cb, self);
}

/* --- making it --- */

static GtkWidget *add_button(GtkWidget *bar, const char *icon, const char *label,
                             const char *action) {
  GtkWidget *button = icon_button_new(icon, label, action);

  gtk_box_append(GTK_BOX(bar), button);
  return button;
}

static GtkWidget *header_new(BathyExplainView *self) {
  GtkWidget *bar = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 0);
  GtkWidget *title = gtk_label_new("Why this number?");

  self->back = add_button(bar, "go-previous-symbolic", "Back", "explain.back");
  self->forward = add_button(bar, "go-next-symbolic", "Forward", "explain.forward");
  gtk_widget_add_css_class(title, "heading");
  gtk_widget_set_hexpand(title, TRUE);
  gtk_label_set_ellipsize(GTK_LABEL(title), PANGO_ELLIPSIZE_END);
  gtk_box_append(GTK_BOX(bar), title);
  add_button(bar, "view-refresh-symbolic", "Look again, at the newest training step",
             "explain.refresh");
  self->copy =
      add_button(bar, "edit-copy-symbolic", "Copy the explanation as text", "explain.copy");
  add_button(bar, "window-close-symbolic", "Close the explanation", "explain.close");
  gtk_widget_add_css_class(bar, "explain-header");
  return bar;
}

static void bathy_explain_view_dispose(GObject *object) {
  BathyExplainView *self = BATHY_EXPLAIN_VIEW(object);

  g_clear_handle_id(&self->copied, g_source_remove);
  g_clear_pointer(&self->box, gtk_widget_unparent);
  g_clear_pointer(&self->explanation, explanation_free);
  g_clear_pointer(&self->look, snapshot_unref);
  g_clear_pointer(&self->trail, trail_free);
  G_OBJECT_CLASS(bathy_explain_view_parent_class)->dispose(object);
}

static void make_signals(GType type) {
  signals[FOLLOW] = g_signal_new("follow", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                 G_TYPE_NONE, 2, G_TYPE_POINTER, G_TYPE_BOOLEAN);
  signals[HOVER_TARGET] = g_signal_new("hover-target", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                       G_TYPE_NONE, 1, G_TYPE_POINTER);
  signals[REFRESH] =
      g_signal_new("refresh", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  signals[CLOSE] =
      g_signal_new("close", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static const struct {
  guint key;
  GdkModifierType modifiers;
  const char *action;
} KEYS[] = {
    {GDK_KEY_Left, GDK_ALT_MASK, "explain.back"},
    {GDK_KEY_Back, 0, "explain.back"},
    {GDK_KEY_Right, GDK_ALT_MASK, "explain.forward"},
    {GDK_KEY_Forward, 0, "explain.forward"},
    {GDK_KEY_Escape, 0, "explain.close"},
};

static void bathy_explain_view_class_init(BathyExplainViewClass *klass) {
  GtkWidgetClass *widget = GTK_WIDGET_CLASS(klass);

  G_OBJECT_CLASS(klass)->dispose = bathy_explain_view_dispose;
  gtk_widget_class_set_layout_manager_type(widget, GTK_TYPE_BIN_LAYOUT);
  gtk_widget_class_set_css_name(widget, "explain");
  gtk_widget_class_set_accessible_role(widget, GTK_ACCESSIBLE_ROLE_GROUP);
  gtk_widget_class_install_action(widget, "explain.back", NULL, back_cb);
  gtk_widget_class_install_action(widget, "explain.forward", NULL, forward_cb);
  gtk_widget_class_install_action(widget, "explain.refresh", NULL, refresh_cb);
  gtk_widget_class_install_action(widget, "explain.copy", NULL, copy_cb);
  gtk_widget_class_install_action(widget, "explain.close", NULL, close_cb);
  for (guint i = 0; i < G_N_ELEMENTS(KEYS); i++)
    gtk_widget_class_add_binding_action(widget, KEYS[i].key, KEYS[i].modifiers, KEYS[i].action,
                                        NULL);
  make_signals(G_TYPE_FROM_CLASS(klass));
}

static void bathy_explain_view_init(BathyExplainView *self) {
  self->trail = trail_new();
  self->host = (OperandHost){self, follow_cb, hover_cb};
  explain_page_init(&self->page, &self->host);
  self->box = gtk_box_new(GTK_ORIENTATION_VERTICAL, 0);
  gtk_box_append(GTK_BOX(self->box), header_new(self));
  gtk_box_append(GTK_BOX(self->box), self->page.root);
  gtk_widget_set_parent(self->box, GTK_WIDGET(self));
  gtk_accessible_update_property(GTK_ACCESSIBLE(self), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                 "Why this number?", -1);
  forget(self);
}

GtkWidget *bathy_explain_view_new(void) { return g_object_new(BATHY_TYPE_EXPLAIN_VIEW, NULL); }
