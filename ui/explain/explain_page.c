#include "ui/explain/explain_page.h"

#include "ui/explain/tex_markup.h"

#include <math.h>

/* Sizes follow the text's, so that the projector's larger text stays in proportion. Adwaita's own
 * dim-label has too little contrast for text as small as this. */
static const char STYLE[] =
    "explain .explain-header { padding: 6px; }"
    "explain .explain-body { padding: 0 12px 18px 12px; }"
    "explain .explain-value { font-size: 1.75em; font-weight: 800; }"
    "explain .explain-formula { font-size: 1.1em; }"
    "explain button.operand { padding: 1px 5px; min-height: 0; min-width: 0; font-weight: normal; }"
    "explain .explain-dim { color: alpha(currentColor, 0.75); }"
    "explain .operand-number { color: @accent_color; }"
    "explain .operand-name { font-size: 0.75em; }"
    "explain .term { padding: 5px 8px 7px 5px; }"
    "explain .explain-outline { padding: 6px 8px; }";

static void load_style(void) {
  static gboolean loaded = FALSE;

  if (loaded)
    return;
  loaded = TRUE;
  g_autoptr(GtkCssProvider) provider = gtk_css_provider_new();
  gtk_css_provider_load_from_data(provider, STYLE, -1);
  gtk_style_context_add_provider_for_display(gdk_display_get_default(),
                                             GTK_STYLE_PROVIDER(provider),
                                             GTK_STYLE_PROVIDER_PRIORITY_APPLICATION);
}

/* --- terms --- */

static void add_rows(ExplainPage *self, guint upto) {
  const guint n = MIN(upto, explanation_n_terms(self->explanation));
  double largest = 0;

  for (guint i = 0; i < explanation_n_terms(self->explanation); i++)
    largest = fmax(largest, fabs(explanation_term(self->explanation, i)->value));
  for (; self->shown < n; self->shown++)
    gtk_list_box_append(GTK_LIST_BOX(self->terms),
                        term_row_new(self->explanation, self->shown, largest, self->host));
  const guint left = explanation_n_terms(self->explanation) - n;
  g_autofree char *rest = explanation_rest_text(self->explanation, n);
  g_autofree char *more = g_strdup_printf("Show %u more", MIN(left, EXPLANATION_PAGE));
  gtk_label_set_text(GTK_LABEL(self->rest), rest != NULL ? rest : "");
  gtk_widget_set_visible(self->rest, rest != NULL);
  gtk_button_set_label(GTK_BUTTON(self->more), more);
  gtk_widget_set_visible(self->more, left > 0);
}

static void more_cb(ExplainPage *self) {
  const guint first = self->shown;

  add_rows(self, self->shown + EXPLANATION_PAGE);
  gtk_widget_grab_focus(
      GTK_WIDGET(gtk_list_box_get_row_at_index(GTK_LIST_BOX(self->terms), (int)first)));
}

static void row_activated_cb(GtkListBox *list, GtkListBoxRow *row, gpointer data) {
  const ExplainPage *self = data;
  const Target target = *term_row_target(row);

  self->host->follow(self->host->data, &target);
}

static void set_terms(ExplainPage *self) {
  const guint n = explanation_n_terms(self->explanation);
  GtkListBoxRow *row;
  char count[NUMBER_SIZE];

  while ((row = gtk_list_box_get_row_at_index(GTK_LIST_BOX(self->terms), 0)) != NULL)
    gtk_list_box_remove(GTK_LIST_BOX(self->terms), GTK_WIDGET(row));
  self->shown = 0;
  gtk_widget_set_visible(self->terms_box, n > 1);
  if (n < 2) /* the outline says it all */
    return;
  g_autofree char *title =
      g_strdup_printf("%s · %s", self->explanation->terms_title, count_text(n, count));
  gtk_label_set_text(GTK_LABEL(self->terms_title), title);
  add_rows(self, explanation_n_first(self->explanation));
}

/* --- the rest of the page --- */

static void set_text(GtkWidget *label, const char *text) {
  gtk_label_set_text(GTK_LABEL(label), text != NULL ? text : "");
  gtk_widget_set_visible(label, text != NULL && *text != '\0');
}

static void set_formula(GtkWidget *label, const char *tex) {
  g_autofree char *markup = tex != NULL ? tex_to_markup(tex) : g_strdup("");

  gtk_label_set_markup(GTK_LABEL(label), markup);
  gtk_widget_set_visible(label, tex != NULL);
}

/* A sum alone has nothing around it: its terms are all there is to see. */
static void set_outline(ExplainPage *self) {
  const GPtrArray *pieces = self->explanation->outline;
  const gboolean bare = self->explanation->focus == self->explanation->expr &&
                        explanation_n_terms(self->explanation) > 1;
  GtkWidget *line = gtk_widget_get_first_child(self->outline);

  if (line != NULL)
    gtk_box_remove(GTK_BOX(self->outline), line);
  gtk_widget_set_visible(self->outline, pieces->len > 0 && !bare);
  if (pieces->len > 0)
    gtk_box_append(GTK_BOX(self->outline), operand_line_new(pieces, self->host));
}

