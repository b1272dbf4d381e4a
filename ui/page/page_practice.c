/* What a step lets one do: try, reach a goal, look at a panel, answer a question. */
#include "ui/page/page_blocks.h"

#include "core/base/text.h"

#include <string.h>

static GtkWidget *wrapped(GtkWidget *label) {
  gtk_label_set_xalign(GTK_LABEL(label), 0);
  gtk_label_set_wrap(GTK_LABEL(label), TRUE);
  gtk_label_set_wrap_mode(GTK_LABEL(label), PANGO_WRAP_WORD_CHAR);
  gtk_widget_set_hexpand(label, TRUE);
  return label;
}

static GtkWidget *wrapped_label(const char *text) { return wrapped(gtk_label_new(text)); }

/* What comes of what one does is read out when it appears or changes. */
static GtkWidget *status_new(GType type) {
  return g_object_new(type, "accessible-role", GTK_ACCESSIBLE_ROLE_STATUS, NULL);
}

/* Empty and out of sight until there is something to say. */
static GtkWidget *answer_label(const char *css_class) {
  GtkWidget *label = wrapped(status_new(GTK_TYPE_LABEL));

  gtk_widget_add_css_class(label, css_class);
  gtk_widget_set_visible(label, FALSE);
  return label;
}

/* The blocks outlive their widgets' use of them: both go with the step that is shown. */
static void remember(GtkWidget *widget, PageBlocks *blocks, const PageBlock *block) {
  g_object_set_data(G_OBJECT(widget), "blocks", blocks);
  g_object_set_data(G_OBJECT(widget), "block", (gpointer)block);
}

static PageBlocks *blocks_of(GtkWidget *widget) {
  return g_object_get_data(G_OBJECT(widget), "blocks");
}

static const PageBlock *block_of(GtkWidget *widget) {
  return g_object_get_data(G_OBJECT(widget), "block");
}

/* "learning_rate = 0.01" → both sides. */
static char **split_equals(const char *text) {
  char **parts = g_strsplit(text, "=", 2);

  g_strstrip(parts[0]);
  g_strstrip(parts[1]);
  return parts;
}

/* --- try --- */

static const char *label_of(const Lesson *lesson, const char *name) {
  for (guint i = 0; i < lesson->definitions->len; i++) {
    const Setting *setting = lesson->definitions->pdata[i];
    if (g_str_equal(setting->name, name))
      return setting->label;
  }
  return name;
}

static void do_set(const PageBlocks *self, const char *text, GString *done) {
  g_auto(GStrv) parts = split_equals(text);
  const PageHost *host = &self->host;
  const gboolean waits = host->set != NULL && host->set(host->data, parts[0], parts[1]);

  g_string_append_printf(done, "%s%s: %s%s", done->len > 0 ? "; " : "",
                         label_of(self->lesson, parts[0]), parts[1],
                         waits ? ", from the next reset on" : " from now on");
}

static void do_preset(const PageBlocks *self, const char *name, GString *done) {
  const LessonPreset *preset = lesson_preset(self->lesson, name);

  if (self->host.preset != NULL)
    self->host.preset(self->host.data, name);
  g_string_append_printf(done, "%sstarted over with “%s”", done->len > 0 ? "; " : "",
                         preset != NULL ? preset->title : name);
}

static void do_action(const PageHost *host, const char *action, GString *done) {
  static const char *const WORDS[][2] = {{"train", "training"},
                                         {"pause", "paused"},
                                         {"batch", "one batch trained"},
                                         {"epoch", "training to the end of the epoch"},
                                         {"reset", "started over from fresh weights"}};

  if (host->act != NULL)
    host->act(host->data, action);
  for (guint i = 0; i < G_N_ELEMENTS(WORDS); i++)
    if (g_str_equal(WORDS[i][0], action))
      g_string_append_printf(done, "%s%s", done->len > 0 ? "; " : "", WORDS[i][1]);
}

static void tried_cb(GtkButton *button, gpointer data) {
  PageBlocks *self = blocks_of(GTK_WIDGET(button));
  const GArray *fields = block_of(GTK_WIDGET(button))->fields;
  g_autoptr(GString) done = g_string_new(NULL);

  for (guint i = 0; i < fields->len; i++) {
    const PageField *field = &g_array_index(fields, PageField, i);
    if (g_str_equal(field->key, "set"))
      do_set(self, field->value, done);
    else if (g_str_equal(field->key, "preset"))
      do_preset(self, field->value, done);
    else if (g_str_equal(field->key, "do"))
      do_action(&self->host, field->value, done);
  }
  if (done->len > 0)
    done->str[0] = g_ascii_toupper(done->str[0]);
  g_string_append_c(done, '.');
  gtk_label_set_label(data, done->str);
  gtk_widget_set_visible(data, TRUE);
}

