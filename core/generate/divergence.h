/* How far the points that a generator makes are from those it was taught, in the plane: both are
 * counted on a grid.
 *
 *   KL(p, q) = Σ p log(p / q),   JS(p, q) = ½ KL(p, m) + ½ KL(q, m),   m = ½ (p + q)
 *
 * in nats; 0 when the same, JS at most log 2. For KL half a point is added to each cell of q, so
 * that it stays finite where the generator never goes.
 */
#pragma once

#include <glib.h>

typedef struct {
  double kl, js;
  double coverage; /* the share of cells with true points in which there are made ones */
} Divergence;

/* n true and m made points (x, y), on a grid of cells × cells over low … high both ways; what lies
 * outside counts for the cell at the edge. */
Divergence divergence_2d(const float *truth, gsize n, const float *made, gsize m, int cells,
                         double low, double high);
