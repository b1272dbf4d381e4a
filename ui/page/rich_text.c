#include "ui/page/rich_text.h"

#include "ui/page/formula.h"

#include <math.h>
#include <string.h>

#define PLACEHOLDER "\xef\xbf\xbc" /* U+FFFC: a formula stands here */

typedef struct {
  int index; /* of its placeholder, in bytes */
  Formula *formula;
} Inline;

struct _BathyRichText {
  GtkWidget parent;
  const GPtrArray *runs;
  RichTextValue value;
  gpointer data;
  char *text;
  GArray *formulas; /* Inline */
  PangoLayout *layout;
  double em; /* what the layout was made for */
  int width;
};

G_DEFINE_FINAL_TYPE(BathyRichText, bathy_rich_text, GTK_TYPE_WIDGET)

/* --- the text --- */

static char *run_text(BathyRichText *self, const PageRun *run) {
  if (run->kind == RUN_VALUE) {
    char *now = self->value != NULL ? self->value(self->data, run->expression) : NULL;
    return now != NULL ? now : g_strdup("…");
  }
  if (run->kind == RUN_FORMULA && formula_find(run->text, FALSE) != NULL)
    return g_strdup(PLACEHOLDER);
  return g_strdup(run->text);
}

static char *whole_text(BathyRichText *self) {
  GString *text = g_string_new(NULL);

  for (guint i = 0; i < self->runs->len; i++) {
    g_autofree char *part = run_text(self, self->runs->pdata[i]);
    g_string_append(text, part);
  }
  return g_string_free(text, FALSE);
}

/* As a person would read it out. */
static void tell(BathyRichText *self) {
  g_autoptr(GString) text = g_string_new(NULL);

  for (guint i = 0; i < self->runs->len; i++) {
    const PageRun *run = self->runs->pdata[i];
    g_autofree char *part = run->kind == RUN_FORMULA ? g_strdup(run->text) : run_text(self, run);
    g_string_append(text, part);
  }
  gtk_accessible_update_property(GTK_ACCESSIBLE(self), GTK_ACCESSIBLE_PROPERTY_LABEL, text->str,
                                 -1);
}

/* --- attributes --- */

static void add(PangoAttrList *list, PangoAttribute *attribute, gsize from, gsize to) {
  attribute->start_index = (guint)from;
  attribute->end_index = (guint)to;
  pango_attr_list_insert(list, attribute);
}

static void style_run(BathyRichText *self, PangoAttrList *list, const PageRun *run, gsize from,
                      gsize to) {
  if (run->strong)
    add(list, pango_attr_weight_new(PANGO_WEIGHT_BOLD), from, to);
  if (run->emphasis || (run->kind == RUN_FORMULA && formula_find(run->text, FALSE) == NULL))
    add(list, pango_attr_style_new(PANGO_STYLE_ITALIC), from, to);
  if (run->kind == RUN_CODE) {
    add(list, pango_attr_family_new("Monospace"), from, to);
    add(list, pango_attr_scale_new(0.92), from, to);
  }
  if (run->kind == RUN_VALUE)
    add(list, pango_attr_weight_new(PANGO_WEIGHT_SEMIBOLD), from, to);
  if (run->link != NULL)
    add(list, pango_attr_underline_new(PANGO_UNDERLINE_SINGLE), from, to);
  (void)self;
}

static void place_formula(BathyRichText *self, PangoAttrList *list, const PageRun *run,
                          gsize from) {
  const Inline inlined = {(int)from, formula_find(run->text, FALSE)};
  double width, height, depth;

  formula_size(inlined.formula, &width, &height, &depth);
  const PangoRectangle box = {0, (int)(-height * self->em * PANGO_SCALE),
                              (int)(width * self->em * PANGO_SCALE),
                              (int)((height + depth) * self->em * PANGO_SCALE)};
  add(list, pango_attr_shape_new(&box, &box), from, from + strlen(PLACEHOLDER));
  g_array_append_val(self->formulas, inlined);
}

static PangoAttrList *attributes(BathyRichText *self) {
  PangoAttrList *list = pango_attr_list_new();
  gsize at = 0;

  g_array_set_size(self->formulas, 0);
  for (guint i = 0; i < self->runs->len; i++) {
    const PageRun *run = self->runs->pdata[i];
    g_autofree char *part = run_text(self, run);
    if (g_str_equal(part, PLACEHOLDER))
      place_formula(self, list, run, at);
    else
      style_run(self, list, run, at, at + strlen(part));
    at += strlen(part);
  }
  return list;
}

/* --- layout --- */

static void forget_layout(BathyRichText *self) { g_clear_object(&self->layout); }

static PangoLayout *layout_for(BathyRichText *self, int width) {
  const double em = widget_em(GTK_WIDGET(self));

  if (self->layout == NULL || self->em != em) {
    forget_layout(self);
    self->em = em;
    self->layout = gtk_widget_create_pango_layout(GTK_WIDGET(self), self->text);
    PangoAttrList *list = attributes(self);
    pango_layout_set_attributes(self->layout, list);
    pango_attr_list_unref(list);
    pango_layout_set_wrap(self->layout, PANGO_WRAP_WORD_CHAR);
    pango_layout_set_line_spacing(self->layout, 1.25f);
  }
  pango_layout_set_width(self->layout, width < 0 ? -1 : width * PANGO_SCALE);
  return self->layout;
}

