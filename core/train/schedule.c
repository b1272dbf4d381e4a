#include "core/train/schedule.h"

#include <math.h>

#define ONE_CYCLE_RISE 0.3
#define ONE_CYCLE_START 25
#define ONE_CYCLE_END 1e4

ScheduleKind schedule_find(const char *name) {
  static const char *const NAMES[] = {"constant", "step",      "exponential",
                                      "cosine",   "one_cycle", "plateau"};

  for (gsize i = 0; name != NULL && i < G_N_ELEMENTS(NAMES); i++)
    if (g_str_equal(NAMES[i], name))
      return (ScheduleKind)i;
  return SCHEDULE_CONSTANT;
}

/* Half a wave from `from` to `to`. */
static double wave(double from, double to, double share) {
  return to + (from - to) * (1 + cos(G_PI * CLAMP(share, 0, 1))) / 2;
}

static double one_cycle(const Schedule *self, guint32 step) {
  const double top = ONE_CYCLE_RISE * self->total - 1, end = self->total - 1.0;
  const double start = self->rate / ONE_CYCLE_START, t = step;

  if (t <= top || end <= top)
    return wave(start, self->rate, top > 0 ? t / top : 1);
  return wave(self->rate, start / ONE_CYCLE_END, (t - top) / (end - top));
}

static double decayed(const Schedule *self, double t, double left) {
  switch (self->kind) {
  case SCHEDULE_STEP: {
    const double every = self->decay_steps > 0 ? self->decay_steps : fmax(floor(left / 3), 1);
    return self->rate * pow(self->decay_rate, floor(t / every));
  }
  case SCHEDULE_EXPONENTIAL:
    return self->rate * pow(self->decay_rate, t / left);
  case SCHEDULE_COSINE:
    return wave(self->rate, self->minimum, t / left);
  case SCHEDULE_PLATEAU:
    return self->rate * pow(self->decay_rate, self->reductions);
  case SCHEDULE_CONSTANT:
  case SCHEDULE_ONE_CYCLE:
  default:
    return self->rate;
  }
}

double schedule_rate(const Schedule *self, guint32 step) {
  if (self->kind == SCHEDULE_ONE_CYCLE)
    return one_cycle(self, step);
  if (step < self->warmup)
    return self->rate * (step + 1.0) / self->warmup;
  const double rest = self->total > self->warmup ? self->total - self->warmup : 1;
  const double left = self->decay_steps > 0 ? self->decay_steps : rest;
  return fmax(decayed(self, step - self->warmup, left), fmin(self->minimum, self->rate));
}

Patience patience_over(const double *losses, gsize stride, guint n, guint patience,
                       double min_delta) {
  Patience result = {0};
  double best = INFINITY;
  guint waited = 0;

  for (guint i = 0; patience > 0 && i < n; i++) {
    const double loss = losses[i * stride];
    if (loss < best - min_delta) {
      best = loss;
      waited = 0;
      continue;
    }
    if (++waited < patience)
      continue;
    waited = 0;
    result.reductions++;
    if (result.stop == 0)
      result.stop = i + 1;
  }
  return result;
}
