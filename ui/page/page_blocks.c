#include "ui/page/page_blocks.h"

#include "ui/page/formula.h"
#include "ui/page/rich_text.h"
#include "ui/widgets/wrap_layout.h"

static gboolean is_live(const GPtrArray *runs) {
  for (guint i = 0; i < runs->len; i++)
    if (((const PageRun *)runs->pdata[i])->kind == RUN_VALUE)
      return TRUE;
  return FALSE;
}

static GtkWidget *text_widget(PageBlocks *self, const PageBlock *block) {
  GtkWidget *text = bathy_rich_text_new(block->runs, self->host.value, self->host.data);

  if (is_live(block->runs))
    g_ptr_array_add(self->texts, text);
  if (block->kind == PAGE_HEADING)
    gtk_widget_add_css_class(text, "page-heading");
  return text;
}

/* --- lists and quotes --- */

static GtkWidget *column_of(PageBlocks *self, const GPtrArray *blocks) {
  GtkWidget *box = gtk_box_new(GTK_ORIENTATION_VERTICAL, 6);

  page_blocks_fill(self, box, blocks);
  gtk_widget_set_hexpand(box, TRUE);
  return box;
}

static GtkWidget *item_widget(PageBlocks *self, const PageBlock *item, const char *mark) {
  GtkWidget *box = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 8), *label = gtk_label_new(mark);

  gtk_widget_set_valign(label, GTK_ALIGN_START);
  gtk_widget_add_css_class(label, "dim-label");
  gtk_label_set_width_chars(GTK_LABEL(label), 2);
  gtk_label_set_xalign(GTK_LABEL(label), 1);
  gtk_box_append(GTK_BOX(box), label);
  gtk_box_append(GTK_BOX(box), column_of(self, item->children));
  return box;
}

static GtkWidget *list_widget(PageBlocks *self, const PageBlock *list) {
  GtkWidget *box = gtk_box_new(GTK_ORIENTATION_VERTICAL, 4);

  for (guint i = 0; i < list->children->len; i++) {
    g_autofree char *mark =
        list->level > 0 ? g_strdup_printf("%d.", list->level + (int)i) : g_strdup("•");
    gtk_box_append(GTK_BOX(box), item_widget(self, list->children->pdata[i], mark));
  }
  return box;
}

static GtkWidget *quote_widget(PageBlocks *self, const PageBlock *quote) {
  GtkWidget *box = column_of(self, quote->children);

  gtk_widget_add_css_class(box, "page-quote");
  return box;
}

/* --- live numbers --- */

static GtkWidget *value_row(PageBlocks *self, const PageField *field) {
  GtkWidget *row = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 12);
  GtkWidget *name = gtk_label_new(field->key), *value = gtk_label_new("…");

  gtk_label_set_xalign(GTK_LABEL(name), 0);
  gtk_label_set_wrap(GTK_LABEL(name), TRUE);
  gtk_widget_set_hexpand(name, TRUE);
  gtk_widget_add_css_class(value, "numeric");
  gtk_widget_add_css_class(value, "page-value");
  gtk_label_set_selectable(GTK_LABEL(value), TRUE);
  gtk_widget_set_focusable(value, FALSE); /* Tab goes on to what can be pressed */
  g_object_set_data(G_OBJECT(value), "expression", field->value);
  g_ptr_array_add(self->values, value);
  gtk_box_append(GTK_BOX(row), name);
  gtk_box_append(GTK_BOX(row), value);
  return row;
}

static GtkWidget *values_widget(PageBlocks *self, const PageBlock *block) {
  GtkWidget *box = gtk_box_new(GTK_ORIENTATION_VERTICAL, 4);

  gtk_widget_add_css_class(box, "card");
  gtk_widget_add_css_class(box, "page-card");
  for (guint i = 0; i < block->fields->len; i++)
    gtk_box_append(GTK_BOX(box), value_row(self, &g_array_index(block->fields, PageField, i)));
  return box;
}

static GtkWidget *math_widget(const PageBlock *block) {
  GtkWidget *formula = bathy_formula_new(block->text, page_spoken(block));

  gtk_widget_set_margin_top(formula, 4);
  gtk_widget_set_margin_bottom(formula, 4);
  return formula;
}

GtkWidget *page_block_widget(PageBlocks *self, const PageBlock *block) {
  switch (block->kind) {
  case PAGE_HEADING:
  case PAGE_PARAGRAPH:
    return text_widget(self, block);
  case PAGE_LIST:
    return list_widget(self, block);
  case PAGE_ITEM:
    return column_of(self, block->children);
  case PAGE_QUOTE:
    return quote_widget(self, block);
  case PAGE_RULE:
    return gtk_separator_new(GTK_ORIENTATION_HORIZONTAL);
  case PAGE_CODE:
    return page_code_widget(block->text, block->info);
  case PAGE_MATH:
    return math_widget(block);
  case PAGE_VALUES:
    return values_widget(self, block);
  case PAGE_TRY:
    return page_try_widget(self, block);
  case PAGE_GOAL:
    return page_goal_widget(self, block);
  case PAGE_LOOK:
    return page_look_widget(self, block);
  case PAGE_QUIZ:
    return page_quiz_widget(self, block);
  case PAGE_SOURCE:
    return page_source_widget(self, block);
  }
  g_assert_not_reached();
}

static GtkWidget *group_new(PageBlockKind kind) {
  GtkWidget *box = gtk_box_new(GTK_ORIENTATION_VERTICAL, 6);

  if (kind == PAGE_LOOK)
    gtk_widget_set_layout_manager(box, bathy_wrap_layout_new(8, 8));
  return box;
}

void page_blocks_fill(PageBlocks *self, GtkWidget *column, const GPtrArray *blocks) {
  GtkWidget *group = NULL;

  for (guint i = 0; i < blocks->len; i++) {
    const PageBlock *block = blocks->pdata[i];
    GtkWidget *widget = page_block_widget(self, block);
    const gboolean grouped = block->kind == PAGE_LOOK || block->kind == PAGE_GOAL;
    if (i > 0 && block->kind != ((const PageBlock *)blocks->pdata[i - 1])->kind)
      group = NULL;
    if (grouped && group == NULL)
      gtk_box_append(GTK_BOX(column), group = group_new(block->kind));
    gtk_box_append(GTK_BOX(grouped ? group : column), widget);
  }
}