GtkWidget *page_try_widget(PageBlocks *self, const PageBlock *block) {
  const char *title = page_field(block, "title"), *says = page_field(block, "says");
  GtkWidget *box = gtk_box_new(GTK_ORIENTATION_VERTICAL, 6);
  GtkWidget *button = gtk_button_new_with_label(title != NULL ? title : "Try it");
  GtkWidget *done = answer_label("page-done");

  gtk_widget_add_css_class(box, "card");
  gtk_widget_add_css_class(box, "page-card");
  gtk_widget_add_css_class(box, "page-try");
  gtk_widget_set_halign(button, GTK_ALIGN_START);
  remember(button, self, block);
  g_signal_connect(button, "clicked", G_CALLBACK(tried_cb), done);
  if (says != NULL)
    gtk_box_append(GTK_BOX(box), wrapped_label(says));
  gtk_box_append(GTK_BOX(box), button);
  gtk_box_append(GTK_BOX(box), done);
  return box;
}

/* --- goal --- */

void page_goal_refresh(PageBlocks *self, GtkWidget *goal) {
  const PageBlock *block = block_of(goal);
  GtkWidget *icon = g_object_get_data(G_OBJECT(goal), "icon");
  GtkWidget *word = g_object_get_data(G_OBJECT(goal), "word");
  const gboolean reached =
      self->host.reached != NULL && self->host.reached(self->host.data, block->name);
  const char *said = reached ? "Reached" : "Goal";

  if (g_str_equal(gtk_label_get_label(GTK_LABEL(word)), said))
    return;
  gtk_image_set_from_icon_name(GTK_IMAGE(icon),
                               reached ? "object-select-symbolic" : "radio-symbolic");
  gtk_label_set_label(GTK_LABEL(word), said);
  g_autofree char *label = g_strdup_printf("%s: %s", said, page_goal_title(self->lesson, block));
  gtk_accessible_update_property(GTK_ACCESSIBLE(goal), GTK_ACCESSIBLE_PROPERTY_LABEL, label, -1);
  if (reached)
    gtk_widget_add_css_class(goal, "reached");
}

GtkWidget *page_goal_widget(PageBlocks *self, const PageBlock *block) {
  GtkWidget *box = status_new(GTK_TYPE_BOX), *icon = gtk_image_new();
  GtkWidget *word = gtk_label_new("");

  gtk_box_set_spacing(GTK_BOX(box), 10);
  gtk_widget_add_css_class(box, "page-goal");
  gtk_widget_add_css_class(word, "heading");
  gtk_widget_set_valign(icon, GTK_ALIGN_START);
  gtk_widget_set_valign(word, GTK_ALIGN_START);
  gtk_box_append(GTK_BOX(box), icon);
  gtk_box_append(GTK_BOX(box), word);
  gtk_box_append(GTK_BOX(box), wrapped_label(page_goal_title(self->lesson, block)));
  remember(box, self, block);
  g_object_set_data(G_OBJECT(box), "icon", icon);
  g_object_set_data(G_OBJECT(box), "word", word);
  g_ptr_array_add(self->goals, box);
  page_goal_refresh(self, box);
  return box;
}

/* --- look --- */

static void look_cb(GtkButton *button, gpointer data) {
  const PageHost *host = &blocks_of(GTK_WIDGET(button))->host;
  const PageBlock *block = block_of(GTK_WIDGET(button));
  const char *panel = page_field(block, "panel");
  double value;

  (void)data;
  if (host->look != NULL)
    host->look(host->data, panel);
  for (guint i = 0; i < block->fields->len; i++) {
    const PageField *field = &g_array_index(block->fields, PageField, i);
    if (!g_str_equal(field->key, "control"))
      continue;
    g_auto(GStrv) parts = split_equals(field->value);
    if (host->control != NULL && text_to_real(parts[1], &value))
      host->control(host->data, panel, parts[0], value);
  }
}

GtkWidget *page_look_widget(PageBlocks *self, const PageBlock *block) {
  const char *title = page_field(block, "title");
  GtkWidget *button = gtk_button_new(), *box = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 8);

  gtk_box_append(GTK_BOX(box), gtk_image_new_from_icon_name("find-location-symbolic"));
  gtk_box_append(GTK_BOX(box), gtk_label_new(title != NULL ? title : "Show it"));
  gtk_button_set_child(GTK_BUTTON(button), box);
  gtk_widget_set_halign(button, GTK_ALIGN_START);
  gtk_accessible_update_property(GTK_ACCESSIBLE(button), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                 title != NULL ? title : "Show it", -1);
  remember(button, self, block);
  g_signal_connect(button, "clicked", G_CALLBACK(look_cb), NULL);
  return button;
}

