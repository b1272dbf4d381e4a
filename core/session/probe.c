#include "core/session/probe.h"

#include <string.h>

Probe *probe_new(const TaskClass *task, const ModelSet *models, const Settings *settings) {
  Probe *self = g_new0(Probe, 1);

  self->parameters = parameters_new_like(models->parameters, TRUE);
  const TaskSetup setup = {.models = models, .parameters = self->parameters, .settings = settings};
  task_graph_build(task, &setup, GRAPH_PROBE, 1, &self->ends);
  return self;
}

void probe_free(Probe *self) {
  if (self == NULL)
    return;
  graph_free(self->ends.graph);
  parameters_free(self->parameters);
  g_free(self);
}

static void put_picture(Probe *self, const float *pixels) {
  const Tensor *output = self->ends.output;
  const Tensor *target = self->ends.target;

  memcpy(self->ends.input->value, pixels, tensor_row_size(self->ends.input) * sizeof(real));
  if (target == NULL || target->type != TENSOR_INT)
    return;
  target->index[0] = 0;
  graph_forward(self->ends.graph, 1, 0);
  for (int i = 1; i < (int)tensor_row_size(output); i++)
    if (output->value[i] > output->value[target->index[0]])
      target->index[0] = i;
}

void probe_run(Probe *self, const ParameterSet *parameters, guint32 step, const Dataset *dataset,
               DatasetPart part, guint32 example, const float *pixels) {
  memcpy(self->parameters->value, parameters->value, parameters->size * sizeof(real));
  if (pixels != NULL)
    put_picture(self, pixels);
  else
    task_graph_fill(&self->ends, dataset,
                    &(DatasetBatch){.part = part, .indices = &example, .rows = 1});
  graph_step(self->ends.graph, 1, step);
  self->step = step;
  self->part = part;
  self->example = example;
}
