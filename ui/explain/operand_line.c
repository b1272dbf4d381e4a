#include "ui/explain/operand_line.h"

#include "ui/widgets/wrap_layout.h"

#include <adwaita.h>
#include <math.h>

#define CLASSES(...) ((const char *const[]){__VA_ARGS__, NULL})
#define SHORT_NAME 16 /* characters: longer names may be cut in the middle */
#define TARGET_KEY "bathyscope-target"

static const Target *target_of(gpointer widget) { return g_object_get_data(widget, TARGET_KEY); }

static void set_target(GtkWidget *widget, const Target *target) {
  g_object_set_data_full(G_OBJECT(widget), TARGET_KEY, g_memdup2(target, sizeof *target), g_free);
}

static void describe(GtkWidget *widget, const char *label) {
  gtk_accessible_update_property(GTK_ACCESSIBLE(widget), GTK_ACCESSIBLE_PROPERTY_LABEL, label, -1);
}

/* --- operands --- */

static void clicked_cb(GtkButton *button, gpointer data) {
  const OperandHost *host = data;
  const Target target = *target_of(button); /* following it takes the button away */

  host->follow(host->data, &target);
}

static GtkWidget *controller_widget(gpointer controller) {
  return gtk_event_controller_get_widget(controller);
}

static void enter_cb(gpointer controller, double x, double y, gpointer data) {
  const OperandHost *host = data;

  host->hover(host->data, target_of(controller_widget(controller)));
}

/* From an operand the pointer may have come back to its row, which then has its say again. */
static void leave_cb(gpointer controller, gpointer data) {
  GtkWidget *widget = controller_widget(controller);
  GtkWidget *row = gtk_widget_get_ancestor(widget, GTK_TYPE_LIST_BOX_ROW);
  const OperandHost *host = data;

  host->hover(host->data, row != NULL && row != widget ? target_of(row) : NULL);
}

static void focus_cb(gpointer controller, gpointer data) { enter_cb(controller, 0, 0, data); }

/* The keyboard's focus points as the pointer does. */
static void watch_hover(GtkWidget *widget, const OperandHost *host) {
  GtkEventController *motion = gtk_event_controller_motion_new();
  GtkEventController *focus = gtk_event_controller_focus_new();

  g_signal_connect(motion, "enter", G_CALLBACK(enter_cb), (gpointer)host);
  g_signal_connect(motion, "leave", G_CALLBACK(leave_cb), (gpointer)host);
  g_signal_connect(focus, "enter", G_CALLBACK(focus_cb), (gpointer)host);
  g_signal_connect(focus, "leave", G_CALLBACK(leave_cb), (gpointer)host);
  gtk_widget_add_controller(widget, motion);
  gtk_widget_add_controller(widget, focus);
}

static GtkWidget *label_new(const char *text, const char *const *classes) {
  return g_object_new(GTK_TYPE_LABEL, "label", text, "css-classes", classes, NULL);
}

static GtkWidget *operand_new(const ExplanationPiece *piece, const OperandHost *host) {
  GtkWidget *box = gtk_box_new(GTK_ORIENTATION_VERTICAL, 0), *button = gtk_button_new();
  GtkWidget *name = label_new(piece->name, CLASSES("operand-name", "explain-dim"));
  g_autofree char *spoken = g_strdup_printf("%s, %s", piece->name, piece->text);
  g_autofree char *tip = g_strdup_printf("%s = %s: why?", piece->name, piece->text);

  gtk_label_set_ellipsize(GTK_LABEL(name), PANGO_ELLIPSIZE_MIDDLE);
  gtk_label_set_width_chars(GTK_LABEL(name), MIN((int)g_utf8_strlen(piece->name, -1), SHORT_NAME));
  gtk_box_append(GTK_BOX(box), label_new(piece->text, CLASSES("operand-number", "numeric")));
  gtk_box_append(GTK_BOX(box), name);
  gtk_button_set_child(GTK_BUTTON(button), box);
  gtk_widget_add_css_class(button, "flat");
  gtk_widget_add_css_class(button, "operand");
  gtk_widget_set_tooltip_text(button, tip);
  describe(button, spoken);
  set_target(button, &piece->target);
  g_signal_connect(button, "clicked", G_CALLBACK(clicked_cb), (gpointer)host);
  watch_hover(button, host);
  return button;
}

/* What stays together when the line wraps: an operand, the operator before it, and the bracket that
 * closes after it. */
typedef struct {
  GtkWidget *line, *group;
} LineWriter;

static void start_group(LineWriter *self) {
  self->group = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 2);
  gtk_box_append(GTK_BOX(self->line), self->group);
}

static void append(LineWriter *self, GtkWidget *widget) {
  if (self->group == NULL)
    start_group(self);
  gtk_box_append(GTK_BOX(self->group), widget);
}

static gboolean is_operator(const char *word) {
  static const char *const OPERATORS[] = {"+", "\u2212", "×", "/", NULL};

  return g_strv_contains(OPERATORS, word);
}