/* --- quiz --- */

static const PageField *field_at(const PageBlock *block, int i) {
  return &g_array_index(block->fields, PageField, i);
}

/* Shows what there is to say to the chosen answer; others are as if untouched. */
static void show_answer(GtkWidget *button, gboolean chosen) {
  gtk_widget_set_visible(g_object_get_data(G_OBJECT(button), "verdict"), chosen);
  gtk_widget_set_visible(g_object_get_data(G_OBJECT(button), "because"), chosen);
}

static void answered_cb(GtkCheckButton *button, gpointer data) {
  PageBlocks *self = blocks_of(GTK_WIDGET(button));
  const PageBlock *block = block_of(GTK_WIDGET(button));
  const gboolean chosen = gtk_check_button_get_active(button);

  (void)data;
  show_answer(GTK_WIDGET(button), chosen);
  if (chosen && self->host.answer != NULL)
    self->host.answer(self->host.data, block->name,
                      GPOINTER_TO_INT(g_object_get_data(G_OBJECT(button), "field")));
}

/* Below an answer: whether it is right, and why. */
static GtkWidget *reply_new(GtkWidget *button, const PageBlock *block, int i) {
  const gboolean right = g_str_equal(field_at(block, i)->key, "right");
  GtkWidget *box = gtk_box_new(GTK_ORIENTATION_VERTICAL, 0);
  GtkWidget *verdict = answer_label(right ? "page-right" : "page-wrong");
  GtkWidget *because = answer_label("page-because");

  gtk_label_set_label(GTK_LABEL(verdict), right ? "✓ Right" : "✗ Not so");
  gtk_label_set_label(GTK_LABEL(because), field_at(block, i + 1)->value);
  gtk_label_set_selectable(GTK_LABEL(because), TRUE);
  gtk_widget_set_focusable(because, FALSE); /* Tab goes on to what can be pressed */
  g_object_set_data(G_OBJECT(button), "verdict", verdict);
  g_object_set_data(G_OBJECT(button), "because", because);
  gtk_widget_add_css_class(box, "page-reply");
  gtk_box_append(GTK_BOX(box), verdict);
  gtk_box_append(GTK_BOX(box), because);
  return box;
}

static GtkWidget *answer_new(PageBlocks *self, const PageBlock *block, int i, GtkWidget *group,
                             GtkWidget *box) {
  GtkWidget *button = gtk_check_button_new(), *whole = gtk_box_new(GTK_ORIENTATION_VERTICAL, 0);

  gtk_check_button_set_child(GTK_CHECK_BUTTON(button), wrapped_label(field_at(block, i)->value));
  gtk_accessible_update_property(GTK_ACCESSIBLE(button), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                 field_at(block, i)->value, -1);
  if (group != NULL)
    gtk_check_button_set_group(GTK_CHECK_BUTTON(button), GTK_CHECK_BUTTON(group));
  remember(button, self, block);
  g_object_set_data(G_OBJECT(button), "field", GINT_TO_POINTER(i));
  gtk_box_append(GTK_BOX(whole), button);
  gtk_box_append(GTK_BOX(whole), reply_new(button, block, i));
  gtk_box_append(GTK_BOX(box), whole);
  return button;
}

GtkWidget *page_quiz_widget(PageBlocks *self, const PageBlock *block) {
  GtkWidget *box = gtk_box_new(GTK_ORIENTATION_VERTICAL, 6), *group = NULL;
  GtkWidget *question = wrapped_label(page_field(block, "question"));
  const int before =
      self->host.answered != NULL ? self->host.answered(self->host.data, block->name) : -1;

  gtk_widget_add_css_class(box, "card");
  gtk_widget_add_css_class(box, "page-card");
  gtk_widget_add_css_class(question, "heading");
  gtk_box_append(GTK_BOX(box), question);
  for (int i = 0; i < (int)block->fields->len; i++) {
    const char *key = field_at(block, i)->key;
    if (!g_str_equal(key, "right") && !g_str_equal(key, "wrong"))
      continue;
    GtkWidget *button = answer_new(self, block, i, group, box);
    if (group == NULL)
      group = button;
    if (i == before) {
      gtk_check_button_set_active(GTK_CHECK_BUTTON(button), TRUE);
      show_answer(button, TRUE);
    }
    g_signal_connect(button, "toggled", G_CALLBACK(answered_cb), NULL);
  }
  return box;
}
