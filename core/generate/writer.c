#include "core/generate/writer.h"

#include <string.h>

struct Writer {
  Graph *graph;
  Tensor *input, *output;
  gboolean memory;
  gint32 *text; /* the newest tokens, as many as the context is long at most */
  int n;        /* of them */
  int known;    /* of them the memory has seen */
  int context, vocabulary;
  guint64 steps;
};

static gboolean check(const Model *model, GError **error) {
  const Layer *input = model->inputs[0];

  if (model->n_inputs == 1 && model->input.rank == 1 && model->output.rank == 2 &&
      model->output.dim[0] == model->input.dim[0] &&
      g_str_equal(layer_choice(input, "dtype"), "int32"))
    return TRUE;
  g_autofree char *takes = shape_to_string(&model->input);
  g_autofree char *gives = shape_to_string(&model->output);
  g_set_error(error, MODEL_ERROR, MODEL_ERROR_SHAPE,
              "this model cannot write: it would take tokens and give the probabilities of the "
              "next one after each; it takes %s and gives %s",
              takes, gives);
  return FALSE;
}

Writer *writer_new(const Model *model, ParameterSet *parameters, gboolean memory, GError **error) {
  if (!check(model, error))
    return NULL;
  Writer *self = g_new0(Writer, 1);
  self->memory = memory;
  self->context = model->input.dim[0];
  self->vocabulary = model->output.dim[1];
  self->text = g_new0(gint32, self->context);
  self->graph = graph_new(GRAPH_INFER, 1, 0);
  if (memory)
    graph_remember(self->graph);
  self->output =
      model_build(model, self->graph, &(ModelPlace){.parameters = parameters}, &self->input);
  graph_finish(self->graph, NULL);
  return self;
}

void writer_free(Writer *self) {
  if (self == NULL)
    return;
  graph_free(self->graph);
  g_free(self->text);
  g_free(self);
}

void writer_start(Writer *self) { self->n = self->known = 0; }
int writer_vocabulary(const Writer *self) { return self->vocabulary; }
int writer_context(const Writer *self) { return self->context; }
const Graph *writer_graph(const Writer *self) { return self->graph; }
guint64 writer_steps(const Writer *self) { return self->steps; }

/* Forgets the oldest tokens until there is room for one. */
static void make_room(Writer *self) {
  const int kept = self->memory ? self->context / 2 : self->context - 1;

  if (self->n < self->context)
    return;
  memmove(self->text, self->text + self->n - kept, (gsize)kept * sizeof *self->text);
  self->n = kept;
  self->known = 0;
}

/* Computes steps `from` … n - 1. */
static void compute(Writer *self, int from) {
  const int length = self->n - from;

  memcpy(self->input->index, self->text + from, (gsize)length * sizeof *self->text);
  if (self->memory)
    graph_continue(self->graph, self->input, from, length);
  else
    graph_set_lengths(self->graph, &self->input, &length, 1);
  graph_forward(self->graph, 1, 0);
  self->steps += (guint64)length;
}

/* Behind what the memory knows, step by step. */
static void read_on(Writer *self) {
  const int n = self->n;

  while (self->known < n) {
    self->n = self->known == 0 ? n : self->known + 1;
    compute(self, self->known);
    self->known = self->n;
  }
}

const real *writer_read(Writer *self, const gint32 *tokens, int n) {
  g_assert(n > 0);
  for (int i = 0; i < n; i++) {
    make_room(self);
    g_assert(tokens[i] >= 0 && tokens[i] < self->vocabulary);
    self->text[self->n++] = tokens[i];
  }
  if (self->memory)
    read_on(self);
  else
    compute(self, 0);
  return self->output->value + (gsize)(self->output->shape.dim[1] - 1) * (gsize)self->vocabulary;
}
