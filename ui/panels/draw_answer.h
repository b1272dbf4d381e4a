/* What a net says about the learner's own picture, in words and numbers. */
#pragma once

#include "ui/panels/panel.h"

typedef struct {
  int n;                    /* classes; 0: there is no answer */
  const float *probability; /* n; borrowed from the probe */
  int first, second;        /* the largest and the next; -1: not finite, or none */
  guint32 step;             /* of the parameters that gave it */
} DrawAnswer;

/* From look->drawing; n 0 while there is none. */
DrawAnswer draw_answer(const Panel *panel);
/* "Read as 7 (97.3 %)" or how unsure it is; longest first, NULL-ended by `words`. */
#define DRAW_ANSWER_WORDS 96
void draw_answer_words(const Panel *panel, const DrawAnswer *answer,
                       char longest[DRAW_ANSWER_WORDS], char shorter[DRAW_ANSWER_WORDS]);
/* What stands below: the next best and the step. */
void draw_answer_details(const Panel *panel, const DrawAnswer *answer,
                         char longest[DRAW_ANSWER_WORDS], char shorter[DRAW_ANSWER_WORDS]);
