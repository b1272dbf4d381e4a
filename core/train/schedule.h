/* How the learning rate changes while training goes on. Names and formulas are those of Keras's
 * schedules (ExponentialDecay, CosineDecay) and callbacks (ReduceLROnPlateau, EarlyStopping); one
 * cycle is Smith 2018 as PyTorch has it. */
#pragma once

#include <glib.h>

typedef enum {
  SCHEDULE_CONSTANT,
  SCHEDULE_STEP,        /* rate · decay_rate^⌊t / decay_steps⌋ */
  SCHEDULE_EXPONENTIAL, /* rate · decay_rate^(t / decay_steps) */
  SCHEDULE_COSINE,      /* minimum + (rate - minimum) · ½(1 + cos(π t / decay_steps)) */
  SCHEDULE_ONE_CYCLE,   /* up from rate / 25 in three tenths of the run, then down to almost 0 */
  SCHEDULE_PLATEAU,     /* · decay_rate whenever the validation loss has not fallen for `patience`
                         * epochs: plateau_reductions */
} ScheduleKind;

typedef struct {
  ScheduleKind kind;
  double rate;         /* the highest */
  double minimum;      /* never below, once warmed up */
  double decay_rate;   /* factor */
  guint32 warmup;      /* steps on which the rate rises from 0; t counts from their end */
  guint32 decay_steps; /* 0: those of the run that are left; step: a third of them */
  guint32 total;       /* steps of the run */
  guint reductions;    /* plateau: so far */
} Schedule;

/* "constant", "step", "exponential", "cosine", "one_cycle", "plateau"; SCHEDULE_CONSTANT for NULL
 * or an unknown name. */
ScheduleKind schedule_find(const char *name);
/* The rate of step `step`, counted from 0. */
double schedule_rate(const Schedule *self, guint32 step);

/* How patience ran out over the losses of n epochs. */
typedef struct {
  guint reductions; /* how often, beginning anew each time */
  guint stop;       /* the epoch (from 1) in which it first did; 0: never */
} Patience;

/* A loss has fallen when it is below the best by more than min_delta. NaN is no fall. The losses
 * stand `stride` doubles apart. */
Patience patience_over(const double *losses, gsize stride, guint n, guint patience,
                       double min_delta);
