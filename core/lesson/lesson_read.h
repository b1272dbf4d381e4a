/* lesson.json, member by member: private to core/lesson. */
#pragma once

#include "core/base/json_scan.h"
#include "core/lesson/lesson.h"

/* A lesson while it is read. */
typedef struct {
  Lesson *lesson;
  JsonScan scan;
  GHashTable *places; /* what was read (a Setting, a LessonGoal, a text …) to where it began */
} LessonReader;

/* Reads the object into reader->lesson, whose arrays are there and empty; each member and its own
 * value are checked. FALSE with the error in the scan. */
gboolean lesson_read(LessonReader *reader);
/* Checks what needs more than one member, or other parts of the program. */
gboolean lesson_check(LessonReader *reader);

/* An error where `item` began. Returns FALSE. */
gboolean lesson_reader_fail(LessonReader *reader, gconstpointer item, const char *format, ...)
    G_GNUC_PRINTF(3, 4);

void lesson_model_free(LessonModel *self);
void lesson_preset_free(LessonPreset *self);
void lesson_panel_free(LessonPanel *self);
void lesson_goal_free(LessonGoal *self);

/* Sets one "name=value". */
gboolean lesson_apply_setting(const char *text, Settings *settings, GError **error);
