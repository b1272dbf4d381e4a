/* What tests of panels share: looks at a real run of Day 5, and what every panel must be able to
 * do.
 */
#pragma once

#include "ui/panels/panel.h"

/* Three epochs on drawn digits, 60 steps, with live changes of the learning rate and of beta_1;
 * watched by a session: validation example 3, and training example 5 as the learner's picture. */
typedef struct {
  Lesson *lesson;
  Dataset *dataset;
  Session *session;
  const Model *model; /* the session's */
  Snapshot *fresh;    /* before the first step */
  Snapshot *look;     /* after the last */
  Snapshot *reset;    /* after starting over from another seed */
} PanelFixture;

#define PANEL_FIXTURE_EXAMPLE 3

/* Made when it is first asked for; panel_fixture_end frees it. */
const PanelFixture *panel_fixture(void);
void panel_fixture_end(void);

/* What a panel asked of its host. */
typedef struct {
  int redraws, pins, drawings;
  DatasetPart part; /* of the last pin */
  guint32 example;
  GString *deeds; /* "draw_digit " …; NULL: none */
} PanelCalls;

void panel_calls_clear(PanelCalls *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(PanelCalls, panel_calls_clear)

/* A panel as the lesson lays it out, looking at `look` (NULL: at nothing yet); `calls` may be NULL.
 */
Panel *panel_fixture_new(const char *name, Snapshot *look, PanelCalls *calls);
/* A look that shares everything with `of` but its history, which it takes over. Only its maker may
 * hold it: panel_fixture_history_free frees what it added. */
Snapshot *panel_fixture_with_history(const Snapshot *of, History *history);
void panel_fixture_history_free(Snapshot *look);

/* Something to draw on: width × height with a margin around it that nothing may touch. */
typedef struct {
  cairo_surface_t *surface;
  Theme theme;
  Canvas canvas;
} Easel;

Easel *easel_new(double width, double height, gboolean dark, double em);
void easel_free(Easel *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Easel, easel_free)
/* Pixels that are not the background; fails where the margin was touched. */
guint easel_inked(const Easel *self);
/* Of all pixels; the caller frees it. */
char *easel_checksum(const Easel *self);
/* Draws the panel on a blank easel; asserts that it drew something, inside. $BATHYSCOPE_SHOTS names
 * a folder for a picture of it, `name`.png; unset: none. */
void easel_draw(Easel *self, Panel *panel, const char *name);

/* What every panel must be able to do; each asserts. */

/* Draws in both themes, at 160 × 120 to 1600 × 1000, in large letters, and twice the same. */
void panel_check_draws(Panel *panel, const char *name);
/* The arrow keys walk over it and every stop can be read; returns how many stops there were. */
guint panel_check_walks(Panel *panel);
/* Every number on it explains itself and is found again in the panel; returns how many different
 * tensors were met. */
guint panel_check_explains(Panel *panel);
/* Header and rows have the same number of fields, and numbers are in the C locale; returns the
 * number of rows. */
guint panel_check_csv(Panel *panel);
void panel_check_words(Panel *panel);
/* Every control at each of its values draws. */
void panel_check_controls(Panel *panel);
void panel_check_exports(Panel *panel);
/* Before the first look, and before the first step. */
void panel_check_empty(const char *name);
/* All of it. */
void panel_check(const char *name);
