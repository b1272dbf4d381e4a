/* A panel of curves on an easel, over histories of our own. */
#pragma once

#include "tests/ui/panel_fixture.h"
#include "ui/panels/curves.h"

#define CURVE_DESK_WIDTH 480
#define CURVE_DESK_HEIGHT 340

/* Falling loss and rising accuracy over n points, with some epochs of 20 points; minimum and
 * maximum 0.1 off the mean where points stand for blocks. The second epoch is the best. */
History *curve_history(guint n, guint block, guint n_epochs);
void curve_change(History *history, guint32 step, const char *name, const char *value);
/* The fixture's look with that history, which it takes over; for panel_fixture_history_free. */
Snapshot *curve_look(History *history);

typedef struct {
  Panel *panel;
  Easel *easel;
  Snapshot *own; /* made by curve_look, or NULL */
} CurveDesk;

/* Takes the history over; NULL: the fixture's. */
CurveDesk curve_desk_new(const char *panel, History *history);
void curve_desk_clear(CurveDesk *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(CurveDesk, curve_desk_clear)

void curve_desk_picture(const CurveDesk *self, CurvesPicture *picture);
/* What there is at a step, by the pointer; and where an arrow key leads. */
Hit curve_desk_point(CurveDesk *self, double step);
Hit curve_desk_walk(CurveDesk *self, int dx, int dy);

void curve_assert_says(const char *text, const char *word);
void curve_assert_step(const Hit *hit, guint step);
