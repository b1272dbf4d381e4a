/* How far a learner has come: one small file for all days.
 *
 * What other versions of the program have put into it is kept. A file that cannot be read is put
 * aside, never overwritten.
 */
#pragma once

#include <glib.h>

typedef struct Learner Learner;

/* Reads `path`; NULL: progress.json in the user's data folder. What was wrong with a damaged file,
 * and where it was put, comes in *problem (caller frees; may be NULL); progress starts empty then.
 */
Learner *learner_new(const char *path, char **problem);
void learner_free(Learner *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Learner, learner_free)

/* The step one was at last; NULL: none. Caller frees. */
char *learner_step(const Learner *self, const char *lesson);
/* At this step now; it counts as seen. */
void learner_set_step(Learner *self, const char *lesson, const char *step);
gboolean learner_has_seen(const Learner *self, const char *lesson, const char *step);
gboolean learner_has_goal(const Learner *self, const char *lesson, const char *goal);
void learner_add_goal(Learner *self, const char *lesson, const char *goal);
/* The answer chosen last; -1: none. */
int learner_answer(const Learner *self, const char *lesson, const char *quiz);
void learner_set_answer(Learner *self, const char *lesson, const char *quiz, int answer);
/* Forgets everything about a lesson. */
void learner_clear(Learner *self, const char *lesson);

/* Writes what has changed; an error leaves the file as it was. */
gboolean learner_save(Learner *self, GError **error);
