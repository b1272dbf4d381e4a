/* An explanation's terms as lines, and all of it as plain text. */
#include "core/train/optimizer.h"
#include "ui/explain/explanation_parts.h"

#include <string.h>

GPtrArray *explanation_term_pieces(const Explanation *self, guint i) {
  return pieces_new(explanation_term(self, i)->expr, NULL, NULL);
}

gboolean explanation_term_target(const Explanation *self, guint i, Target *target) {
  g_autoptr(GPtrArray) pieces = explanation_term_pieces(self, i);

  memset(target, 0, sizeof *target);
  for (guint p = 0; p < pieces->len && target->tensor[0] == '\0'; p++)
    *target = ((const ExplanationPiece *)pieces->pdata[p])->target;
  return target->tensor[0] != '\0';
}

char *explanation_share_text(const Explanation *self, guint i) {
  const double percent = 100 * explanation_term(self, i)->share;
  char text[G_ASCII_DTOSTR_BUF_SIZE];

  if (self->focus->kind == EXPR_MAX)
    return g_strdup(i == 0 ? "the largest" : "");
  if (percent > 0 && percent < 0.05)
    return g_strdup("< 0.1 %");
  g_ascii_formatd(text, sizeof text, percent >= 9.95 || percent == 0 ? "%.0f" : "%.1f", percent);
  return g_strdup_printf("%s %%", text);
}

char *explanation_term_text(const Explanation *self, guint i) {
  const ExplanationTerm *term = explanation_term(self, i);
  g_autoptr(GPtrArray) pieces = explanation_term_pieces(self, i);
  g_autofree char *numbers = pieces_text(pieces, FALSE), *names = pieces_text(pieces, TRUE);
  g_autofree char *share = explanation_share_text(self, i);
  const gboolean plain = term->expr->children == NULL;
  char value[NUMBER_SIZE];

  number_text(term->value, value);
  return g_strdup_printf("%s%s%s%s%s%s: %s", numbers, plain ? "" : " = ", plain ? "" : value,
                         *share != '\0' ? " (" : "", share, *share != '\0' ? ")" : "", names);
}

char *explanation_rest_text(const Explanation *self, guint from) {
  char count[NUMBER_SIZE], together[NUMBER_SIZE];
  double rest = 0;

  if (from >= self->terms->len)
    return NULL;
  for (guint i = from; i < self->terms->len; i++)
    rest += explanation_term(self, i)->contribution;
  count_text(self->terms->len - from, count);
  if (self->focus->kind == EXPR_MAX)
    return g_strdup_printf("and %s more, none larger", count);
  if (explanation_term(self, from)->contribution == 0)
    return g_strdup_printf("and %s more, all 0", count);
  return g_strdup_printf("and %s more, together %s", count, number_text(rest, together));
}

static const Setting *find_setting(const Lesson *lesson, const char *name, guint *index) {
  for (*index = 0; *index < lesson->definitions->len; ++*index) {
    const Setting *setting = lesson->definitions->pdata[*index];
    if (g_str_equal(setting->name, name))
      return setting;
  }
  return NULL;
}

void explanation_tell_update(Explanation *self, const Lesson *lesson) {
  guint optimizer, rate, batch;
  const Setting *choice = find_setting(lesson, "optimizer", &optimizer);

  if (!self->parameter || self->settings == NULL || choice == NULL || choice->choices == NULL)
    return;
  const char *name = choice->choices[(int)self->settings[optimizer]];
  const gboolean has_rate = find_setting(lesson, "learning_rate", &rate) != NULL;
  const gboolean has_batch = find_setting(lesson, "batch_size", &batch) != NULL;
  const OptimizerClass *klass = optimizer_find(name);
  g_free(self->update);
  self->update = words_update(name, has_rate ? self->settings[rate] : 0,
                              has_batch ? self->settings[batch] : 0);
  self->update_formula = klass != NULL ? klass->formula : NULL;
}

static void append_terms(GString *text, const Explanation *self, guint max_terms) {
  const guint n = MIN(max_terms, self->terms->len);

  g_string_append_printf(text, "\n%s:\n", self->terms_title);
  for (guint i = 0; i < n; i++) {
    g_autofree char *line = explanation_term_text(self, i);
    g_string_append_printf(text, "  %s\n", line);
  }
  g_autofree char *rest = explanation_rest_text(self, n);
  if (rest != NULL)
    g_string_append_printf(text, "  %s\n", rest);
}

static void append_line(GString *text, const char *line) {
  if (line != NULL && *line != '\0')
    g_string_append_printf(text, "%s\n", line);
}

char *explanation_to_text(const Explanation *self, guint max_terms) {
  GString *text = g_string_new(NULL);

  g_string_append_printf(text, "%s = %s\n", self->title, self->value_text);
  append_line(text, self->what);
  append_line(text, self->origin);
  append_line(text, self->sentence);
  if (self->outline->len > 0) {
    g_autofree char *numbers = pieces_text(self->outline, FALSE);
    g_autofree char *names = pieces_text(self->outline, TRUE);
    g_string_append_printf(text, "= %s\n", numbers);
    if (!g_str_equal(numbers, names))
      g_string_append_printf(text, "= %s\n", names);
  }
  if (self->terms->len > 1)
    append_terms(text, self, max_terms);
  append_line(text, self->check);
  append_line(text, self->update);
  return g_string_free(text, FALSE);
}
