#include "core/datasets/forecast.h"

#include <math.h>

/* One field of all samples of a part, one after the other. */
static float *read_field(const Dataset *self, DatasetPart part, int field) {
  const DatasetField *what = &self->field[field];
  const int rows = (int)self->count[part];
  float *values = g_new(float, (gsize)rows *shape_size(&what->row));
  g_autofree guint32 *indices = g_new(guint32, rows);
  Tensor tensor = {.type = TENSOR_FLOAT, .batched = TRUE, .value = values};
  DatasetBatch batch = {.part = part, .indices = indices, .rows = rows};

  for (int i = 0; i < rows; i++)
    indices[i] = (guint32)i;
  tensor.shape = what->row.rank == 2 ? SHAPE(rows, what->row.dim[0], what->row.dim[1])
                                     : SHAPE(rows, what->row.dim[0]);
  batch.field[field] = &tensor;
  self->klass->fill(self, &batch);
  return values;
}

static int length_of(const Dataset *self) { return self->field[0].row.dim[0]; }
static int horizon_of(const Dataset *self) { return self->field[1].row.dim[0]; }

float *forecast_truth(const Dataset *self, DatasetPart part) { return read_field(self, part, 1); }

float *forecast_average(const Dataset *self, DatasetPart part, int steps) {
  const int length = length_of(self), horizon = horizon_of(self), n = CLAMP(steps, 1, length);
  g_autofree float *windows = read_field(self, part, 0);
  float *forecast = g_new(float, (gsize)self->count[part] * (gsize)horizon);

  for (gsize row = 0; row < self->count[part]; row++) {
    double sum = 0;
    for (int i = length - n; i < length; i++)
      sum += (double)windows[row * (gsize)length + (gsize)i];
    for (int i = 0; i < horizon; i++)
      forecast[row * (gsize)horizon + (gsize)i] = (float)(sum / n);
  }
  return forecast;
}

float *forecast_naive(const Dataset *self, DatasetPart part) {
  return forecast_average(self, part, 1);
}

static int sign(float x) { return (x > 0) - (x < 0); }

ForecastScore forecast_score(const Dataset *self, DatasetPart part, const float *forecast) {
  const gsize length = (gsize)length_of(self), horizon = (gsize)horizon_of(self);
  const gsize n = self->count[part] * horizon;
  const double scale = self->unit.scale != 0 ? self->unit.scale : 1;
  g_autofree float *windows = read_field(self, part, 0), *truth = forecast_truth(self, part);
  double sum = 0, squares = 0, moved = 0, said = 0, right = 0;

  for (gsize i = 0; i < n; i++) {
    const double error = (double)forecast[i] - (double)truth[i];
    const float last = windows[(i / horizon + 1) * length - 1];
    const int way = sign(truth[i] - last), guess = sign(forecast[i] - last);
    sum += fabs(error);
    squares += error * error;
    moved += way != 0;
    said += guess != 0;
    right += way != 0 && guess == way;
  }
  return (ForecastScore){scale * sum / (double)n, scale * sqrt(squares / (double)n),
                         said > 0 && moved > 0 ? right / moved : NAN};
}
