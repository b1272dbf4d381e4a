/* A small problem for every task: data, models and settings with which it learns in a second. */
#pragma once

#include "tests/core/lesson_fixture.h"

typedef struct {
  const char *task, *models; /* as in lesson.json */
  const char *settings;      /* further hyperparameters, as in lesson.json */
  Dataset *(*dataset)(void);
  const char *run;    /* settings of the run, "name=value …" */
  const char *metric; /* what must get better, */
  double bound;       /* and below (or, of accuracies, above) what, on validation samples */
} TaskProblem;

/* Ended by one with task NULL. Several may be of one task. */
extern const TaskProblem TASK_PROBLEMS[];
Fixture *task_fixture(const TaskProblem *problem);