static void bathy_rich_text_measure(GtkWidget *widget, GtkOrientation orientation, int for_size,
                                    int *minimum, int *natural, int *minimum_baseline,
                                    int *natural_baseline) {
  BathyRichText *self = BATHY_RICH_TEXT(widget);
  int width, height;

  *minimum_baseline = *natural_baseline = -1;
  if (orientation == GTK_ORIENTATION_HORIZONTAL) {
    pango_layout_get_pixel_size(layout_for(self, -1), &width, NULL);
    *minimum = MIN(width, (int)(12 * self->em));
    *natural = width;
  } else {
    pango_layout_get_pixel_size(layout_for(self, for_size), NULL, &height);
    *minimum = *natural = height;
  }
}

static GtkSizeRequestMode bathy_rich_text_request_mode(GtkWidget *widget) {
  (void)widget;
  return GTK_SIZE_REQUEST_HEIGHT_FOR_WIDTH;
}

static void draw_formulas(BathyRichText *self, GtkSnapshot *snapshot, PangoLayout *layout,
                          const GdkRGBA *color) {
  const int width = gtk_widget_get_width(GTK_WIDGET(self));
  const int height = gtk_widget_get_height(GTK_WIDGET(self));
  cairo_t *cr =
      gtk_snapshot_append_cairo(snapshot, &GRAPHENE_RECT_INIT(0, 0, (float)width, (float)height));

  for (guint i = 0; i < self->formulas->len; i++) {
    const Inline *inlined = &g_array_index(self->formulas, Inline, i);
    PangoRectangle at;
    double w, h, d;
    pango_layout_index_to_pos(layout, inlined->index, &at);
    g_autoptr(PangoLayoutIter) iter = pango_layout_get_iter(layout);
    while (pango_layout_iter_get_index(iter) < inlined->index && pango_layout_iter_next_char(iter))
      ;
    formula_size(inlined->formula, &w, &h, &d);
    formula_draw(inlined->formula, cr, (double)at.x / PANGO_SCALE,
                 (double)pango_layout_iter_get_baseline(iter) / PANGO_SCALE, self->em, color);
  }
  cairo_destroy(cr);
}

static void bathy_rich_text_snapshot(GtkWidget *widget, GtkSnapshot *snapshot) {
  BathyRichText *self = BATHY_RICH_TEXT(widget);
  PangoLayout *layout = layout_for(self, gtk_widget_get_width(widget));
  const GdkRGBA color = widget_color(widget);

  gtk_snapshot_append_layout(snapshot, layout, &color);
  if (self->formulas->len > 0)
    draw_formulas(self, snapshot, layout, &color);
}

/* --- links --- */

static const char *link_at(BathyRichText *self, double x, double y) {
  PangoLayout *layout = layout_for(self, gtk_widget_get_width(GTK_WIDGET(self)));
  int index, trailing;
  gsize at = 0;

  if (!pango_layout_xy_to_index(layout, (int)(x * PANGO_SCALE), (int)(y * PANGO_SCALE), &index,
                                &trailing))
    return NULL;
  for (guint i = 0; i < self->runs->len; i++) {
    const PageRun *run = self->runs->pdata[i];
    g_autofree char *part = run_text(self, run);
    at += strlen(part);
    if ((gsize)index < at)
      return run->link;
  }
  return NULL;
}

static void clicked_cb(GtkGestureClick *gesture, int n, double x, double y, gpointer data) {
  const char *link = link_at(data, x, y);

  (void)gesture, (void)n;
  if (link != NULL)
    gtk_show_uri(GTK_WINDOW(gtk_widget_get_root(data)), link, GDK_CURRENT_TIME);
}

/* --- the widget --- */

static void bathy_rich_text_css_changed(GtkWidget *widget, GtkCssStyleChange *change) {
  GTK_WIDGET_CLASS(bathy_rich_text_parent_class)->css_changed(widget, change);
  forget_layout(BATHY_RICH_TEXT(widget));
}

static void bathy_rich_text_finalize(GObject *object) {
  BathyRichText *self = BATHY_RICH_TEXT(object);

  forget_layout(self);
  g_array_unref(self->formulas);
  g_free(self->text);
  G_OBJECT_CLASS(bathy_rich_text_parent_class)->finalize(object);
}

static void bathy_rich_text_class_init(BathyRichTextClass *klass) {
  GtkWidgetClass *widget = GTK_WIDGET_CLASS(klass);

  G_OBJECT_CLASS(klass)->finalize = bathy_rich_text_finalize;
  widget->measure = bathy_rich_text_measure;
  widget->get_request_mode = bathy_rich_text_request_mode;
  widget->snapshot = bathy_rich_text_snapshot;
  widget->css_changed = bathy_rich_text_css_changed;
  gtk_widget_class_set_css_name(widget, "richtext");
  gtk_widget_class_set_accessible_role(widget, GTK_ACCESSIBLE_ROLE_LABEL);
}

static void bathy_rich_text_init(BathyRichText *self) {
  GtkGesture *click = gtk_gesture_click_new();

  self->formulas = g_array_new(FALSE, FALSE, sizeof(Inline));
  g_signal_connect(click, "released", G_CALLBACK(clicked_cb), self);
  gtk_widget_add_controller(GTK_WIDGET(self), GTK_EVENT_CONTROLLER(click));
}

GtkWidget *bathy_rich_text_new(const GPtrArray *runs, RichTextValue value, gpointer data) {
  BathyRichText *self = g_object_new(BATHY_TYPE_RICH_TEXT, NULL);

  self->runs = runs;
  self->value = value;
  self->data = data;
  self->text = whole_text(self);
  tell(self);
  return GTK_WIDGET(self);
}

void bathy_rich_text_update(BathyRichText *self) {
  char *text = whole_text(self);

  if (g_str_equal(text, self->text)) {
    g_free(text);
    return;
  }
  g_free(self->text);
  self->text = text;
  forget_layout(self);
  tell(self);
  gtk_widget_queue_resize(GTK_WIDGET(self));
}
