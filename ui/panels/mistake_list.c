#include "ui/panels/mistake_list.h"

#include "ui/panels/panel_words.h"

#include <math.h>

static gboolean is_wrong(const Judgement *judgement, guint32 sample) {
  return judgement->label[sample] != judgement->guess[sample];
}

/* --- order --- */

/* Smaller first, what is no number before all. */
static int compare(float a, float b) {
  if (isnan(a) || isnan(b))
    return isnan(b) - isnan(a);
  return (a > b) - (a < b);
}

static int compare_rest(const Judgement *judgement, guint32 i, guint32 j) {
  const int by_truth = compare(judgement->truth[i], judgement->truth[j]);

  return by_truth != 0 ? by_truth : (i > j) - (i < j);
}

static int more_confident(gconstpointer a, gconstpointer b, gpointer data) {
  const Judgement *judgement = data;
  const guint32 i = *(const guint32 *)a, j = *(const guint32 *)b;
  const int order = compare(-judgement->confidence[i], -judgement->confidence[j]);

  return order != 0 ? order : compare_rest(judgement, i, j);
}

static int less_confident(gconstpointer a, gconstpointer b, gpointer data) {
  const Judgement *judgement = data;
  const guint32 i = *(const guint32 *)a, j = *(const guint32 *)b;
  const int order = compare(judgement->confidence[i], judgement->confidence[j]);

  return order != 0 ? order : compare_rest(judgement, i, j);
}

guint32 *mistakes_list(const Judgement *judgement, MistakeOrder order, int class, guint *n) {
  guint32 *samples = g_new(guint32, MAX(judgement->n, 1));

  *n = 0;
  for (guint32 i = 0; i < judgement->n; i++)
    if (order == MISTAKES_UNSURE ||
        (is_wrong(judgement, i) && (order == MISTAKES_WORST || judgement->label[i] == class)))
      samples[(*n)++] = i;
  g_qsort_with_data(samples, (gint)*n, sizeof *samples,
                    order == MISTAKES_UNSURE ? less_confident : more_confident,
                    (gpointer)judgement);
  return samples;
}

guint32 mistakes_count(const Judgement *judgement) {
  guint32 n = 0;

  for (guint32 i = 0; i < judgement->n; i++)
    n += is_wrong(judgement, i);
  return n;
}

/* --- words --- */

void mistakes_headline(const Judgement *judgement, const Dataset *dataset, MistakeOrder order,
                       int class, guint n, MistakeHeadline *headline) {
  char some[NUMBER_SIZE], all[NUMBER_SIZE], step[NUMBER_SIZE], many[CLASS_MANY_SIZE];
  const char *part = part_name(judgement->part);

  count_text(n, some);
  count_text(judgement->n, all);
  count_text(judgement->step, step);
  switch (order) {
  case MISTAKES_WORST:
    g_snprintf(headline->longest, MISTAKE_WORDS,
               "%s of %s %s pictures misread at step %s, most confident first", some, all, part,
               step);
    g_snprintf(headline->middle, MISTAKE_WORDS, "%s of %s misread at step %s", some, all, step);
    g_snprintf(headline->shortest, MISTAKE_WORDS, "%s misread, step %s", some, step);
    break;
  case MISTAKES_UNSURE:
    g_snprintf(headline->longest, MISTAKE_WORDS,
               "All %s %s pictures at step %s, least certain first (✓: right)", all, part, step);
    g_snprintf(headline->middle, MISTAKE_WORDS, "Least certain at step %s (✓: right)", step);
    g_snprintf(headline->shortest, MISTAKE_WORDS, "Least certain, step %s", step);
    break;
  case MISTAKES_CLASS:
    class_many(dataset, class, many);
    g_snprintf(headline->longest, MISTAKE_WORDS, "%s %s misread at step %s, most confident first",
               some, many, step);
    g_snprintf(headline->middle, MISTAKE_WORDS, "%s %s misread at step %s", some, many, step);
    g_snprintf(headline->shortest, MISTAKE_WORDS, "%s %s, step %s", some, many, step);
    break;
  }
}

char *mistakes_none(const Judgement *judgement, const Dataset *dataset, MistakeOrder order,
                    int class) {
  char all[NUMBER_SIZE], many[CLASS_MANY_SIZE];

  if (order == MISTAKES_CLASS)
    return g_strdup_printf("No mistakes: all %s are read right.", class_many(dataset, class, many));
  return g_strdup_printf("No mistakes: all %s %s pictures are read right.",
                         count_text(judgement->n, all), part_name(judgement->part));
}

void mistake_words(const Judgement *judgement, const Dataset *dataset, guint32 sample,
                   gboolean whole, char text[MISTAKE_WORDS]) {
  const char *truth = class_label(dataset, judgement->label[sample]);
  const char *guess = class_label(dataset, judgement->guess[sample]);
  char confidence[NUMBER_SIZE], given[NUMBER_SIZE];

  percent_text((double)judgement->confidence[sample], confidence);
  percent_text((double)judgement->truth[sample], given);
  if (!is_wrong(judgement, sample))
    g_snprintf(text, MISTAKE_WORDS, "%.24s, read right (%s)", truth, confidence);
  else if (whole)
    g_snprintf(text, MISTAKE_WORDS, "truth %.24s (%s) → read as %.24s (%s)", truth, given, guess,
               confidence);
  else
    g_snprintf(text, MISTAKE_WORDS, "truth %.24s → read as %.24s (%s)", truth, guess, confidence);
}

void mistake_brief(const Judgement *judgement, const Dataset *dataset, guint32 sample,
                   gboolean brief, char text[MISTAKE_WORDS]) {
  const char *truth = class_label(dataset, judgement->label[sample]);
  const double share = (double)judgement->confidence[sample];
  char percent[NUMBER_SIZE];

  if (brief)
    percent_brief(share, percent);
  else
    percent_text(share, percent);
  if (is_wrong(judgement, sample))
    g_snprintf(text, MISTAKE_WORDS, "%s → %s (%s)", truth,
               class_label(dataset, judgement->guess[sample]), percent);
  else
    g_snprintf(text, MISTAKE_WORDS, "✓ %s (%s)", truth, percent);
}
