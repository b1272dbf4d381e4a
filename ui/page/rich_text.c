#include "ui/page/rich_text.h"

#include "ui/page/formula.h"

#include <math.h>
#include <string.h>

#define PLACEHOLDER "\xef\xbf\xbc" /* U+FFFC: a formula stands here */
#define LINE_HEIGHT 1.3

struct _BathyRichText {
  GtkWidget parent;
  GtkWidget *label;
  const GPtrArray *runs;
  RichTextValue value;
  gpointer data;
  char *markup;
  double em; /* what the room for the formulas was made for */
};

G_DEFINE_FINAL_TYPE(BathyRichText, bathy_rich_text, GTK_TYPE_WIDGET)

/* --- the text --- */

static const PageRun *run_at(BathyRichText *self, guint i) { return self->runs->pdata[i]; }

static Formula *formula_of(const PageRun *run) {
  return run->kind == RUN_FORMULA ? formula_find(run->text, FALSE) : NULL;
}

/* NULL: not known yet. */
static char *run_text(BathyRichText *self, const PageRun *run) {
  if (run->kind != RUN_VALUE)
    return g_strdup(formula_of(run) != NULL ? PLACEHOLDER : run->text);
  char *now = self->value != NULL ? self->value(self->data, run->expression) : NULL;
  return now != NULL ? now : g_strdup("…");
}

static void add_link(GString *markup, const PageRun *run, const char *inner) {
  g_autofree char *target = g_markup_escape_text(run->link, -1);

  g_string_append_printf(markup, "<a href=\"%s\">%s</a>", target, inner);
}

static void add_run(GString *markup, const PageRun *run, const char *text) {
  const gboolean bare = run->kind == RUN_FORMULA && formula_of(run) == NULL;
  g_autofree char *escaped = g_markup_escape_text(text, -1);
  g_autofree char *inner = g_strconcat(
      run->strong || run->kind == RUN_VALUE ? "<b>" : "", run->emphasis || bare ? "<i>" : "",
      run->kind == RUN_CODE ? "<span face=\"monospace\" size=\"92%\">" : "", escaped,
      run->kind == RUN_CODE ? "</span>" : "", run->emphasis || bare ? "</i>" : "",
      run->strong || run->kind == RUN_VALUE ? "</b>" : "", NULL);

  if (run->link != NULL)
    add_link(markup, run, inner);
  else
    g_string_append(markup, inner);
}

/* --- room for the formulas --- */

static void add(PangoAttrList *list, PangoAttribute *attribute, gsize from, gsize to) {
  attribute->start_index = (guint)from;
  attribute->end_index = (guint)to;
  pango_attr_list_insert(list, attribute);
}

static void add_room(BathyRichText *self, PangoAttrList *list, Formula *formula, gsize from) {
  const double unit = self->em * PANGO_SCALE;
  double width, height, depth;

  formula_size(formula, &width, &height, &depth);
  const PangoRectangle box = {0, (int)floor(-height * unit), (int)ceil(width * unit),
                              (int)ceil((height + depth) * unit)};
  add(list, pango_attr_shape_new_with_data(&box, &box, formula, NULL, NULL), from,
      from + strlen(PLACEHOLDER));
}

/* In the colour that the text is drawn in, selected or not. */
static void draw_cb(cairo_t *cr, PangoAttrShape *shape, gboolean path, gpointer data) {
  GdkRGBA color = {0, 0, 0, 1};
  double x = 0, y = 0, red, green, blue, alpha;

  if (path || shape->data == NULL)
    return;
  if (cairo_pattern_get_rgba(cairo_get_source(cr), &red, &green, &blue, &alpha) ==
      CAIRO_STATUS_SUCCESS)
    color = (GdkRGBA){(float)red, (float)green, (float)blue, (float)alpha};
  if (cairo_has_current_point(cr))
    cairo_get_current_point(cr, &x, &y);
  formula_draw(shape->data, cr, x, y, ((BathyRichText *)data)->em, &color);
}

/* --- the label --- */

/* As a person would read it out. */
static void tell(BathyRichText *self) {
  g_autoptr(GString) text = g_string_new(NULL);

  for (guint i = 0; i < self->runs->len; i++) {
    Formula *formula = formula_of(run_at(self, i));
    g_autofree char *part =
        formula != NULL ? g_strdup(formula_spoken(formula)) : run_text(self, run_at(self, i));
    g_string_append(text, part);
  }
  gtk_accessible_update_property(GTK_ACCESSIBLE(self->label), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                 text->str, -1);
}

/* Room is made anew when the text or its size has changed. */
static void fill(BathyRichText *self) {
  g_autoptr(GString) markup = g_string_new(NULL);
  PangoAttrList *list = pango_attr_list_new();
  const double em = widget_em(self->label);
  const gboolean resized = self->em != em;
  gsize at = 0;

  self->em = em;
  pango_attr_list_insert(list, pango_attr_line_height_new(LINE_HEIGHT));
  for (guint i = 0; i < self->runs->len; i++) {
    const PageRun *run = run_at(self, i);
    g_autofree char *text = run_text(self, run);
    if (formula_of(run) != NULL)
      add_room(self, list, formula_of(run), at);
    add_run(markup, run, text);
    at += strlen(text);
  }
  if (resized || g_strcmp0(self->markup, markup->str) != 0) {
    g_free(self->markup);
    self->markup = g_strdup(markup->str);
    gtk_label_set_markup(GTK_LABEL(self->label), self->markup);
    gtk_label_set_attributes(GTK_LABEL(self->label), list);
    tell(self);
  }
  pango_attr_list_unref(list);
}

