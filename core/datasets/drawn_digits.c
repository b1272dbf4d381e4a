#include "core/base/parallel.h"
#include "core/base/rng.h"
#include "core/datasets/dataset.h"
#include "core/datasets/digit_strokes.h"
#include "core/datasets/stroke_raster.h"

#include <math.h>

#define N_DIGITS 10
#define MAX_KNOTS 16
#define STEPS 8 /* line pieces between two knots */
#define MAX_POINTS (MAX_KNOTS * STEPS)
#define PIXELS (RASTER_SIDE * RASTER_SIDE)
/* Drawing a batch of digits is one item of work, and about this much of it. */
#define BATCH 64
#define WORK_OF_ONE 2e5

/* The numbers of one sample, one after the other. */
typedef struct {
  Rng rng;
  guint64 next;
} Dice;

static float uniform(Dice *dice, float from, float to) {
  return from + (to - from) * rng_uniform(&dice->rng, dice->next++);
}

/* Cut at three deviations: nobody writes a digit upside down. */
static float normal(Dice *dice, float mean, float deviation) {
  double z = rng_normal(&dice->rng, dice->next++);

  return mean + deviation * (float)CLAMP(z, -3, 3);
}

/* A hand: what one sample has of its own beside its form. */
typedef struct {
  float sloppiness;             /* deviation of the knots */
  float swell_x, swell_y;       /* which half of the digit is larger */
  float bend[2], phase[2];      /* slow waves that push x along y and y along x */
  float width, slant, turn;     /* relative; dx per dy; radians */
  float radius, pressure, beat; /* of the line, its changes along the digit, their phase */
  float softness, tremor;
} Hand;

static Hand draw_hand(Dice *dice, int digit) {
  Hand hand;

  hand.sloppiness = .055f * expf(normal(dice, 0, .4f));
  hand.swell_x = normal(dice, 0, .25f);
  hand.swell_y = normal(dice, 0, .35f);
  for (int i = 0; i < 2; i++) {
    hand.bend[i] = normal(dice, 0, .05f);
    hand.phase[i] = uniform(dice, 0, 2 * (float)G_PI);
  }
  hand.width = expf(normal(dice, 0, .28f));
  hand.slant = normal(dice, digit == 1 ? .30f : .18f, digit == 1 ? .30f : .22f);
  hand.turn = normal(dice, 0, .12f);
  hand.radius = 1.14f * expf(normal(dice, 0, .28f));
  hand.pressure = uniform(dice, 0, .25f);
  hand.beat = uniform(dice, 0, 2 * (float)G_PI);
  hand.softness = uniform(dice, .9f, 1.4f);
  hand.tremor = uniform(dice, 0, .35f);
  return hand;
}

static const DigitForm *draw_form(Dice *dice, int digit) {
  const DigitForm *form = DIGIT_FORMS;
  int total = 0, left;

  for (int i = 0; i < N_DIGIT_FORMS; i++)
    total += DIGIT_FORMS[i].digit == digit ? DIGIT_FORMS[i].weight : 0;
  left = (int)rng_below(&dice->rng, dice->next++, (guint32)total);
  for (;; form++)
    if (form->digit == digit && (left -= form->weight) < 0)
      return form;
}

/* Where a knot goes under this hand, in units of the digit's height. */
static Knot move_knot(const Hand *hand, const DigitForm *form, const Knot *knot, Dice *dice) {
  float x = knot->x + normal(dice, 0, hand->sloppiness);
  float y = knot->y + normal(dice, 0, hand->sloppiness);
  float tx, ty;

  x += hand->swell_x * x * (1 - x);
  y += hand->swell_y * y * (1 - y);
  x = (x - .5f) * form->aspect * hand->width + hand->bend[0] * sinf(4 * y + hand->phase[0]);
  y = y - .5f + hand->bend[1] * sinf(4 * x + hand->phase[1]);
  x -= hand->slant * y;
  tx = cosf(hand->turn) * x - sinf(hand->turn) * y;
  ty = sinf(hand->turn) * x + cosf(hand->turn) * y;
  return (Knot){tx, ty, knot->kind};
}

/* Velocity of the pen at knot i of a stroke: that of the parabola through the knot and its
 * neighbours, knots being passed at times apart by the root of their distance (centripetal
 * Catmull-Rom; Yuksel et al., 2011). One-sided at ends and corners, seen from the piece next to it.
 */
static void velocity(const Knot *before, const Knot *at, const Knot *after, float *vx, float *vy) {
  float d0 = sqrtf(hypotf(at->x - before->x, at->y - before->y)) + 1e-3f;
  float d1 = sqrtf(hypotf(after->x - at->x, after->y - at->y)) + 1e-3f;

  *vx = ((at->x - before->x) / d0 * d1 + (after->x - at->x) / d1 * d0) / (d0 + d1);
  *vy = ((at->y - before->y) / d0 * d1 + (after->y - at->y) / d1 * d0) / (d0 + d1);
}

