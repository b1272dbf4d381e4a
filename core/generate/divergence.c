#include "core/generate/divergence.h"

#include <math.h>

static int cell_of(double at, int cells, double low, double high) {
  const double cell = floor((at - low) / (high - low) * cells);

  return isnan(cell) ? 0 : (int)CLAMP(cell, 0, cells - 1);
}

static double *count(const float *points, gsize n, int cells, double low, double high) {
  double *counts = g_new0(double, cells *cells);

  for (gsize i = 0; i < n; i++)
    counts[cell_of((double)points[2 * i + 1], cells, low, high) * cells +
           cell_of((double)points[2 * i], cells, low, high)]++;
  return counts;
}

static double term(double p, double q) { return p > 0 ? p * log(p / q) : 0; }

Divergence divergence_2d(const float *truth, gsize n, const float *made, gsize m, int cells,
                         double low, double high) {
  g_autofree double *p = count(truth, n, cells, low, high);
  g_autofree double *q = count(made, m, cells, low, high);
  const double all = (double)m + 0.5 * cells * cells;
  Divergence result = {0};
  int there = 0, covered = 0;

  g_return_val_if_fail(n > 0 && m > 0 && cells > 0 && high > low, result);
  for (int i = 0; i < cells * cells; i++) {
    const double share = p[i] / (double)n, made_share = q[i] / (double)m;
    const double middle = (share + made_share) / 2;
    result.kl += term(share, (q[i] + 0.5) / all);
    result.js += (term(share, middle) + term(made_share, middle)) / 2;
    there += p[i] > 0;
    covered += p[i] > 0 && q[i] > 0;
  }
  result.coverage = (double)covered / there;
  return result;
}
