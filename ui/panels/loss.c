/* The loss over training: what training makes small. */
#include "ui/panels/curves.h"

static gboolean pinned(Panel *self, char text[128], Target *target) {
  const Tensor *loss = panel_tensor(self, "loss");
  char number[NUMBER_SIZE];

  if (loss == NULL)
    return FALSE;
  g_snprintf(text, 128, "Loss of the pinned example now: %s",
             number_text((double)loss->value[0], number));
  *target = (Target){.tensor = "loss"};
  return TRUE;
}

static const CurvesKind KIND = {.metric = "loss", .pinned = pinned};

static void init(Panel *self) { curves_init(self, &KIND); }

const PanelClass panel_loss = {
    .name = "loss",
    .title = "Loss",
    .icon = "office-chart-line-symbolic",
    .help = "How badly the answers miss: each batch as it was trained on, and validation samples",
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
