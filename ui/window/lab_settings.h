/* The settings a learner wants beside those the run has; with undo. Knows no run: whoever owns it
 * says what the run took over. */
#pragma once

#include "core/lesson/lesson.h"

typedef struct LabSettings LabSettings;

/* A run of these settings (copied) and this seed is there; both are wanted. */
LabSettings *lab_settings_new(const Settings *running, guint64 seed);
void lab_settings_free(LabSettings *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LabSettings, lab_settings_free)

const Settings *lab_settings_wanted(const LabSettings *self);
const Settings *lab_settings_running(const LabSettings *self);
guint64 lab_settings_seed(const LabSettings *self);

/* Changes of the same setting within a second (a slider being drawn) are one step of undo. An error
 * changes nothing. */
gboolean lab_settings_set(LabSettings *self, const char *name, const char *value, GError **error);
gboolean lab_settings_preset(LabSettings *self, const Lesson *lesson, const char *name,
                             GError **error);
void lab_settings_set_seed(LabSettings *self, guint64 seed);

gboolean lab_settings_differs(const LabSettings *self, const char *name);
/* Settings, and the seed, that differ from the run's. */
int lab_settings_waiting(const LabSettings *self);
/* The run has taken over one setting. */
void lab_settings_took(LabSettings *self, const char *name);
/* A fresh run has taken over all; the one before and what was wanted then can come back. */
void lab_settings_restart(LabSettings *self);
void lab_settings_undo_restart(LabSettings *self);

gboolean lab_settings_can_undo(const LabSettings *self);
gboolean lab_settings_can_redo(const LabSettings *self);
void lab_settings_undo(LabSettings *self);
void lab_settings_redo(LabSettings *self);
