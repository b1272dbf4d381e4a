/* The journal of a run as a file: every live change is on disk before it takes effect.
 *
 * A line each: step, name, value, between tabs. After a crash, a run of the same lesson, data,
 * settings and seed that plans these changes is the same run, bit for bit, up to the last of them
 * and beyond.
 */
#pragma once

#include "core/session/run.h"

/* Starts a file at `path` for this run, with the changes so far; what was there is replaced. From
 * now on run_set writes each change to it first, and refuses the change when that fails. */
gboolean journal_keep(Run *run, const char *path, GError **error);

/* Plans the changes of a file for a run that has not gone past them. A last line without its end,
 * which a crash may leave, is passed over. Errors name the line: unknown settings, values out of
 * range, steps that go back. */
gboolean journal_replay(Run *run, const char *path, GError **error);

/* For run_set: one line more, synced. */
gboolean journal_append(const char *path, const JournalEntry *entry, GError **error);
