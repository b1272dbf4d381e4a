/* A day: a folder with lesson.json (read here) and page.md (the text). Data, not code. */
#pragma once

#include "core/lesson/settings.h"
#include "core/model/model_set.h"

typedef struct {
  char *name; /* "classifier" */
  char *spec; /* core/model/spec.h */
} LessonModel;

typedef struct {
  char *name, *title, *help;
  GPtrArray *settings; /* of char *, "name=value" */
} LessonPreset;

typedef struct {
  char *panel;  /* a name of the panel registry: "loss", "filters" */
  char *title;  /* NULL: the panel's own */
  char *tensor; /* what it shows, where it can show several; may be NULL */
} LessonPanel;

typedef struct {
  char *id;       /* "first_epoch" */
  char *title;    /* what the learner reads */
  char *metric;   /* "test_accuracy" */
  char *relation; /* ">=", "<=" */
  double value;
  int within_epochs; /* reached at the end of this epoch or an earlier one; 0: whenever */
} LessonGoal;

typedef struct {
  char *id; /* "day05", the folder's name */
  char *folder;
  int day;
  char *title;
  char *summary;          /* one sentence */
  char *task;             /* a name of core/tasks: "classification" */
  char **datasets;        /* names of the catalogue, best first; the last is built in */
  GPtrArray *models;      /* LessonModel, at least one */
  GPtrArray *definitions; /* Setting */
  GPtrArray *presets;     /* LessonPreset */
  GPtrArray *panels;      /* LessonPanel */
  GPtrArray *goals;       /* LessonGoal */
  double pace;            /* steps a second when opened; 0: unlimited */
} Lesson;

/* Reads and checks a lesson's folder: every member and its value, that the models can be built,
 * that the data sets are in the catalogue, that presets fit the hyperparameters. Errors name the
 * file, the line, the member, what is wrong and what is expected; an unknown member is an error. */
Lesson *lesson_open(const char *folder, GError **error);
/* Parses lesson.json from memory; `name` is used in errors, the last part of `folder` becomes the
 * id. */
Lesson *lesson_parse(const char *text, gsize size, const char *name, const char *folder,
                     GError **error);
void lesson_free(Lesson *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Lesson, lesson_free)

/* Its models, made anew; the error names the lesson. */
ModelSet *lesson_models(const Lesson *self, GError **error);
const LessonPreset *lesson_preset(const Lesson *self, const char *name);
/* Sets a preset's settings; all others become initial again, so that a preset means the same
 * whatever was set before. An error names the preset, and nothing has changed. */
gboolean lesson_apply_preset(const Lesson *self, const char *name, Settings *settings,
                             GError **error);

/* The folder that holds the lessons: $BATHYSCOPE_LESSONS, ../share/bathyscope/lessons beside the
 * program, or data/lessons in the tree it was built in. NULL and an error naming all when none is
 * there. Caller frees. */
char *lessons_folder(GError **error);
/* All lessons there, sorted by day, then id: Lesson, owned by the array. One that cannot be read is
 * an error; a folder without lesson.json is no lesson. */
GPtrArray *lessons_list(GError **error);
/* Opens "day05", or the folder of a lesson of one's own by its path. */
Lesson *lessons_open(const char *id, GError **error);

#define LESSON_ERROR (lesson_error_quark())
GQuark lesson_error_quark(void);
typedef enum { LESSON_ERROR_NOT_FOUND, LESSON_ERROR_INVALID } LessonError;
