/* What the program remembers from one start to the next: sizes, choices, the arrangement of panels.
 *
 * One small file, $XDG_CONFIG_HOME/bathyscope/state.ini, written whole a moment after a change and
 * when the program ends. What is missing or damaged in it has its default: it is never an obstacle.
 * Groups: "window", "preferences", and one for each lesson ("day05").
 */
#pragma once

#include <glib-object.h>

#define BATHY_TYPE_STATE (bathy_state_get_type())
/* Signal "changed" (const char *group, const char *key), detailed by the group. */
G_DECLARE_FINAL_TYPE(BathyState, bathy_state, BATHY, STATE, GObject)

/* `path` NULL: the user's own file. */
BathyState *bathy_state_new(const char *path);

int bathy_state_get_int(BathyState *self, const char *group, const char *key, int fallback);
double bathy_state_get_double(BathyState *self, const char *group, const char *key,
                              double fallback);
gboolean bathy_state_get_boolean(BathyState *self, const char *group, const char *key,
                                 gboolean fallback);
/* The caller frees both. */
char *bathy_state_get_string(BathyState *self, const char *group, const char *key,
                             const char *fallback);
char **bathy_state_get_strings(BathyState *self, const char *group, const char *key);

void bathy_state_set_int(BathyState *self, const char *group, const char *key, int value);
void bathy_state_set_double(BathyState *self, const char *group, const char *key, double value);
void bathy_state_set_boolean(BathyState *self, const char *group, const char *key, gboolean value);
void bathy_state_set_string(BathyState *self, const char *group, const char *key,
                            const char *value);
void bathy_state_set_strings(BathyState *self, const char *group, const char *key,
                             const char *const *values);

/* Writes what has changed. An error (a full disk) leaves the file as it was. */
gboolean bathy_state_save(BathyState *self, GError **error);
