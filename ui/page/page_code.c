/* Code as it is read: coloured, not to be changed. */
#include "ui/page/page_blocks.h"

#include <adwaita.h>
#include <gtksourceview/gtksource.h>

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
  gtk_text_view_set_left_margin(GTK_TEXT_VIEW(view), 10);
  gtk_text_view_set_right_margin(GTK_TEXT_VIEW(view), 10);
  gtk_text_view_set_top_margin(GTK_TEXT_VIEW(view), 8);
  gtk_text_view_set_bottom_margin(GTK_TEXT_VIEW(view), 8);
  gtk_accessible_update_property(GTK_ACCESSIBLE(view), GTK_ACCESSIBLE_PROPERTY_LABEL, "Code", -1);
  return view;
}

GtkWidget *page_code_widget(const char *text, const char *language) {
  GtkWidget *scrolled = gtk_scrolled_window_new();

  gtk_scrolled_window_set_child(GTK_SCROLLED_WINDOW(scrolled), view_new(text, language));
  gtk_scrolled_window_set_policy(GTK_SCROLLED_WINDOW(scrolled), GTK_POLICY_AUTOMATIC,
                                 GTK_POLICY_NEVER);
  gtk_scrolled_window_set_propagate_natural_height(GTK_SCROLLED_WINDOW(scrolled), TRUE);
  gtk_widget_add_css_class(scrolled, "card");
  gtk_widget_add_css_class(scrolled, "page-code");
  gtk_widget_set_overflow(scrolled, GTK_OVERFLOW_HIDDEN);
  return scrolled;
}

static GtkWidget *caption_new(const char *text) {
  GtkWidget *label = gtk_label_new(text);

  gtk_label_set_xalign(GTK_LABEL(label), 0);
  gtk_label_set_wrap(GTK_LABEL(label), TRUE);
  gtk_widget_add_css_class(label, "caption");
  gtk_widget_add_css_class(label, "dim-label");
  return label;
}

/* This program's own source, and below it what one would write in Keras. */
GtkWidget *page_source_widget(PageBlocks *self, const PageBlock *block) {
  const char *file = page_field(block, "file"), *function = page_field(block, "function");
  GtkWidget *box = gtk_box_new(GTK_ORIENTATION_VERTICAL, 4);
  g_autofree char *caption = g_strdup_printf("C: %s in %s, as it runs here", function, file);
  g_autofree char *text =
      self->host.source != NULL ? self->host.source(self->host.data, file, function) : NULL;

  gtk_box_append(GTK_BOX(box), caption_new(caption));
  gtk_box_append(
      GTK_BOX(box),
      page_code_widget(text != NULL ? text : "/* not part of this installation */", "c"));
  if (block->text != NULL) {
    gtk_box_append(GTK_BOX(box), caption_new("Python: the same in Keras"));
    gtk_box_append(GTK_BOX(box), page_code_widget(block->text, "python"));
  }
  return box;
}
