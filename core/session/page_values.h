/* What the expressions in a lesson's text are about: the model, and a look at the run. */
#pragma once

#include "core/lesson/expression.h"
#include "core/lesson/page.h"
#include "core/session/session.h"

typedef struct {
  const Lesson *lesson;
  const Model *model;
  const Dataset *dataset; /* NULL: live numbers are not there */
  const Snapshot *look;   /* NULL: before the first */
} PageValues;

/* Evaluates an expression; the caller frees value->text. FALSE with an error where there is no such
 * number, or not yet. */
gboolean page_value(const PageValues *self, const char *expression, ExpressionValue *value,
                    GError **error);
/* Whether everything the page names is there: layers, tensors and their indices, metrics,
 * hyperparameters; and whether its checked values are what the text says. An error names `name`,
 * the line, and what it is instead. */
gboolean page_values_check(const Page *page, const Lesson *lesson, const char *name,
                           GError **error);
/* TRUE once what the goal asks for is so. Goals that ask for a deed are met by page_goal_deed. */
gboolean page_goal_met(const PageValues *self, const PageBlock *goal);
gboolean page_goal_deed(const PageBlock *goal, const char *deed);
/* What the goal asks for, in words. Borrowed. */
const char *page_goal_title(const Lesson *lesson, const PageBlock *goal);