static void set_toggle(ExplainPage *self) {
  const Explanation *e = self->explanation;

  self->setting = TRUE;
  gtk_widget_set_sensitive(self->toggle[1], e->has_gradient);
  gtk_toggle_button_set_active(GTK_TOGGLE_BUTTON(self->toggle[e->target.gradient ? 1 : 0]), TRUE);
  self->setting = FALSE;
}

static void set_check(ExplainPage *self) {
  const Explanation *e = self->explanation;

  gtk_widget_set_visible(self->check_box, e->check != NULL);
  set_text(self->check, e->check);
  gtk_image_set_from_icon_name(GTK_IMAGE(self->check_icon),
                               e->agrees ? "object-select-symbolic" : "dialog-warning-symbolic");
}

void explain_page_set(ExplainPage *self, const Explanation *e) {
  self->explanation = e;
  gtk_stack_set_visible_child_name(GTK_STACK(self->root), e != NULL ? "number" : "nothing");
  if (e == NULL)
    return;
  set_text(self->title, e->title);
  set_text(self->value, e->value_text);
  set_text(self->what, e->what);
  set_text(self->origin, e->origin);
  set_text(self->sentence, e->sentence);
  set_formula(self->formula, e->formula);
  set_toggle(self);
  set_outline(self);
  set_terms(self);
  set_check(self);
  gtk_widget_set_visible(self->update_box, e->update != NULL);
  set_text(self->update, e->update);
  set_formula(self->update_formula, e->update_formula);
  gtk_adjustment_set_value(gtk_scrolled_window_get_vadjustment(GTK_SCROLLED_WINDOW(self->scrolled)),
                           0);
}

void explain_page_focus(ExplainPage *self) {
  GtkListBoxRow *row = gtk_list_box_get_row_at_index(GTK_LIST_BOX(self->terms), 0);

  if (row != NULL)
    gtk_widget_grab_focus(GTK_WIDGET(row));
  else if (!gtk_widget_get_visible(self->outline) ||
           !gtk_widget_child_focus(self->outline, GTK_DIR_TAB_FORWARD))
    gtk_widget_grab_focus(
        self->toggle[self->explanation != NULL && self->explanation->target.gradient]);
}

static void toggled_cb(GtkToggleButton *button, gpointer data) {
  ExplainPage *self = data;

  if (self->setting || !gtk_toggle_button_get_active(button))
    return;
  Target target = self->explanation->target;
  target.gradient = GTK_WIDGET(button) == self->toggle[1];
  self->host->follow(self->host->data, &target);
}

/* --- making it --- */

static GtkWidget *text_label(const char *const *classes) {
  GtkWidget *label = g_object_new(GTK_TYPE_LABEL, "css-classes", classes, "xalign", 0.0, "wrap",
                                  TRUE, "wrap-mode", PANGO_WRAP_WORD_CHAR, NULL);

  return label;
}

#define CLASSES(...) ((const char *const[]){__VA_ARGS__, NULL})

static GtkWidget *toggle_new(ExplainPage *self) {
  static const char *const NAMES[] = {"Value", "Gradient"};
  static const char *const TIPS[] = {"The number, and what it was made from",
                                     "How fast the loss changes with the number, and why"};
  GtkWidget *box = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 0);

  gtk_widget_add_css_class(box, "linked");
  gtk_widget_set_halign(box, GTK_ALIGN_START);
  for (int i = 0; i < 2; i++) {
    self->toggle[i] = gtk_toggle_button_new_with_label(NAMES[i]);
    gtk_widget_set_tooltip_text(self->toggle[i], TIPS[i]);
    g_signal_connect(self->toggle[i], "toggled", G_CALLBACK(toggled_cb), self);
    gtk_box_append(GTK_BOX(box), self->toggle[i]);
  }
  gtk_toggle_button_set_group(GTK_TOGGLE_BUTTON(self->toggle[1]),
                              GTK_TOGGLE_BUTTON(self->toggle[0]));
  return box;
}

static GtkWidget *terms_new(ExplainPage *self) {
  GtkWidget *foot = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 6);

  self->terms_box = gtk_box_new(GTK_ORIENTATION_VERTICAL, 6);
  self->terms_title = text_label(CLASSES("heading"));
  self->terms = gtk_list_box_new();
  self->rest = text_label(CLASSES("explain-dim", "numeric"));
  self->more = gtk_button_new();
  gtk_widget_add_css_class(self->more, "explain-more");
  gtk_widget_set_hexpand(self->rest, TRUE);
  gtk_widget_set_valign(self->more, GTK_ALIGN_CENTER);
  gtk_list_box_set_selection_mode(GTK_LIST_BOX(self->terms), GTK_SELECTION_NONE);
  gtk_widget_add_css_class(self->terms, "boxed-list");
  gtk_accessible_update_property(GTK_ACCESSIBLE(self->terms), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                 "Terms", GTK_ACCESSIBLE_PROPERTY_DESCRIPTION,
                                 "Enter follows the first operand of a term, Tab goes to each", -1);
  g_signal_connect(self->terms, "row-activated", G_CALLBACK(row_activated_cb), self);
  g_signal_connect_swapped(self->more, "clicked", G_CALLBACK(more_cb), self);
  gtk_box_append(GTK_BOX(foot), self->rest);
  gtk_box_append(GTK_BOX(foot), self->more);
  gtk_box_append(GTK_BOX(self->terms_box), self->terms_title);
  gtk_box_append(GTK_BOX(self->terms_box), self->terms);
  gtk_box_append(GTK_BOX(self->terms_box), foot);
  return self->terms_box;
}

