/* A metric over training steps: what the panels of loss and accuracy share. */
#pragma once

#include "ui/chart/line_plot.h"
#include "ui/panels/panel.h"

/* What the two differ in. */
typedef struct {
  const char *metric;      /* "loss" */
  gboolean more_is_better; /* of the best epoch */
  /* The pinned example's own number, for the line under the plot: a text, and what explains it.
   * FALSE: there is none. */
  gboolean (*pinned)(Panel *panel, char text[128], Target *target);
} CurvesKind;

typedef struct {
  const CurvesKind *kind;
  gboolean zoomed;
  double low, high;  /* steps in sight, while zoomed */
  double cursor;     /* step under the keyboard's cursor; NaN: none */
  gboolean on_foot;  /* that cursor is on the line under the plot */
  double grabbed;    /* pixel where a drag began … */
  Axis grabbed_axis; /* … and what was in sight then */
  double steps;      /* there were at the last look */
  float *smooth;     /* of the training curve */
  guint room;
  float *epoch_step, *epoch_value; /* of validation */
  guint epoch_room;
  int best; /* index of the best epoch; -1: none */
} Curves;

void curves_init(Panel *self, const CurvesKind *kind);
/* These are the functions of a panel's class. */
void curves_clear(Panel *self);
void curves_update(Panel *self);
void curves_draw(Panel *self, const Canvas *canvas);
gboolean curves_hit(Panel *self, const Canvas *canvas, double x, double y, Hit *hit);
gboolean curves_pointer(Panel *self, const Canvas *canvas, PointerKind kind, double x, double y);
gboolean curves_scroll(Panel *self, const Canvas *canvas, double x, double y, double dx, double dy,
                       gboolean zoom);
gboolean curves_move(Panel *self, const Canvas *canvas, int dx, int dy, double *x, double *y);
gboolean curves_key(Panel *self, const char *name, gboolean control);
gboolean curves_locate(Panel *self, const Canvas *canvas, const Target *target, Rect *area);
void curves_control(Panel *self, const char *id, double value);
gboolean curves_control_sensitive(const Panel *self, const char *id);
void curves_csv(Panel *self, GString *text);
char *curves_describe(Panel *self);
extern const PanelControl CURVES_CONTROLS[];

/* --- among the files of curves --- */

/* curves_data.c: the run's history as lines. */

/* The index of the metric among the run's; -1 when it has none such. */
int curves_metric(const Panel *self);
/* Steps of training there are; 0: nothing yet. */
double curves_steps(const Panel *self);
gboolean curves_empty(const Panel *self);
#define CURVES_MAX_LINES 3
#define CURVES_MAX_MARKS 40
/* The lines and marks as they are now, in buffers of the state; colours are the theme's. */
int curves_lines(Panel *self, const Theme *theme, Line lines[CURVES_MAX_LINES]);
int curves_marks(Panel *self, const Theme *theme, LineMark marks[CURVES_MAX_MARKS],
                 char labels[CURVES_MAX_MARKS][64]);
/* What there is to read at a step: ", training 0.412, …". */
void curves_tell(const Panel *self, const LinePlot *plot, double step, GString *text);

/* curves.c: what lies where. */

typedef struct {
  LinePlot plot;
  Line lines[CURVES_MAX_LINES];
  LineMark marks[CURVES_MAX_MARKS];
  char labels[CURVES_MAX_MARKS][64];
  Rect area, inside, foot; /* of the plot, of its data, of the line under it (height 0: none) */
} CurvesPicture;

void curves_picture(Panel *self, const Canvas *canvas, CurvesPicture *picture);
/* The steps in sight. */
Axis curves_axis(const Panel *self);
