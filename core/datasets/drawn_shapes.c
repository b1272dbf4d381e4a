/* Colour shapes: one of ten figures in any colour, place, size and position over a background that
 * is neither plain nor of its colour. */
#include "core/base/parallel.h"
#include "core/datasets/dataset.h"
#include "core/datasets/dice.h"

#include <math.h>

#define SIDE 32
#define CHANNELS 3
#define PIXELS (SIDE * SIDE * CHANNELS)
#define FINE 4 /* points a pixel, each way */
#define BATCH 32
#define WORK_OF_ONE 4e5

/* Whether a point lies in the figure; the figure fills about the circle of radius 1. */
typedef gboolean (*InsideFunc)(double x, double y);

static gboolean circle(double x, double y) { return x * x + y * y < 0.8; }
static gboolean square(double x, double y) { return MAX(fabs(x), fabs(y)) < 0.75; }
static gboolean ring(double x, double y) { return fabs(hypot(x, y) - 0.72) < 0.22; }
static gboolean diamond(double x, double y) { return fabs(x) / 0.6 + fabs(y) < 1; }
static gboolean bar(double x, double y) { return fabs(x) < 0.28 && fabs(y) < 1; }
static gboolean cross(double x, double y) {
  return MIN(fabs(x), fabs(y)) < 0.25 && MAX(fabs(x), fabs(y)) < 0.9;
}
static gboolean crescent(double x, double y) {
  return x * x + y * y < 0.85 && hypot(x - 0.45, y) > 0.75;
}
static gboolean heart(double x, double y) {
  const double up = 0.35 - 1.15 * y, a = 1.15 * x, q = a * a + up * up - 0.55;

  return q * q * q - a * a * up * up * up < 0;
}

/* Regular, with a corner above; stars have their inner corners at `inner` of the radius. */
static gboolean in_corners(double x, double y, int corners, double inner) {
  const double step = G_PI / corners, angle = atan2(x, -y),
               turn = fabs(fmod(angle + 8 * G_PI, 2 * step) - step);
  const double along = step - turn; /* 0 at an outer corner, step at an inner one */
  const double ox = 1, ix = inner * cos(step), iy = inner * sin(step);
  const double px = hypot(x, y) * cos(along), py = hypot(x, y) * sin(along);

  return (ix - ox) * py - iy * (px - ox) > 0;
}
static gboolean triangle(double x, double y) { return in_corners(x, y, 3, 0.5); }
static gboolean star(double x, double y) { return in_corners(x, y, 5, 0.42); }

static const struct {
  const char *name;
  InsideFunc inside;
} SHAPES[] = {{"circle", circle},     {"square", square}, {"triangle", triangle}, {"star", star},
              {"cross", cross},       {"ring", ring},     {"diamond", diamond},   {"bar", bar},
              {"crescent", crescent}, {"heart", heart}};

/* How one picture is made. */
typedef struct {
  double colour[2][CHANNELS];              /* of the background and the figure, 0 … 1 */
  double slope[2], wave[2], height, phase; /* the background: rising, and in waves */
  double x, y, size, turn;
  double noise;
} Picture;

/* Brightness as the eye sees it (Rec. 709) must differ, so that no figure is lost. */
static double contrast(const Picture *self) {
  static const double WEIGHT[CHANNELS] = {0.2126, 0.7152, 0.0722};
  double sum = 0;

  for (int c = 0; c < CHANNELS; c++)
    sum += WEIGHT[c] * (self->colour[1][c] - self->colour[0][c]);
  return fabs(sum);
}