static GtkWidget *check_new(ExplainPage *self) {
  self->check_box = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 6);
  self->check_icon = gtk_image_new();
  self->check = text_label(CLASSES("caption", "numeric"));
  gtk_widget_set_hexpand(self->check, TRUE);
  gtk_widget_set_valign(self->check_icon, GTK_ALIGN_START);
  gtk_accessible_update_state(GTK_ACCESSIBLE(self->check_icon), GTK_ACCESSIBLE_STATE_HIDDEN, TRUE,
                              -1);
  gtk_box_append(GTK_BOX(self->check_box), self->check_icon);
  gtk_box_append(GTK_BOX(self->check_box), self->check);
  return self->check_box;
}

static GtkWidget *update_new(ExplainPage *self) {
  GtkWidget *title = text_label(CLASSES("heading"));

  self->update_box = gtk_box_new(GTK_ORIENTATION_VERTICAL, 6);
  self->update = text_label(CLASSES("explain-update"));
  self->update_formula = text_label(CLASSES("explain-formula"));
  gtk_label_set_text(GTK_LABEL(title), "How training moves it");
  gtk_box_append(GTK_BOX(self->update_box), title);
  gtk_box_append(GTK_BOX(self->update_box), self->update);
  gtk_box_append(GTK_BOX(self->update_box), self->update_formula);
  return self->update_box;
}

static GtkWidget *body_new(ExplainPage *self) {
  GtkWidget *body = gtk_box_new(GTK_ORIENTATION_VERTICAL, 10);
  GtkWidget *head = gtk_box_new(GTK_ORIENTATION_VERTICAL, 2);

  self->title = text_label(CLASSES("monospace"));
  self->value = text_label(CLASSES("explain-value", "numeric"));
  self->what = text_label(CLASSES("explain-dim"));
  self->origin = text_label(CLASSES("caption", "explain-dim"));
  self->sentence = text_label(CLASSES("explain-sentence"));
  self->formula = text_label(CLASSES("explain-formula"));
  self->outline = gtk_box_new(GTK_ORIENTATION_VERTICAL, 0);
  gtk_widget_add_css_class(self->outline, "card");
  gtk_widget_add_css_class(self->outline, "explain-outline");
  gtk_label_set_selectable(GTK_LABEL(self->value), TRUE);
  for (int i = 0; i < 4; i++)
    gtk_box_append(GTK_BOX(head),
                   (GtkWidget *[]){self->title, self->value, self->what, self->origin}[i]);
  gtk_box_append(GTK_BOX(body), head);
  gtk_box_append(GTK_BOX(body), toggle_new(self));
  gtk_box_append(GTK_BOX(body), self->sentence);
  gtk_box_append(GTK_BOX(body), self->formula);
  gtk_box_append(GTK_BOX(body), self->outline);
  gtk_box_append(GTK_BOX(body), terms_new(self));
  gtk_box_append(GTK_BOX(body), check_new(self));
  gtk_box_append(GTK_BOX(body), update_new(self));
  gtk_widget_add_css_class(body, "explain-body");
  return body;
}

static GtkWidget *nothing_new(void) {
  GtkWidget *label = text_label(CLASSES("explain-dim"));

  gtk_label_set_text(
      GTK_LABEL(label),
      "Click a number in a panel: a pixel of a feature map, a weight, a probability, "
      "the loss. The arithmetic behind it comes here.");
  gtk_label_set_justify(GTK_LABEL(label), GTK_JUSTIFY_CENTER);
  gtk_widget_set_margin_start(label, 24);
  gtk_widget_set_margin_end(label, 24);
  return label;
}

void explain_page_init(ExplainPage *self, const OperandHost *host) {
  load_style();
  self->host = host;
  self->scrolled = gtk_scrolled_window_new();
  gtk_scrolled_window_set_policy(GTK_SCROLLED_WINDOW(self->scrolled), GTK_POLICY_NEVER,
                                 GTK_POLICY_AUTOMATIC);
  gtk_scrolled_window_set_child(GTK_SCROLLED_WINDOW(self->scrolled), body_new(self));
  self->root = gtk_stack_new();
  gtk_widget_set_vexpand(self->root, TRUE);
  gtk_stack_add_named(GTK_STACK(self->root), self->scrolled, "number");
  gtk_stack_add_named(GTK_STACK(self->root), nothing_new(), "nothing");
}
