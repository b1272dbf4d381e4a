#include "core/base/parallel.h"
#include "core/graph/plan.h"

#include <string.h>

/* Eight rows keep a tile's activations in the cache of one core and still share each weight that is
 * loaded; large batches take sixteen. Rows with little arithmetic: as many as leave four tiles. */
int graph_tile_rows(int rows, gboolean light) {
  const int quarter = MAX((rows + 3) / 4, 1);

  if (light)
    return MIN(quarter, 32);
  return rows >= 128 ? 16 : MIN(quarter, 8);
}

static void zero_rows(Tensor *tensor, Tile tile) {
  gsize row = tensor_row_size(tensor);

  memset(tensor->grad + (gsize)tile.begin * row, 0,
         (gsize)(tile.end - tile.begin) * row * sizeof(real));
}

static void node_forward(const Graph *self, Node *node, Tile tile) {
  if (node->op->fast != NULL && !self->naive)
    node->op->fast->forward(node, tile);
  else
    node->op->forward(node, tile);
}

static void node_backward(const Graph *self, Node *node, Tile tile) {
  if (node->op->fast != NULL && !self->naive) {
    node->op->fast->backward(node, tile);
    return;
  }
  for (int i = 0; i < node->n_inputs; i++)
    if (node->first[i] && !self->naive)
      zero_rows(node->input[i], tile);
  for (int i = 0; i < node->n_outputs; i++)
    if (!node->used[i] && node->output[i]->grad != NULL && !self->naive)
      zero_rows(node->output[i], tile);
  node->op->backward(node, tile);
}

static void seed_loss(const Graph *self, Tile tile) {
  for (int row = tile.begin; row < tile.end; row++)
    self->loss->grad[row] = (real)(1.0 / self->rows);
}

static void run_step(const Graph *self, const Step *step, Tile tile) {
  if (step->node == NULL)
    seed_loss(self, tile);
  else if (step->gather)
    (step->backward ? step->node->op->fast->gather_backward
                    : step->node->op->fast->gather)(step->node, tile);
  else if (step->backward)
    node_backward(self, step->node, tile);
  else
    node_forward(self, step->node, tile);
}

typedef struct {
  const Graph *graph;
  const Phase *phase;
  int rows, tile_rows, tiles;
} PhaseRun;

static void run_tile(guint item, gpointer data) {
  const PhaseRun *run = data;
  int begin = (int)item * run->tile_rows;
  Tile tile = {begin, MIN(begin + run->tile_rows, run->rows), (int)item, run->rows};

  for (guint s = run->phase->begin; s < run->phase->end; s++)
    run_step(run->graph, &g_array_index(run->graph->steps, Step, s), tile);
}

static void run_weight_item(guint item, gpointer data) {
  const PhaseRun *run = data;

  for (guint s = run->phase->begin; s < run->phase->end; s++) {
    const Step *step = &g_array_index(run->graph->steps, Step, s);
    const FastKernels *fast = step->node->op->fast;
    guint items = (guint)fast->weight_items(step->node);
    if (item < items && step->backward)
      fast->weight_gradient(step->node, (int)item, run->rows, run->tiles);
    else if (item < items)
      fast->weight_forward(step->node, (int)item, run->rows);
    if (item < items)
      return;
    item -= items;
  }
}

static guint weight_items(const Graph *self, const Phase *phase) {
  guint items = 0;

  for (guint s = phase->begin; s < phase->end; s++) {
    const Node *node = g_array_index(self->steps, Step, s).node;
    items += (guint)node->op->fast->weight_items(node);
  }
  return items;
}

static void run_phase(const Graph *self, const Phase *phase, int rows) {
  int tile_rows =
      self->naive || phase->kind == PHASE_WHOLE ? rows : graph_tile_rows(rows, self->light);
  PhaseRun run = {self, phase, rows, tile_rows, (rows + tile_rows - 1) / tile_rows};
  double work = self->naive ? 0 : phase->row_flops * rows;

  if (phase->kind == PHASE_WEIGHTS) {
    tile_rows = graph_tile_rows(rows, self->light);
    run.tiles = (rows + tile_rows - 1) / tile_rows;
    parallel_for(weight_items(self, phase), work, run_weight_item, &run);
  } else {
    parallel_for((guint)run.tiles, work, run_tile, &run);
  }
}

static void run_phases(Graph *self, const GArray *phases, guint from, int rows, guint32 step) {
  g_assert(self->finished && rows >= 1 && rows <= self->capacity);
  for (guint n = 0; n < self->nodes->len; n++)
    ((Node *)g_ptr_array_index(self->nodes, n))->random.step = step;
  self->rows = rows;
  for (int begin = 0; begin < rows; begin += self->group) {
    graph_enter_group(self, begin);
    for (guint p = from; p < phases->len; p++)
      run_phase(self, &g_array_index(phases, Phase, p), MIN(self->group, rows - begin));
  }
  graph_enter_group(self, 0);
}

void graph_repeat_group(Graph *self, int begin, int rows) {
  graph_enter_group(self, begin);
  for (guint p = 0; p < self->turn; p++)
    run_phase(self, &g_array_index(self->training, Phase, p), rows);
}

void graph_forward(Graph *self, int rows, guint32 step) {
  run_phases(self, self->forward, 0, rows, step);
}

void graph_step(Graph *self, int rows, guint32 step) {
  for (guint t = 0; self->naive && t < self->tensors->len; t++) {
    Tensor *tensor = g_ptr_array_index(self->tensors, t);
    if (tensor->grad != NULL)
      memset(tensor->grad, 0, shape_size(&tensor->shape) * sizeof(real));
  }
  run_phases(self, self->training, 0, rows, step);
}

void graph_backward(Graph *self, int rows, guint32 step) {
  g_assert(self->open != NULL);
  run_phases(self, self->training, self->turn, rows, step);
}
