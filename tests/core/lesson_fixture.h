/* Lessons, data and runs small enough to train hundreds of times in a test. */
#pragma once

#include "core/session/checkpoint.h"
#include "core/session/session.h"

/* 6 × 6 pictures, four classes; every kind of op of Day 5, and dropout. */
extern const char FIXTURE_TINY[];
/* 28 × 28 pictures, ten classes: layers large enough to be split between threads. */
extern const char FIXTURE_SPLIT[];

/* A lesson of one model, with the hyperparameters of Day 5 (learning_rate, momentum, beta_1, beta_2
 * and epochs are live; batch_size and optimizer say that they are as well, wrongly). */
Lesson *fixture_lesson(const char *spec);
/* The same for any task: `models` as in lesson.json, without its braces; further hyperparameters
 * likewise, or "". */
Lesson *fixture_task_lesson(const char *task, const char *models, const char *hyperparameters);

/* Noise with a bright quarter for class 0, another for class 1, …: learnable. `counts`: of
 * training, validation and test. The name is "quarters". */
Dataset *fixture_dataset(int side, int classes, guint32 train, guint32 validation, guint32 test);

typedef struct {
  Lesson *lesson;
  Dataset *dataset;
} Fixture;

/* The tiny model with 70 training pictures (five steps an epoch of batches of 16, the last of 6),
 * 300 for validation and 280 for the test: two batches each. */
Fixture *fixture_tiny(void);
void fixture_free(Fixture *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Fixture, fixture_free)

/* A run with some settings, "name=value" separated by spaces. */
Run *fixture_run(const Fixture *self, const char *settings, guint64 seed);
/* Advances to the end, or by at most `units`; returns how many it took. */
guint fixture_advance(Run *run, guint units);
/* Through a file and back; frees `run`. */
Run *fixture_resume(const Fixture *self, Run *run, const char *path);

/* Everything that a learner could see of a run is the same, bit by bit: parameters, optimizer,
 * history, metrics, settings, journal. */
void fixture_assert_same(const Run *a, const Run *b);

double fixture_sum(const Tensor *tensor);
/* What the program looks at, everything by its name: finite, and of one step. */
void fixture_look(const Snapshot *snapshot);