/* Hermite piece from a to b; `before` and `after` are NULL where the pen starts or stops. */
static int draw_piece(const Knot *before, const Knot *a, const Knot *b, const Knot *after,
                      InkPoint *out) {
  float time = sqrtf(hypotf(b->x - a->x, b->y - a->y)) + 1e-3f;
  float chord_x = (b->x - a->x) / time, chord_y = (b->y - a->y) / time;
  float ax = chord_x, ay = chord_y, bx = chord_x, by = chord_y;

  if (before != NULL)
    velocity(before, a, b, &ax, &ay);
  if (after != NULL)
    velocity(a, b, after, &bx, &by);
  /* A free end bends on: the parabola that meets the other end's velocity. */
  if (before == NULL && after != NULL)
    ax = 2 * chord_x - bx, ay = 2 * chord_y - by;
  if (after == NULL && before != NULL)
    bx = 2 * chord_x - ax, by = 2 * chord_y - ay;
  for (int i = 1; i <= STEPS; i++) {
    float t = (float)i / STEPS, t2 = t * t, t3 = t2 * t;
    float ha = 2 * t3 - 3 * t2 + 1, hb = 1 - ha;
    float ga = (t3 - 2 * t2 + t) * time, gb = (t3 - t2) * time;
    out[i - 1] = (InkPoint){.x = ha * a->x + hb * b->x + ga * ax + gb * bx,
                            .y = ha * a->y + hb * b->y + ga * ay + gb * by};
  }
  return STEPS;
}

static int draw_line(const Knot *knots, int n, InkPoint *out) {
  int made = 0;

  for (int i = 0; i < n; i++) {
    gboolean begins = i == 0 || knots[i].kind == KNOT_LIFT;
    gboolean starts = !begins && (i == 1 || knots[i - 1].kind != KNOT_SMOOTH);
    gboolean stops = i == n - 1 || knots[i].kind == KNOT_CORNER || knots[i + 1].kind == KNOT_LIFT;
    if (begins)
      out[made++] = (InkPoint){.x = knots[i].x, .y = knots[i].y, .lift = TRUE};
    else
      made += draw_piece(starts ? NULL : &knots[i - 2], &knots[i - 1], &knots[i],
                         stops ? NULL : &knots[i + 1], out + made);
  }
  return made;
}

static void draw_digit(Dice *dice, int digit, guint8 *pixels) {
  const DigitForm *form = draw_form(dice, digit);
  Hand hand = draw_hand(dice, digit);
  Knot knots[MAX_KNOTS];
  InkPoint points[MAX_POINTS];
  int n;

  for (int i = 0; i < form->n_knots; i++)
    knots[i] = move_knot(&hand, form, &form->knots[i], dice);
  n = draw_line(knots, form->n_knots, points);
  for (int i = 0; i < n; i++)
    points[i].radius =
        hand.radius * (1 + hand.pressure * sinf(hand.beat + 6 * (float)i / (float)n));
  raster_fit(points, n, G_MAXFLOAT);
  for (int i = 0; i < n; i++) {
    points[i].x += normal(dice, 0, hand.tremor);
    points[i].y += normal(dice, 0, hand.tremor);
    points[i].radius *= 1 + normal(dice, 0, hand.tremor / 2);
  }
  raster_draw(points, n, hand.softness, pixels);
}

typedef struct {
  guint64 seed;
  guint32 total;
  guint8 *pixels;
  const guint8 *labels;
} Job;

static void draw_batch(guint item, gpointer data) {
  const Job *job = data;

  for (guint32 i = item * BATCH; i < MIN((item + 1) * BATCH, job->total); i++) {
    Dice dice = {.rng = rng_new(job->seed, RNG_DATASET, i)};
    draw_digit(&dice, job->labels[i], job->pixels + (gsize)i * PIXELS);
  }
}

/* Each class equally often, in mixed order. The steps from the top down are no sample's. */
static void deal_labels(guint64 seed, int part, guint32 count, guint8 *labels) {
  Rng rng = rng_new(seed, RNG_DATASET, G_MAXUINT32 - (guint32)part);
  g_autofree guint32 *order = g_new(guint32, count);

  rng_permutation(&rng, order, count);
  for (guint32 i = 0; i < count; i++)
    labels[i] = (guint8)(order[i] % N_DIGITS);
}

Dataset *dataset_draw_digits(guint64 seed, guint32 train, guint32 validation, guint32 test) {
  guint32 count[] = {train, validation, test}, total = train + validation + test, first = 0;
  guint8 *pixels = g_malloc((gsize)total * PIXELS), *labels = g_malloc(total);
  Job job = {seed, total, pixels, labels};
  Shape image = SHAPE(RASTER_SIDE, RASTER_SIDE, 1);

  for (int part = 0; part < DATASET_PARTS; first += count[part++])
    deal_labels(seed, part, count[part], labels + first);
  parallel_for((total + BATCH - 1) / BATCH, WORK_OF_ONE * total, draw_batch, &job);
  return dataset_new_images("drawn_digits", "drawn digits, made by the built-in generator", &image,
                            pixels, labels, count, N_DIGITS, NULL);
}
