/* One step of a sequence as a vector, x[:, index] in Keras: the first one (of a [CLS] token), or
 * with index=-1 the last. Padding does not count. */
#include "core/layers/layer.h"
#include "core/ops/ops.h"

static const LayerArgument ARGUMENTS[] = {
    {.name = "index",
     .kind = ARGUMENT_INTEGER,
     .initial = "0",
     .minimum = -(1 << 20),
     .maximum = 1 << 20,
     .positional = TRUE},
    {NULL},
};

static Tensor *build(const Layer *self, LayerBuilder *builder, Tensor *const *inputs, int n,
                     GError **error) {
  const TakeStepAttrs attrs = {(int)layer_number(self, "index")};

  return graph_apply(builder->graph, &op_take_step, self->name, &attrs,
                     (Tensor *[]){inputs[0], inputs[0]->mask}, 2, error);
}

const LayerClass layer_take_step = {
    .name = "take_step",
    .keras = "TakeStep",
    .arguments = ARGUMENTS,
    .inputs = 1,
    .build = build,
};
