#include "core/datasets/dice.h"
#include "core/datasets/time_series.h"

#include <math.h>

static TimeSeries empty(const char *name) {
  return (TimeSeries){.name = g_strdup(name), .values = g_array_new(FALSE, FALSE, sizeof(double))};
}

/* Which numbers belong to which series. */
enum { WAVES = 1000001, MARKET };

TimeSeries time_series_draw_waves(guint64 seed, guint n) {
  static const double PERIODS[] = {17, 29, 50};
  TimeSeries self = empty("waves");
  Dice dice = dice_new(seed, WAVES);
  double height[G_N_ELEMENTS(PERIODS)], phase[G_N_ELEMENTS(PERIODS)];

  for (gsize k = 0; k < G_N_ELEMENTS(PERIODS); k++) {
    height[k] = dice_uniform(&dice, 0.4, 1);
    phase[k] = dice_uniform(&dice, 0, 2 * G_PI);
  }
  for (guint t = 0; t < n; t++) {
    double value = dice_normal(&dice, 0, 0.05);
    for (gsize k = 0; k < G_N_ELEMENTS(PERIODS); k++)
      value += height[k] * sin(2 * G_PI * t / PERIODS[k] + phase[k]);
    g_array_append_val(self.values, value);
  }
  return self;
}

/* Calm and rough times follow each other; in each, large moves follow large ones (Bollerslev 1986:
 * the variance of tomorrow is made of today's and of what has just happened). */
typedef struct {
  double drift, deviation, leave; /* of a day; the chance that the time ends */
} Regime;

static const Regime REGIMES[] = {{0.0006, 0.008, 0.008}, {-0.0007, 0.019, 0.03}};

#define DAYS_OF_YEAR 252
#define SEASON 0.0004 /* of the daily drift */
#define PERSISTENCE 0.88
#define REACTION 0.09
#define JUMP_CHANCE 0.003
#define JUMP 0.05

TimeSeries time_series_draw_market(guint64 seed, guint n) {
  TimeSeries self = empty("price");
  Dice dice = dice_new(seed, MARKET);
  const Regime *now = &REGIMES[0];
  double price = 100, variance = now->deviation * now->deviation, last = 0;

  for (guint day = 0; day < n; day++) {
    const double usual = now->deviation * now->deviation;
    variance =
        (1 - PERSISTENCE - REACTION) * usual + PERSISTENCE * variance + REACTION * last * last;
    last = dice_normal(&dice, 0, sqrt(variance));
    if (dice_chance(&dice, JUMP_CHANCE))
      last += dice_normal(&dice, 0, JUMP);
    price *= exp(now->drift + SEASON * sin(2 * G_PI * day / DAYS_OF_YEAR) + last);
    g_array_append_val(self.values, price);
    if (dice_chance(&dice, now->leave))
      now = now == &REGIMES[0] ? &REGIMES[1] : &REGIMES[0];
  }
  return self;
}
