#include "ui/panels/draw_answer.h"

#include "ui/panels/panel_words.h"

#include <math.h>

#define SURE 0.9f
#define LIKELY 0.5f

/* The largest but for `except`; -1 where nothing is a number. */
static int largest(const float *values, int n, int except) {
  int best = -1;

  for (int i = 0; i < n; i++)
    if (i != except && isfinite(values[i]) && (best < 0 || values[i] > values[best]))
      best = i;
  return best;
}

DrawAnswer draw_answer(const Panel *panel) {
  const Probe *probe = panel->look != NULL ? panel->look->drawing : NULL;
  DrawAnswer self = {.first = -1, .second = -1};

  if (probe == NULL || probe->ends.output->type != TENSOR_FLOAT)
    return self;
  self.n = (int)tensor_row_size(probe->ends.output);
  self.probability = probe->ends.output->value;
  self.step = probe->step;
  self.first = largest(self.probability, self.n, -1);
  self.second = self.first >= 0 ? largest(self.probability, self.n, self.first) : -1;
  return self;
}

static void class_share(const Panel *panel, const DrawAnswer *answer, int class, char text[64]) {
  char percent[NUMBER_SIZE];

  g_snprintf(text, 64, "%.24s (%s)", class_label(panel->dataset, class),
             percent_text((double)answer->probability[class], percent));
}

void draw_answer_words(const Panel *panel, const DrawAnswer *answer,
                       char longest[DRAW_ANSWER_WORDS], char shorter[DRAW_ANSWER_WORDS]) {
  char first[64], second[64];

  if (answer->first < 0) {
    g_strlcpy(longest, "No answer: its numbers are not finite", DRAW_ANSWER_WORDS);
    g_strlcpy(shorter, "Not finite", DRAW_ANSWER_WORDS);
    return;
  }
  class_share(panel, answer, answer->first, first);
  g_strlcpy(shorter, first, DRAW_ANSWER_WORDS);
  if (answer->probability[answer->first] >= SURE || answer->second < 0)
    g_snprintf(longest, DRAW_ANSWER_WORDS, "Read as %s", first);
  else if (answer->probability[answer->first] >= LIKELY)
    g_snprintf(longest, DRAW_ANSWER_WORDS, "Probably %s", first);
  else {
    class_share(panel, answer, answer->second, second);
    g_snprintf(longest, DRAW_ANSWER_WORDS, "Not sure: %s?", first);
    g_snprintf(shorter, DRAW_ANSWER_WORDS, "%s?", first);
  }
}

void draw_answer_details(const Panel *panel, const DrawAnswer *answer,
                         char longest[DRAW_ANSWER_WORDS], char shorter[DRAW_ANSWER_WORDS]) {
  char step[NUMBER_SIZE], second[64] = "";

  count_text(answer->step, step);
  if (answer->second >= 0)
    class_share(panel, answer, answer->second, second);
  if (answer->step == 0) {
    g_strlcpy(longest, "untrained, so only a guess", DRAW_ANSWER_WORDS);
    g_strlcpy(shorter, "a guess", DRAW_ANSWER_WORDS);
  } else {
    g_snprintf(longest, DRAW_ANSWER_WORDS, "%s%s%sat step %s", second[0] != '\0' ? "then " : "",
               second, second[0] != '\0' ? ", " : "", step);
    g_snprintf(shorter, DRAW_ANSWER_WORDS, "step %s", step);
  }
}
