/* The share of right answers over training. */
#include "ui/panels/curves.h"
#include "ui/panels/panel_words.h"

static int largest(const Tensor *probabilities) {
  const int n = (int)shape_size(&probabilities->shape);
  int best = 0;

  for (int i = 1; i < n; i++)
    if (probabilities->value[i] > probabilities->value[best])
      best = i;
  return best;
}

static gboolean pinned(Panel *self, char text[128], Target *target) {
  const Tensor *label = panel_tensor(self, "label");
  char share[NUMBER_SIZE];

  if (label == NULL || label->type != TENSOR_INT)
    return FALSE;
  const Tensor *output = self->look->probe->ends.output;
  const int guess = largest(output);
  g_snprintf(text, 128, "The pinned example is read as %s (%s): %s",
             class_label(self->dataset, guess), percent_text((double)output->value[guess], share),
             guess == label->index[0] ? "right" : "wrong");
  *target = (Target){.offset = (gsize)guess};
  g_strlcpy(target->tensor, output->name, sizeof target->tensor);
  return TRUE;
}

static const CurvesKind KIND = {.metric = "accuracy", .more_is_better = TRUE, .pinned = pinned};

static void init(Panel *self) { curves_init(self, &KIND); }

const PanelClass panel_accuracy = {
    .name = "accuracy",
    .title = "Accuracy",
    .icon = "office-chart-line-symbolic",
    .help =
        "The share of samples that are answered rightly: of each batch, and of validation samples",
    .manual =
        "Point at the curve for its values. Ctrl+wheel, + and − zoom, dragging pans, 0 or a double "
        "click shows all. Left and Right step along the curve, Down goes to the pinned example. "
        "Pale dashed lines end epochs.",
    .state_size = sizeof(Curves),
    .width = 480,
    .height = 320,
    .drags = TRUE,
    .controls = CURVES_CONTROLS,
    .init = init,
    .clear = curves_clear,
    .update = curves_update,
    .draw = curves_draw,
    .hit = curves_hit,
    .pointer = curves_pointer,
    .scroll = curves_scroll,
    .move = curves_move,
    .key = curves_key,
    .locate = curves_locate,
    .control = curves_control,
    .control_sensitive = curves_control_sensitive,
    .csv = curves_csv,
    .describe = curves_describe,
};
