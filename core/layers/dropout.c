#include "core/layers/layer.h"
#include "core/ops/ops.h"

static const LayerArgument ARGUMENTS[] = {
    {.name = "rate", .kind = ARGUMENT_REAL, .minimum = 0, .maximum = 0.99, .positional = TRUE},
    {NULL},
};

static Tensor *build(const Layer *self, LayerBuilder *builder, Tensor *const *inputs, int n,
                     GError **error) {
  const DropoutAttrs attrs = {layer_number(self, "rate")};

  return graph_apply(builder->graph, &op_dropout, self->name, &attrs, inputs, 1, error);
}

#ifndef REAL_DOUBLE
/* A model that is used drops nothing. */
static const char *to_onnx(const Layer *self, const ParameterSet *parameters, gpointer onnx,
                           const char *const *values) {
  return values[0];
}
#endif

const LayerClass layer_dropout = {
    .name = "dropout",
    .keras = "Dropout",
    .arguments = ARGUMENTS,
    .inputs = 1,
    .passes_mask = TRUE,
    .build = build,
#ifndef REAL_DOUBLE
    .to_onnx = to_onnx,
#endif
};
