/* Hyperparameters: what a lesson lets one change, and the values they have now. */
#pragma once

#include <glib.h>

typedef enum { SETTING_REAL, SETTING_INTEGER, SETTING_CHOICE, SETTING_BOOLEAN } SettingKind;

typedef struct {
  char *name;  /* "learning_rate" */
  char *label; /* "Learning rate" */
  char *help;  /* one line */
  SettingKind kind;
  double minimum, maximum; /* numbers: both inclusive */
  double initial;          /* choices: index; booleans: 0 or 1 */
  gboolean logarithmic;    /* the scale a slider should have */
  gboolean live;           /* takes effect at the next step; otherwise on reset */
  char **choices;          /* NULL-ended; SETTING_CHOICE only */
} Setting;

/* Definitions with one value each. The definitions are shared between copies. */
typedef struct {
  GPtrArray *definitions; /* Setting */
  double *values;
} Settings;

void setting_free(Setting *self);
/* Reads and checks a value for it, as settings_parse does. */
gboolean setting_parse(const Setting *self, const char *text, double *value, GError **error);
/* "a number from 0 to 0.999", "one of sgd, adam", "true or false". Caller frees. */
char *setting_expects(const Setting *self);

/* Takes a reference to `definitions`; all values initial. */
Settings *settings_new(GPtrArray *definitions);
Settings *settings_copy(const Settings *self);
/* All values initial again. */
void settings_reset(Settings *self);
void settings_free(Settings *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Settings, settings_free)

/* NULL if there is none. Where values are only read, `self` may be NULL: there are none. */
const Setting *settings_find(const Settings *self, const char *name);
/* The value, or `fallback` where the lesson has no such hyperparameter. */
double settings_get(const Settings *self, const char *name, double fallback);
/* The chosen word of a SETTING_CHOICE; NULL where there is none. */
const char *settings_choice(const Settings *self, const char *name);
/* Parses and checks `text` ("0.001", "adam", "true") in the C locale. The error names the setting,
 * what it was given and what it takes; an unknown name lists the nearest one. */
gboolean settings_parse(Settings *self, const char *name, const char *text, GError **error);
/* Sets a number after checking its range. */
gboolean settings_set(Settings *self, const char *name, double value, GError **error);
/* As text that settings_parse takes and that gives the same value. `name` must exist. Caller
 * frees. */
char *settings_format(const Settings *self, const char *name);

#define SETTINGS_ERROR (settings_error_quark())
GQuark settings_error_quark(void);
typedef enum { SETTINGS_ERROR_UNKNOWN, SETTINGS_ERROR_VALUE } SettingsError;
