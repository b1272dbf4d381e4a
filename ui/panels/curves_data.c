#include "ui/panels/curves.h"

#include <math.h>
#include <string.h>

static const History *history_of(const Panel *self) {
  return self->look != NULL ? self->look->history : NULL;
}

int curves_metric(const Panel *self) {
  const History *history = history_of(self);
  const Curves *state = self->state;

  for (int i = 0; history != NULL && history->metrics[i] != NULL; i++)
    if (g_str_equal(history->metrics[i], state->kind->metric))
      return i;
  return -1;
}

double curves_steps(const Panel *self) {
  const History *history = history_of(self);

  return history != NULL ? (double)history->n * history->block : 0;
}

/* --- smoothing --- */

/* Exponential moving average, its beginning corrected as Adam corrects its moments: the first value
 * counts as it is. What is no number is passed over. */
static void smooth(const float *from, guint n, double share, float *to) {
  double mean = 0, weight = 0;

  for (guint i = 0; i < n; i++) {
    if (isfinite(from[i])) {
      mean = share * mean + (1 - share) * (double)from[i];
      weight = share * weight + (1 - share);
    }
    to[i] = weight > 0 ? (float)(mean / weight) : NAN;
  }
}

static const float *smoothed(Panel *self, const History *history, int metric, double share) {
  Curves *state = self->state;

  if (history->n > state->room) {
    state->room = MAX(history->n, 2 * state->room);
    g_free(state->smooth);
    state->smooth = g_new(float, state->room);
  }
  smooth(history->mean[metric], history->n, share, state->smooth);
  return state->smooth;
}

/* --- epochs --- */

static gboolean better(const Curves *state, float a, float b) {
  return state->kind->more_is_better ? a > b : a < b;
}

static void gather_epochs(Curves *state, const History *history, int metric) {
  if (history->n_epochs > state->epoch_room) {
    state->epoch_room = MAX(history->n_epochs, 2 * state->epoch_room);
    g_free(state->epoch_step);
    g_free(state->epoch_value);
    state->epoch_step = g_new(float, state->epoch_room);
    state->epoch_value = g_new(float, state->epoch_room);
  }
  state->best = -1;
  for (guint i = 0; i < history->n_epochs; i++) {
    const float value = (float)history->epochs[i].validation[metric];
    state->epoch_step[i] = (float)history->epochs[i].step;
    state->epoch_value[i] = value;
    if (isfinite(value) &&
        (state->best < 0 || better(state, value, state->epoch_value[state->best])))
      state->best = (int)i;
  }
}

/* --- lines and marks --- */

int curves_lines(Panel *self, const Theme *theme, Line lines[CURVES_MAX_LINES]) {
  const History *history = history_of(self);
  const int metric = curves_metric(self);
  const double share = panel_value(self, "smoothing");
  Curves *state = self->state;
  int n = 0;

  if (metric < 0)
    return 0;
  const Line raw = {.name = "training",
                    .x0 = (history->block + 1) / 2.0,
                    .dx = history->block,
                    .y = history->mean[metric],
                    .low = history->block > 1 ? history->low[metric] : NULL,
                    .high = history->block > 1 ? history->high[metric] : NULL,
                    .n = history->n,
                    .color = theme_series(theme, 0),
                    .markers = history->n == 1}; /* one point makes no line */
  if (history->n > 0)
    lines[n++] = raw;
  if (history->n > 0 && share > 0) {
    lines[0].faint = TRUE;
    lines[0].name = "batch";
    lines[n] = raw;
    lines[n].low = lines[n].high = NULL;
    lines[n].width = 2;
    lines[n++].y = smoothed(self, history, metric, share);
  }
  gather_epochs(state, history, metric);
  if (history->n_epochs > 0)
    lines[n++] = (Line){.name = "validation",
                        .x = state->epoch_step,
                        .y = state->epoch_value,
                        .n = history->n_epochs,
                        .color = theme_series(theme, 1),
                        .style = LINE_DASHED,
                        .width = 2,
                        .markers = TRUE};
  return n;
}

/* The newest changes, as many as there is room for. */
int curves_marks(Panel *self, const Theme *theme, LineMark marks[CURVES_MAX_MARKS],
                 char labels[CURVES_MAX_MARKS][64]) {
  const History *history = history_of(self);
  const Curves *state = self->state;
  char number[NUMBER_SIZE];
  int n = 0;

  if (history == NULL)
    return 0;
  if (state->best >= 0 && history->n_epochs > 1) {
    g_snprintf(labels[n], 64, "best: epoch %u, %s", history->epochs[state->best].epoch,
               number_text((double)state->epoch_value[state->best], number));
    marks[n] =
        (LineMark){(double)state->epoch_step[state->best], labels[n], theme_series(theme, 1)};
    n++;
  }
  const guint room = (guint)(CURVES_MAX_MARKS - n), len = history->changes->len;
  for (guint i = len > room ? len - room : 0; i < len; i++) {
    const HistoryChange *change = history->changes->pdata[i];
    g_snprintf(labels[n], 64, "%s = %s", change->name, change->value);
    marks[n] = (LineMark){(double)change->step, labels[n], theme_dim(theme)};
    n++;
  }
  return n;
}

/* --- for spreadsheets and ears --- */

void curves_csv(Panel *self, GString *text) {
  const History *history = history_of(self);
  const int metric = curves_metric(self);
  const char *name = ((const Curves *)self->state)->kind->metric;
  char number[G_ASCII_DTOSTR_BUF_SIZE];

  g_string_append_printf(text, "series,step,%s,minimum,maximum\n", name);
  if (metric < 0)
    return;
  for (guint i = 0; i < history->n; i++) {
    g_string_append_printf(text, "training,%u", (i + 1) * history->block);
    const float values[] = {history->mean[metric][i], history->low[metric][i],
                            history->high[metric][i]};
    for (int k = 0; k < 3; k++)
      g_string_append_printf(text, ",%s",
                             g_ascii_formatd(number, sizeof number, "%.9g", (double)values[k]));
    g_string_append_c(text, '\n');
  }
  for (guint i = 0; i < history->n_epochs; i++)
    g_string_append_printf(
        text, "validation,%u,%s,,\n", history->epochs[i].step,
        g_ascii_formatd(number, sizeof number, "%.9g", history->epochs[i].validation[metric]));
}

char *curves_describe(Panel *self) {
  const History *history = history_of(self);
  const int metric = curves_metric(self);
  const char *name = ((const Curves *)self->state)->kind->metric;
  char first[NUMBER_SIZE], last[NUMBER_SIZE], steps[NUMBER_SIZE];
  GString *text;

  if (metric < 0 || history->n == 0)
    return g_strdup_printf("No %s yet: nothing has been trained.", name);
  text = g_string_new(NULL);
  g_string_printf(text, "Training %s over %s steps: %s at first, %s now.", name,
                  count_text(curves_steps(self), steps),
                  number_text((double)history->mean[metric][0], first),
                  number_text((double)history->mean[metric][history->n - 1], last));
  if (history->n_epochs > 0) {
    const EpochRecord *newest = &history->epochs[history->n_epochs - 1];
    g_string_append_printf(text, " Validation after epoch %u: %s.", newest->epoch,
                           number_text(newest->validation[metric], last));
  }
  return g_string_free(text, FALSE);
}
