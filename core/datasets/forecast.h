/* Forecasts of a series, and what they are worth: a model's, and those that anybody can make and
 * that it must beat. */
#pragma once

#include "core/datasets/dataset.h"

/* Of all windows of a part (time_series.h), with the data's own scaling: (count, horizon). Caller
 * frees. */
float *forecast_truth(const Dataset *self, DatasetPart part);
/* "Tomorrow is like today": the last value of the window. */
float *forecast_naive(const Dataset *self, DatasetPart part);
/* The mean of the last `steps` values, at most the window's. */
float *forecast_average(const Dataset *self, DatasetPart part, int steps);

typedef struct {
  double mean_absolute_error, root_mean_squared_error; /* in the series' own units */
  /* How often it says rightly whether values will lie above or below the last of the window, of
   * those that do; NaN where it never says either. */
  double directional_accuracy;
} ForecastScore;

/* Of a forecast (count, horizon) with the data's own scaling: what a model gives. */
ForecastScore forecast_score(const Dataset *self, DatasetPart part, const float *forecast);
