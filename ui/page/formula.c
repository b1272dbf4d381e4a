#include "ui/page/formula.h"

#include "core/base/program.h"
#include "core/lesson/lesson.h"

#include <adwaita.h>
#include <json-glib/json-glib.h>
#include <librsvg/rsvg.h>
#include <math.h>

#define LARGER 1.12 /* than the text: TeX's letters are smaller in their em */

struct Formula {
  char *path, *spoken;
  double width, height, depth, air; /* em */
  RsvgHandle *handle;               /* NULL: not drawn yet */
  guint32 color;                    /* what the handle is coloured in */
};

/* --- the collection --- */

static void formula_free(gpointer data) {
  Formula *self = data;

  g_free(self->path);
  g_free(self->spoken);
  g_clear_object(&self->handle);
  g_free(self);
}

static char *key_of(const char *tex, gboolean display) {
  return g_strconcat(display ? "display " : "inline ", tex, NULL);
}

static double number(JsonObject *object, const char *name) {
  return json_object_get_double_member_with_default(object, name, 0) * LARGER;
}

static void add_entry(JsonArray *array, guint i, JsonNode *node, gpointer data) {
  gpointer *into = data;
  JsonObject *object = json_node_get_object(node);
  Formula *formula = g_new0(Formula, 1);

  (void)array, (void)i;
  *formula = (Formula){
      .path = g_build_filename(into[1], json_object_get_string_member(object, "file"), NULL),
      .spoken = g_strdup(json_object_get_string_member(object, "spoken")),
      .width = number(object, "width"),
      .height = number(object, "height"),
      .depth = number(object, "depth"),
      .air = number(object, "air"),
  };
  g_hash_table_insert(into[0],
                      key_of(json_object_get_string_member(object, "tex"),
                             json_object_get_boolean_member(object, "display")),
                      formula);
}

/* Installed or in the tree; else beside the lessons, wherever those are. */
static char *formulas_folder(void) {
  g_autofree char *lessons = NULL;
  char *folder = program_data_folder("formulas");

  if (folder != NULL || (lessons = lessons_folder(NULL)) == NULL)
    return folder;
  return g_build_filename(lessons, "..", "formulas", NULL);
}

static void read_index(GHashTable *formulas) {
  g_autofree char *folder = formulas_folder();
  g_autofree char *path = folder != NULL ? g_build_filename(folder, "index.json", NULL) : NULL;
  g_autoptr(JsonParser) parser = json_parser_new();
  g_autoptr(GError) error = NULL;
  gpointer into[] = {formulas, folder};

  if (path == NULL || !json_parser_load_from_file(parser, path, &error)) {
    g_message("formulas are shown as TeX: %s", path != NULL ? error->message : "not installed");
    return;
  }
  JsonObject *root = json_node_get_object(json_parser_get_root(parser));
  json_array_foreach_element(json_object_get_array_member(root, "formulas"), add_entry, into);
}

Formula *formula_find(const char *tex, gboolean display) {
  static GHashTable *formulas;
  g_autofree char *key = key_of(tex, display);

  if (formulas == NULL) {
    formulas = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, formula_free);
    read_index(formulas);
  }
  return g_hash_table_lookup(formulas, key);
}

void formula_size(const Formula *self, double *width, double *height, double *depth) {
  *width = self->width;
  *height = self->height;
  *depth = self->depth;
}

const char *formula_spoken(const Formula *self) { return self->spoken; }

/* --- drawing --- */

static guint32 packed(const GdkRGBA *color) {
  return (guint32)lround((double)color->red * 255) << 16 |
         (guint32)lround((double)color->green * 255) << 8 |
         (guint32)lround((double)color->blue * 255);
}

static void set_color(Formula *self, guint32 color) {
  g_autofree char *css = g_strdup_printf("svg { color: #%06x; fill: #%06x }", color, color);

  if (self->handle != NULL && self->color == color)
    return;
  g_clear_object(&self->handle);
  self->handle = rsvg_handle_new_from_file(self->path, NULL);
  if (self->handle != NULL)
    rsvg_handle_set_stylesheet(self->handle, (const guint8 *)css, strlen(css), NULL);
  self->color = color;
}

