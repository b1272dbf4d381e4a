#include "core/ops/ops.h"

gboolean window_axis(WindowAxis *axis, int input, int size, int stride, int dilation,
                     gboolean same) {
  stride = MAX(stride, 1);
  dilation = MAX(dilation, 1);
  int span = (size - 1) * dilation + 1;
  int output = same ? (input + stride - 1) / stride : (input - span) / stride + 1;
  int padding = same ? MAX((output - 1) * stride + span - input, 0) : 0;

  *axis = (WindowAxis){input, output, size, stride, dilation, padding / 2};
  return same || input >= span;
}

gboolean window_axes(WindowAxis axes[2], const Shape *input, const int size[2],
                     const WindowAttrs *attrs, GError **error) {
  static const char *const NAMES[] = {"height", "width"};

  if (input->rank != 4) {
    g_autofree char *text = shape_to_string(input);
    g_set_error(error, MODEL_ERROR, MODEL_ERROR_SHAPE,
                "needs images (batch × height × width × channels), the input is %s", text);
    return FALSE;
  }
  for (int a = 0; a < 2; a++)
    if (!window_axis(&axes[a], input->dim[a + 1], size[a], attrs->stride[a], attrs->dilation[a],
                     attrs->same)) {
      g_set_error(error, MODEL_ERROR, MODEL_ERROR_SHAPE,
                  "a window of %s %d is larger than the input's %d; make it smaller or use "
                  "padding=same",
                  NAMES[a], (size[a] - 1) * MAX(attrs->dilation[a], 1) + 1, input->dim[a + 1]);
      return FALSE;
    }
  return TRUE;
}
