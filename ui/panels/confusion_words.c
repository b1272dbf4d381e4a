#include "ui/panels/confusion_words.h"

#include "ui/panels/panel_words.h"

#include <math.h>

static char *share_text(guint32 part, guint32 whole, char text[NUMBER_SIZE]) {
  return percent_text(whole > 0 ? (double)part / whole : (double)NAN, text);
}

void confusion_title(const ConfusionCounts *counts, const Dataset *dataset, int truth, int guess,
                     ConfusionTitle *title) {
  const guint32 count = confusion_at(counts, truth, guess), all = counts->truths[truth];
  const char *name = class_label(dataset, truth), *taken = class_label(dataset, guess);
  char some[NUMBER_SIZE], total[NUMBER_SIZE], many[CLASS_MANY_SIZE], percent[NUMBER_SIZE];

  count_text(count, some);
  g_snprintf(title->brief, CONFUSION_WORDS, "%s → %s", name, taken);
  g_snprintf(title->number, CONFUSION_WORDS, "%s (%s)", some, share_text(count, all, percent));
  g_snprintf(title->counts, CONFUSION_WORDS, "%s of %s %s (%s)", some, count_text(all, total),
             class_many(dataset, truth, many), percent);
  if (truth == guess)
    g_snprintf(title->words, CONFUSION_WORDS, "%s read right", name);
  else
    g_snprintf(title->words, CONFUSION_WORDS, "%s taken for %s", name, taken);
}

void confusion_cell_words(const ConfusionCounts *counts, const Dataset *dataset, int truth,
                          int guess, char text[CONFUSION_WORDS]) {
  ConfusionTitle title;

  confusion_title(counts, dataset, truth, guess, &title);
  g_strlcpy(text, title.words, CONFUSION_WORDS);
  g_strlcat(text, ": ", CONFUSION_WORDS);
  g_strlcat(text, title.counts, CONFUSION_WORDS);
}

void confusion_edge_words(const ConfusionCounts *counts, const Dataset *dataset, int label,
                          gboolean recall, char text[CONFUSION_WORDS]) {
  const guint32 right = confusion_at(counts, label, label);
  const guint32 whole = recall ? counts->truths[label] : counts->guesses[label];
  const char *name = class_label(dataset, label);
  char some[NUMBER_SIZE], all[NUMBER_SIZE], many[CLASS_MANY_SIZE], percent[NUMBER_SIZE];

  count_text(right, some);
  count_text(whole, all);
  share_text(right, whole, percent);
  if (recall)
    g_snprintf(text, CONFUSION_WORDS, "Recall of %s: %s of %s %s are found (%s)", name, some, all,
               class_many(dataset, label, many), percent);
  else
    g_snprintf(text, CONFUSION_WORDS,
               "Precision of %s: %s of %s pictures read as %s are right (%s)", name, some, all,
               name, percent);
}

void confusion_headline(const ConfusionCounts *counts, const Judgement *judgement,
                        ConfusionHeadline *headline) {
  char right[NUMBER_SIZE], all[NUMBER_SIZE], step[NUMBER_SIZE], percent[NUMBER_SIZE];

  share_text(counts->right, counts->total, percent);
  count_text(counts->right, right);
  count_text(counts->total, all);
  count_text(judgement->step, step);
  g_snprintf(headline->longest, CONFUSION_WORDS, "%s right: %s of %s %s pictures, at step %s",
             percent, right, all, part_name(judgement->part), step);
  g_snprintf(headline->middle, CONFUSION_WORDS, "%s right: %s of %s, at step %s", percent, right,
             all, step);
  g_snprintf(headline->shorter, CONFUSION_WORDS, "%s right, step %s", percent, step);
  g_snprintf(headline->shortest, CONFUSION_WORDS, "%s right", percent);
}