static Picture draw_picture(Dice *dice) {
  Picture self;

  do
    for (int which = 0; which < 2; which++)
      for (int c = 0; c < CHANNELS; c++)
        self.colour[which][c] = dice_uniform(dice, 0.05, 0.95);
  while (contrast(&self) < 0.2);
  for (int axis = 0; axis < 2; axis++) {
    self.slope[axis] = dice_uniform(dice, -0.1, 0.1);
    self.wave[axis] = dice_uniform(dice, -0.9, 0.9);
  }
  self.height = dice_uniform(dice, 0, 0.08);
  self.phase = dice_uniform(dice, 0, 2 * G_PI);
  self.size = dice_uniform(dice, 6.5, 12);
  self.x = SIDE / 2.0 + dice_uniform(dice, -1, 1) * (SIDE / 2.0 - self.size - 1);
  self.y = SIDE / 2.0 + dice_uniform(dice, -1, 1) * (SIDE / 2.0 - self.size - 1);
  self.turn = dice_uniform(dice, -0.45, 0.45);
  self.noise = dice_uniform(dice, 0, 0.04);
  return self;
}

/* How much of a pixel the figure covers. */
static double coverage(const Picture *self, InsideFunc inside, int px, int py) {
  const double c = cos(self->turn) / self->size, s = sin(self->turn) / self->size;
  int in = 0;

  for (int i = 0; i < FINE * FINE; i++) {
    const double x = px + (i % FINE + 0.5) / FINE - self->x;
    const double y = py + (i / FINE + 0.5) / FINE - self->y;
    in += inside(c * x + s * y, c * y - s * x);
  }
  return (double)in / (FINE * FINE);
}

static double background(const Picture *self, int x, int y) {
  return self->slope[0] * (x - SIDE / 2) / SIDE + self->slope[1] * (y - SIDE / 2) / SIDE +
         self->height * sin(self->wave[0] * x + self->wave[1] * y + self->phase);
}

static void paint(const Picture *self, InsideFunc inside, Dice *dice, guint8 *pixels) {
  for (int i = 0; i < SIDE * SIDE; i++) {
    const double cover = coverage(self, inside, i % SIDE, i / SIDE);
    const double ground = background(self, i % SIDE, i / SIDE);
    for (int c = 0; c < CHANNELS; c++) {
      const double value = cover * self->colour[1][c] +
                           (1 - cover) * (self->colour[0][c] + ground) +
                           dice_normal(dice, 0, self->noise);
      pixels[i * CHANNELS + c] = (guint8)lround(255 * CLAMP(value, 0, 1));
    }
  }
}

typedef struct {
  guint64 seed;
  guint32 n;
  guint8 *pixels, *labels;
} Drawing;

static void draw_some(guint item, gpointer data) {
  const Drawing *drawing = data;

  for (guint32 i = item * BATCH; i < MIN((item + 1) * BATCH, drawing->n); i++) {
    Dice dice = dice_new(drawing->seed, i);
    const guint32 shape = i % (guint32)G_N_ELEMENTS(SHAPES);
    const Picture picture = draw_picture(&dice);
    paint(&picture, SHAPES[shape].inside, &dice, drawing->pixels + (gsize)i * PIXELS);
    drawing->labels[i] = (guint8)shape;
  }
}

Dataset *dataset_draw_shapes(guint64 seed, guint32 train, guint32 validation, guint32 test) {
  const guint32 count[DATASET_PARTS] = {train, validation, test};
  const char *names[G_N_ELEMENTS(SHAPES) + 1] = {NULL};
  Drawing drawing = {.seed = seed, .n = train + validation + test};

  for (gsize i = 0; i < G_N_ELEMENTS(SHAPES); i++)
    names[i] = SHAPES[i].name;
  drawing.pixels = g_malloc((gsize)drawing.n * PIXELS);
  drawing.labels = g_malloc(drawing.n);
  parallel_for((drawing.n + BATCH - 1) / BATCH, WORK_OF_ONE * drawing.n, draw_some, &drawing);
  return dataset_new_images("shapes", "drawn by this program", &SHAPE(SIDE, SIDE, CHANNELS),
                            drawing.pixels, drawing.labels, count, (int)G_N_ELEMENTS(SHAPES),
                            names);
}
