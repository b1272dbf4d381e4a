/* Code as it is read: coloured, not to be changed. */
#include "ui/page/page_blocks.h"

#include "ui/page/page_layout.h"

#include <adwaita.h>
#include <gtksourceview/gtksource.h>

#define MARGIN 10 /* left and right of code */

static void follow_theme(GtkSourceBuffer *buffer) {
  const gboolean dark = adw_style_manager_get_dark(adw_style_manager_get_default());
  GtkSourceStyleScheme *scheme = gtk_source_style_scheme_manager_get_scheme(
      gtk_source_style_scheme_manager_get_default(), dark ? "Adwaita-dark" : "Adwaita");

  if (scheme != NULL)
    gtk_source_buffer_set_style_scheme(buffer, scheme);
}

static void dark_cb(AdwStyleManager *manager, GParamSpec *property, gpointer data) {
  (void)manager, (void)property;
  follow_theme(data);
}

static GtkSourceBuffer *buffer_new(const char *text, const char *language) {
  GtkSourceLanguageManager *languages = gtk_source_language_manager_get_default();
  const char *id = g_str_equal(language, "python") ? "python3" : language;
  GtkSourceLanguage *known = gtk_source_language_manager_get_language(languages, id);
  GtkSourceBuffer *buffer = gtk_source_buffer_new(NULL);

  if (known != NULL)
    gtk_source_buffer_set_language(buffer, known);
  gtk_text_buffer_set_text(GTK_TEXT_BUFFER(buffer), text, -1);
  follow_theme(buffer);
  g_signal_connect_object(adw_style_manager_get_default(), "notify::dark", G_CALLBACK(dark_cb),
                          buffer, 0);
  return buffer;
}

/* Tab leaves it: it is no editor. */
static GtkWidget *view_new(const char *text, const char *language) {
  g_autoptr(GtkSourceBuffer) buffer = buffer_new(text, language);
  GtkWidget *view = gtk_source_view_new_with_buffer(buffer);

  gtk_text_view_set_editable(GTK_TEXT_VIEW(view), FALSE);
  gtk_text_view_set_cursor_visible(GTK_TEXT_VIEW(view), FALSE);
  gtk_text_view_set_monospace(GTK_TEXT_VIEW(view), TRUE);
  gtk_text_view_set_accepts_tab(GTK_TEXT_VIEW(view), FALSE);
  gtk_text_view_set_left_margin(GTK_TEXT_VIEW(view), MARGIN);
  gtk_text_view_set_right_margin(GTK_TEXT_VIEW(view), MARGIN);
  gtk_text_view_set_top_margin(GTK_TEXT_VIEW(view), 8);
  gtk_text_view_set_bottom_margin(GTK_TEXT_VIEW(view), 8);
  gtk_accessible_update_property(GTK_ACCESSIBLE(view), GTK_ACCESSIBLE_PROPERTY_LABEL, "Code", -1);
  return view;
}

/* A text view does not say how wide its text is. */
static int text_width(GtkWidget *view) {
  GtkTextBuffer *buffer = gtk_text_view_get_buffer(GTK_TEXT_VIEW(view));
  GtkTextIter start, end;
  int width;

  gtk_text_buffer_get_bounds(buffer, &start, &end);
  g_autofree char *text = gtk_text_buffer_get_text(buffer, &start, &end, FALSE);
  g_autoptr(PangoLayout) layout = gtk_widget_create_pango_layout(view, text);
  pango_layout_get_pixel_size(layout, &width, NULL);
  return width + 2 * MARGIN + 2;
}

static void code_measure(GtkWidget *box, GtkOrientation orientation, int for_size, int *minimum,
                         int *natural, int *minimum_baseline, int *natural_baseline) {
  GtkWidget *scrolled = gtk_widget_get_first_child(box);

  gtk_widget_measure(scrolled, orientation, for_size, minimum, natural, NULL, NULL);
  *minimum_baseline = *natural_baseline = -1;
  if (orientation == GTK_ORIENTATION_HORIZONTAL)
    *natural =
        MAX(*minimum, text_width(gtk_scrolled_window_get_child(GTK_SCROLLED_WINDOW(scrolled))));
}

static void code_allocate(GtkWidget *box, int width, int height, int baseline) {
  gtk_widget_size_allocate(gtk_widget_get_first_child(box), &(GtkAllocation){0, 0, width, height},
                           baseline);
}

static GtkSizeRequestMode code_mode(GtkWidget *box) {
  (void)box;
  return GTK_SIZE_REQUEST_HEIGHT_FOR_WIDTH;
}

GtkWidget *page_code_widget(const char *text, const char *language) {
  GtkWidget *box = gtk_box_new(GTK_ORIENTATION_VERTICAL, 0), *scrolled = gtk_scrolled_window_new();

  gtk_scrolled_window_set_child(GTK_SCROLLED_WINDOW(scrolled), view_new(text, language));
  gtk_scrolled_window_set_policy(GTK_SCROLLED_WINDOW(scrolled), GTK_POLICY_AUTOMATIC,
                                 GTK_POLICY_NEVER);
  gtk_scrolled_window_set_propagate_natural_height(GTK_SCROLLED_WINDOW(scrolled), TRUE);
  gtk_widget_set_layout_manager(box, gtk_custom_layout_new(code_mode, code_measure, code_allocate));
  gtk_widget_add_css_class(box, "card");
  gtk_widget_add_css_class(box, "page-code");
  gtk_widget_add_css_class(box, "page-wide");
  gtk_widget_set_overflow(box, GTK_OVERFLOW_HIDDEN);
  gtk_box_append(GTK_BOX(box), scrolled);
  return box;
}

static GtkWidget *caption_new(const char *text) {
  GtkWidget *label = gtk_label_new(text);

  gtk_label_set_xalign(GTK_LABEL(label), 0);
  gtk_label_set_wrap(GTK_LABEL(label), TRUE);
  gtk_widget_add_css_class(label, "caption");
  gtk_widget_add_css_class(label, "dim-label");
  return label;
}

static GtkWidget *captioned(const char *caption, const char *text, const char *language) {
  GtkWidget *box = gtk_box_new(GTK_ORIENTATION_VERTICAL, 4);

  gtk_box_append(GTK_BOX(box), caption_new(caption));
  gtk_box_append(GTK_BOX(box), page_code_widget(text, language));
  return box;
}

/* This program's own source, and beside it what one would write in Keras. */
GtkWidget *page_source_widget(PageBlocks *self, const PageBlock *block) {
  const char *file = page_field(block, "file"), *function = page_field(block, "function");
  GtkWidget *box = gtk_box_new(GTK_ORIENTATION_VERTICAL, 0);
  g_autofree char *caption = g_strdup_printf("C: %s in %s, as it runs here", function, file);
  g_autofree char *text =
      self->host.source != NULL ? self->host.source(self->host.data, file, function) : NULL;

  gtk_widget_set_layout_manager(box, bathy_pair_layout_new(10));
  gtk_widget_add_css_class(box, "page-wide");
  gtk_box_append(
      GTK_BOX(box),
      captioned(caption, text != NULL ? text : "/* not part of this installation */", "c"));
  if (block->text != NULL)
    gtk_box_append(GTK_BOX(box), captioned("Python: the same in Keras", block->text, "python"));
  return box;
}
