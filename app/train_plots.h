/* The pictures a training leaves: every panel of its lesson. */
#pragma once

#include "core/session/session.h"

/* Writes FOLDER/plots/PANEL.svg and .png for all panels of the lesson, as they are after the last
 * step. The session must be at rest. */
gboolean train_plots(Session *session, const Lesson *lesson, const Dataset *dataset,
                     const char *folder, GError **error);