/* --- copying --- */

/* What is selected, with formulas as they are written. */
static char *selected_text(BathyRichText *self) {
  GString *text = g_string_new(NULL);
  int from, to, at = 0;

  if (!gtk_label_get_selection_bounds(GTK_LABEL(self->label), &from, &to))
    return g_string_free(text, FALSE);
  for (guint i = 0; i < self->runs->len; i++) {
    const PageRun *run = run_at(self, i);
    g_autofree char *part = run_text(self, run);
    const int n = (int)g_utf8_strlen(part, -1), start = CLAMP(from - at, 0, n);
    const int end = CLAMP(to - at, 0, n);
    g_autofree char *cut = g_utf8_substring(part, start, end);
    g_string_append(text, formula_of(run) != NULL && end > start ? run->text : cut);
    at += n;
  }
  return g_string_free(text, FALSE);
}

static void copy_cb(GtkLabel *label, gpointer data) {
  g_autofree char *text = selected_text(data);

  if (*text != '\0')
    gdk_clipboard_set_text(gtk_widget_get_clipboard(GTK_WIDGET(label)), text);
  g_signal_stop_emission_by_name(label, "copy-clipboard");
}

/* --- the widget --- */

static gboolean has_links(BathyRichText *self) {
  for (guint i = 0; i < self->runs->len; i++)
    if (run_at(self, i)->link != NULL)
      return TRUE;
  return FALSE;
}

/* Tab goes on to what can be pressed; a click still puts the focus here, for copying. */
static gboolean bathy_rich_text_focus(GtkWidget *widget, GtkDirectionType direction) {
  return has_links(BATHY_RICH_TEXT(widget)) &&
         GTK_WIDGET_CLASS(bathy_rich_text_parent_class)->focus(widget, direction);
}

static void size_cb(BathyRichText *self) {
  if (self->runs != NULL && self->em != widget_em(self->label))
    fill(self);
}

static void bathy_rich_text_css_changed(GtkWidget *widget, GtkCssStyleChange *change) {
  GTK_WIDGET_CLASS(bathy_rich_text_parent_class)->css_changed(widget, change);
  size_cb(BATHY_RICH_TEXT(widget));
}

static void bathy_rich_text_system_setting_changed(GtkWidget *widget, GtkSystemSetting setting) {
  GTK_WIDGET_CLASS(bathy_rich_text_parent_class)->system_setting_changed(widget, setting);
  size_cb(BATHY_RICH_TEXT(widget));
}

static void bathy_rich_text_dispose(GObject *object) {
  BathyRichText *self = BATHY_RICH_TEXT(object);

  g_clear_pointer(&self->label, gtk_widget_unparent);
  g_clear_pointer(&self->markup, g_free);
  G_OBJECT_CLASS(bathy_rich_text_parent_class)->dispose(object);
}

static void bathy_rich_text_class_init(BathyRichTextClass *klass) {
  GtkWidgetClass *widget = GTK_WIDGET_CLASS(klass);

  G_OBJECT_CLASS(klass)->dispose = bathy_rich_text_dispose;
  widget->focus = bathy_rich_text_focus;
  widget->css_changed = bathy_rich_text_css_changed;
  widget->system_setting_changed = bathy_rich_text_system_setting_changed;
  gtk_widget_class_set_layout_manager_type(widget, GTK_TYPE_BIN_LAYOUT);
  gtk_widget_class_set_css_name(widget, "richtext");
}

static void bathy_rich_text_init(BathyRichText *self) {
  self->label = gtk_label_new(NULL);
  gtk_label_set_xalign(GTK_LABEL(self->label), 0);
  gtk_label_set_wrap(GTK_LABEL(self->label), TRUE);
  gtk_label_set_wrap_mode(GTK_LABEL(self->label), PANGO_WRAP_WORD_CHAR);
  gtk_label_set_selectable(GTK_LABEL(self->label), TRUE);
  g_signal_connect(self->label, "copy-clipboard", G_CALLBACK(copy_cb), self);
  pango_cairo_context_set_shape_renderer(gtk_widget_get_pango_context(self->label), draw_cb, self,
                                         NULL);
  gtk_widget_set_parent(self->label, GTK_WIDGET(self));
}

GtkWidget *bathy_rich_text_new(const GPtrArray *runs, RichTextValue value, gpointer data) {
  BathyRichText *self = g_object_new(BATHY_TYPE_RICH_TEXT, NULL);

  self->runs = runs;
  self->value = value;
  self->data = data;
  fill(self);
  return GTK_WIDGET(self);
}

void bathy_rich_text_update(BathyRichText *self) { fill(self); }