void formula_draw(Formula *self, cairo_t *cr, double x, double y, double em, const GdkRGBA *color) {
  const double air = self->air * em;
  const RsvgRectangle box = {x - air, y - self->height * em - air, self->width * em + 2 * air,
                             (self->height + self->depth) * em + 2 * air};

  set_color(self, packed(color));
  if (self->handle != NULL)
    rsvg_handle_render_document(self->handle, cr, &box, NULL);
}

/* --- of widgets --- */

GdkRGBA widget_color(GtkWidget *widget) {
  GdkRGBA color;

  G_GNUC_BEGIN_IGNORE_DEPRECATIONS
  gtk_style_context_get_color(gtk_widget_get_style_context(widget), &color);
  G_GNUC_END_IGNORE_DEPRECATIONS
  return color;
}

double widget_em(GtkWidget *widget) {
  PangoContext *context = gtk_widget_get_pango_context(widget);
  const PangoFontDescription *font = pango_context_get_font_description(context);
  const double size = (double)pango_font_description_get_size(font) / PANGO_SCALE;
  const double resolution = pango_cairo_context_get_resolution(context);

  if (pango_font_description_get_size_is_absolute(font))
    return size;
  return size * (resolution > 0 ? resolution : 96) / 72;
}

/* --- the widget --- */

struct _BathyFormula {
  GtkWidget parent;
  Formula *formula;
};

G_DEFINE_FINAL_TYPE(BathyFormula, bathy_formula, GTK_TYPE_WIDGET)

static void bathy_formula_measure(GtkWidget *widget, GtkOrientation orientation, int for_size,
                                  int *minimum, int *natural, int *minimum_baseline,
                                  int *natural_baseline) {
  BathyFormula *self = BATHY_FORMULA(widget);
  const double em = widget_em(widget);
  double width, height, depth;

  (void)for_size;
  *minimum_baseline = *natural_baseline = -1;
  formula_size(self->formula, &width, &height, &depth);
  if (orientation == GTK_ORIENTATION_HORIZONTAL) {
    *minimum = 60;
    *natural = MAX((int)ceil((width + 0.4) * em), 60);
  } else {
    *minimum = *natural = (int)ceil((height + depth + 0.5) * em);
  }
}

static void bathy_formula_snapshot(GtkWidget *widget, GtkSnapshot *snapshot) {
  BathyFormula *self = BATHY_FORMULA(widget);
  const double w = gtk_widget_get_width(widget), h = gtk_widget_get_height(widget);
  const GdkRGBA color = widget_color(widget);
  double em = widget_em(widget), width, height, depth;

  formula_size(self->formula, &width, &height, &depth);
  em = MIN(em, w / (width + 0.2));
  cairo_t *cr = gtk_snapshot_append_cairo(snapshot, &GRAPHENE_RECT_INIT(0, 0, (float)w, (float)h));
  formula_draw(self->formula, cr, (w - width * em) / 2,
               (h - (height + depth) * em) / 2 + height * em, em, &color);
  cairo_destroy(cr);
}

static void bathy_formula_class_init(BathyFormulaClass *klass) {
  GtkWidgetClass *widget = GTK_WIDGET_CLASS(klass);

  widget->measure = bathy_formula_measure;
  widget->snapshot = bathy_formula_snapshot;
  gtk_widget_class_set_css_name(widget, "formula");
  gtk_widget_class_set_accessible_role(widget, GTK_ACCESSIBLE_ROLE_IMG);
}

static void bathy_formula_init(BathyFormula *self) { (void)self; }

static GtkWidget *tex_label(const char *tex) {
  GtkWidget *label = gtk_label_new(tex);

  gtk_label_set_wrap(GTK_LABEL(label), TRUE);
  gtk_label_set_wrap_mode(GTK_LABEL(label), PANGO_WRAP_WORD_CHAR);
  gtk_widget_add_css_class(label, "monospace");
  return label;
}

GtkWidget *bathy_formula_new(const char *tex, const char *spoken) {
  Formula *formula = formula_find(tex, TRUE);
  GtkWidget *widget = formula != NULL ? g_object_new(BATHY_TYPE_FORMULA, NULL) : tex_label(tex);

  if (formula != NULL)
    BATHY_FORMULA(widget)->formula = formula;
  gtk_accessible_update_property(GTK_ACCESSIBLE(widget), GTK_ACCESSIBLE_PROPERTY_LABEL, spoken, -1);
  return widget;
}
