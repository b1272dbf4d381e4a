#include "core/datasets/augment.h"

#include "core/base/parallel.h"
#include "core/datasets/dice.h"

#include <math.h>
#include <string.h>

#define FILL_ROWS 4
#define WAVES 3 /* each way, that a picture is bent by */

typedef struct {
  Dataset *plain;
  Augmentation augmentation;
} Varied;

/* Where a pixel's value comes from: an affine map, and waves on top of it. */
typedef struct {
  double from[2], along_x[2], along_y[2]; /* of pixel (0, 0); a step right; a step down */
  double pull[2][WAVES], wave[2][WAVES][2], phase[2][WAVES];
  gboolean bends;
} Move;

static Move draw_move(const Augmentation *a, Dice *dice, int height, int width) {
  const double turn = dice_uniform(dice, -1, 1) * a->rotate * G_PI / 180;
  const double scale = exp(dice_uniform(dice, -1, 1) * log1p(a->zoom));
  const double side = a->flip && dice_chance(dice, 0.5) ? -1 : 1;
  const double dx = dice_uniform(dice, -1, 1) * a->shift * width;
  const double dy = dice_uniform(dice, -1, 1) * a->shift * height;
  const double c = cos(turn) / scale, s = sin(turn) / scale;
  const double middle[2] = {(width - 1) / 2.0, (height - 1) / 2.0};
  Move self = {.along_x = {side * c, s}, .along_y = {-side * s, c}, .bends = a->elastic > 0};

  for (int axis = 0; axis < 2; axis++) {
    self.from[axis] = middle[axis] - self.along_x[axis] * (middle[0] + dx) -
                      self.along_y[axis] * (middle[1] + dy);
    for (int k = 0; k < WAVES; k++) {
      self.pull[axis][k] = dice_normal(dice, 0, a->elastic / sqrt(WAVES));
      self.wave[axis][k][0] = dice_uniform(dice, -1, 1) * 4 * G_PI / width;
      self.wave[axis][k][1] = dice_uniform(dice, -1, 1) * 4 * G_PI / height;
      self.phase[axis][k] = dice_uniform(dice, 0, 2 * G_PI);
    }
  }
  return self;
}

static void source_of(const Move *self, int x, int y, double at[2]) {
  for (int axis = 0; axis < 2; axis++) {
    at[axis] = self->from[axis] + self->along_x[axis] * x + self->along_y[axis] * y;
    for (int k = 0; self->bends && k < WAVES; k++)
      at[axis] += self->pull[axis][k] * sin(self->wave[axis][k][0] * x +
                                            self->wave[axis][k][1] * y + self->phase[axis][k]);
  }
}

/* Between the four pixels around a point. */
static void take(const real *from, const Shape *shape, const double at[2], real *to) {
  const int height = shape->dim[1], width = shape->dim[2], channels = shape->dim[3];
  const double x = CLAMP(at[0], 0, width - 1), y = CLAMP(at[1], 0, height - 1);
  const int left = (int)x, up = (int)y;
  const int right = MIN(left + 1, width - 1), down = MIN(up + 1, height - 1);
  const real fx = (real)(x - left), fy = (real)(y - up);

  for (int c = 0; c < channels; c++) {
    const real a = from[(up * width + left) * channels + c];
    const real b = from[(up * width + right) * channels + c];
    const real d = from[(down * width + left) * channels + c];
    const real e = from[(down * width + right) * channels + c];
    to[c] = (a + (b - a) * fx) * (1 - fy) + (d + (e - d) * fx) * fy;
  }
}

static void vary(const Augmentation *a, Dice *dice, const Shape *shape, real *row, real *copy) {
  const int height = shape->dim[1], width = shape->dim[2], channels = shape->dim[3];
  const gsize n = (gsize)(height * width * channels);
  const Move move = draw_move(a, dice, height, width);
  double at[2];

  memcpy(copy, row, n * sizeof *row);
  for (int i = 0; i < height * width; i++) {
    source_of(&move, i % width, i / width, at);
    take(copy, shape, at, row + (gsize)i * (gsize)channels);
  }
  for (gsize i = 0; a->noise > 0 && i < n; i++)
    row[i] += (real)dice_normal(dice, 0, a->noise);
}

typedef struct {
  const Varied *varied;
  const DatasetBatch *batch;
} Fill;

/* The random numbers belong to the sample, not to its place in the batch. */
static void vary_rows(guint item, gpointer data) {
  const Fill *fill = data;
  const Tensor *tensor = fill->batch->field[0];
  const gsize n = tensor_row_size(tensor);
  const int to = MIN(((int)item + 1) * FILL_ROWS, fill->batch->rows);
  real *copy = parallel_scratch(n * sizeof(real));

  for (int row = (int)item * FILL_ROWS; row < to; row++) {
    Dice dice = {fill->batch->random, (guint64)fill->batch->indices[row] << 24};
    vary(&fill->varied->augmentation, &dice, &tensor->shape, tensor->value + (gsize)row * n, copy);
  }
}

static void varied_fill(const Dataset *self, const DatasetBatch *batch) {
  const Varied *varied = self->data;
  Fill fill = {varied, batch};

  varied->plain->klass->fill(varied->plain, batch);
  if (!batch->training || batch->field[0] == NULL)
    return;
  g_assert(batch->field[0]->shape.rank == 4);
  parallel_for((guint)((batch->rows + FILL_ROWS - 1) / FILL_ROWS),
               60.0 * (double)batch->rows * (double)tensor_row_size(batch->field[0]), vary_rows,
               &fill);
}

static int varied_length(const Dataset *self, DatasetPart part, guint32 index, int field) {
  const Dataset *plain = ((const Varied *)self->data)->plain;

  return plain->klass->length(plain, part, index, field);
}

static void varied_free(gpointer data) {
  Varied *self = data;

  dataset_free(self->plain);
  g_free(self);
}

static const DatasetClass CLASS = {
    .fill = varied_fill, .length = varied_length, .free = varied_free};

Dataset *dataset_augment(Dataset *dataset, const Augmentation *augmentation) {
  Dataset *self = g_memdup2(dataset, sizeof *dataset);
  Varied *varied = g_new(Varied, 1);

  g_assert(dataset->field[0].type == TENSOR_FLOAT && dataset->field[0].row.rank == 3);
  *varied = (Varied){dataset, *augmentation};
  self->klass = &CLASS;
  self->data = varied;
  self->name = g_strdup(dataset->name);
  self->source = g_strdup(dataset->source);
  self->class_names = g_strdupv(dataset->class_names);
  self->tokenizer = dataset->tokenizer != NULL ? tokenizer_ref(dataset->tokenizer) : NULL;
  self->target_tokenizer =
      dataset->target_tokenizer != NULL ? tokenizer_ref(dataset->target_tokenizer) : NULL;
  return self;
}