/* A new group starts at every operator. */
static void append_text(LineWriter *self, const char *text) {
  g_auto(GStrv) words = g_strsplit(text, " ", -1);
  g_autoptr(GString) part = g_string_new(NULL);

  for (int i = 0; words[i] != NULL; i++) {
    if (is_operator(words[i])) {
      if (part->len > 0)
        append(self, label_new(part->str, CLASSES("numeric")));
      g_string_truncate(part, 0);
      start_group(self);
    }
    g_string_append_printf(part, "%s%s", part->len > 0 && *words[i] != '\0' ? " " : "", words[i]);
  }
  if (part->len > 0)
    append(self, label_new(part->str, CLASSES("numeric")));
}

GtkWidget *operand_line_new(const GPtrArray *pieces, const OperandHost *host) {
  LineWriter writer = {
      g_object_new(GTK_TYPE_BOX, "layout-manager", bathy_wrap_layout_new(4, 2), NULL), NULL};

  for (guint i = 0; i < pieces->len; i++) {
    const ExplanationPiece *piece = pieces->pdata[i];
    if (piece->name != NULL)
      append(&writer, operand_new(piece, host));
    else
      append_text(&writer, piece->text);
  }
  return writer.line;
}

/* --- bars --- */

typedef struct {
  double value, largest;
} Bar;

static void draw_bar_cb(GtkDrawingArea *area, cairo_t *cr, int width, int height, gpointer data) {
  const Theme theme = {.dark = adw_style_manager_get_dark(adw_style_manager_get_default())};
  const Canvas canvas = {cr, width, height, &theme};
  const Bar *bar = data;
  const double half = width / 2.0, share = bar->largest > 0 ? bar->value / bar->largest : 0;
  const double length = isfinite(share) ? half * CLAMP(share, -1, 1) : 0;
  const Scale scale = {MAP_SIGNED, -1, 1};
  const Rect track = {0, height / 2.0 - 0.5, width, 1};
  const Rect fill = {half + MIN(length, 0), 0, fabs(length), height};
  const Rect zero = {half - 0.5, 0, 1, height};

  canvas_fill_rect(&canvas, &track, theme_grid(&theme));
  canvas_fill_rect(&canvas, &fill, scale_color(&scale, &theme, length < 0 ? -1 : 1));
  canvas_fill_rect(&canvas, &zero, theme_dim(&theme));
}

static GtkWidget *bar_new(double value, double largest) {
  GtkWidget *area = gtk_drawing_area_new();
  const Bar bar = {value, largest};

  gtk_drawing_area_set_content_height(GTK_DRAWING_AREA(area), 8);
  gtk_drawing_area_set_draw_func(GTK_DRAWING_AREA(area), draw_bar_cb, g_memdup2(&bar, sizeof bar),
                                 g_free);
  gtk_widget_set_hexpand(area, TRUE);
  gtk_widget_set_valign(area, GTK_ALIGN_CENTER);
  gtk_accessible_update_state(GTK_ACCESSIBLE(area), GTK_ACCESSIBLE_STATE_HIDDEN, TRUE, -1);
  g_signal_connect_object(adw_style_manager_get_default(), "notify::dark",
                          G_CALLBACK(gtk_widget_queue_draw), area, G_CONNECT_SWAPPED);
  return area;
}

/* --- rows --- */

/* Right-aligned with room for most numbers, so that bars and columns do not move. */
static GtkWidget *column_label(const char *text, int width, const char *const *classes) {
  GtkWidget *label = label_new(text, classes);

  gtk_label_set_xalign(GTK_LABEL(label), 1);
  gtk_label_set_width_chars(GTK_LABEL(label), width);
  return label;
}

static GtkWidget *bar_line(const Explanation *explanation, guint i, double largest) {
  const ExplanationTerm *term = explanation_term(explanation, i);
  GtkWidget *line = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 6);
  g_autofree char *share = explanation_share_text(explanation, i);
  char value[NUMBER_SIZE];

  gtk_box_append(GTK_BOX(line), bar_new(term->value, largest));
  gtk_box_append(GTK_BOX(line),
                 column_label(number_text(term->value, value), 9, CLASSES("numeric")));
  gtk_box_append(GTK_BOX(line),
                 column_label(share, 8, CLASSES("caption", "explain-dim", "numeric")));
  return line;
}

GtkWidget *term_row_new(const Explanation *explanation, guint i, double largest,
                        const OperandHost *host) {
  GtkWidget *row = gtk_list_box_row_new(), *box = gtk_box_new(GTK_ORIENTATION_VERTICAL, 2);
  g_autofree char *text = explanation_term_text(explanation, i);
  g_autoptr(GPtrArray) pieces = explanation_term_pieces(explanation, i);
  Target target;

  gtk_widget_add_css_class(box, "term");
  gtk_box_append(GTK_BOX(box), operand_line_new(pieces, host));
  gtk_box_append(GTK_BOX(box), bar_line(explanation, i, largest));
  gtk_list_box_row_set_child(GTK_LIST_BOX_ROW(row), box);
  describe(row, text);
  if (explanation_term_target(explanation, i, &target)) {
    set_target(row, &target);
    watch_hover(row, host);
  } else {
    gtk_list_box_row_set_activatable(GTK_LIST_BOX_ROW(row), FALSE);
  }
  return row;
}

const Target *term_row_target(GtkListBoxRow *row) { return target_of(row); }
