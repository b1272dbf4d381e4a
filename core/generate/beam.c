#include "core/generate/beam.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct Translator {
  BeamSettings settings;
  Graph *graph;
  Tensor *input[LAYER_MAX_INPUTS], *output;
  int most, vocabulary; /* tokens of a beam at most */
  int source_length;
  Beam *beams, *next; /* settings.beams each */
  int n;
};

/* Beam `beam` goes on with `token`; or, ended, stays as it is (-1). */
typedef struct {
  int beam;
  gint32 token;
  double log_probability, score;
} Choice;

static gboolean check(const Model *model, GError **error) {
  gboolean fits = model->n_inputs == 2 && model->output.rank == 2;

  for (int i = 0; fits && i < 2; i++)
    fits = model->inputs[i]->output.rank == 1 &&
           g_str_equal(layer_choice(model->inputs[i], "dtype"), "int32");
  if (fits && model->inputs[1]->output.dim[0] == model->output.dim[0])
    return TRUE;
  g_set_error(error, MODEL_ERROR, MODEL_ERROR_SHAPE,
              "this model cannot turn a sequence into another: it would have two inputs of tokens, "
              "the source and what has been said, and give probabilities of the next token");
  return FALSE;
}

static Beam *beams_new(int n, int most) {
  Beam *beams = g_new0(Beam, n);

  for (int i = 0; i < n; i++)
    beams[i].tokens = g_new0(gint32, most + 1);
  return beams;
}

static void beams_free(Beam *beams, int n) {
  for (int i = 0; i < n; i++)
    g_free(beams[i].tokens);
  g_free(beams);
}

Translator *translator_new(const Model *model, ParameterSet *parameters,
                           const BeamSettings *settings, GError **error) {
  if (!check(model, error))
    return NULL;
  Translator *self = g_new0(Translator, 1);
  self->settings = *settings;
  self->most = model->output.dim[0];
  self->vocabulary = model->output.dim[1];
  self->beams = beams_new(settings->beams, self->most);
  self->next = beams_new(settings->beams, self->most);
  self->graph = graph_new(GRAPH_INFER, settings->beams, 0);
  self->output =
      model_build(model, self->graph, &(ModelPlace){.parameters = parameters}, self->input);
  graph_finish(self->graph, NULL);
  return self;
}

void translator_free(Translator *self) {
  if (self == NULL)
    return;
  beams_free(self->beams, self->settings.beams);
  beams_free(self->next, self->settings.beams);
  graph_free(self->graph);
  g_free(self);
}

const Graph *translator_graph(const Translator *self) { return self->graph; }

const Beam *translator_beams(const Translator *self, int *n) {
  *n = self->n;
  return self->beams;
}

void translator_start(Translator *self, const gint32 *source, int n) {
  const int room = (int)(self->input[0]->room / (gsize)self->settings.beams);

  g_assert(n > 0 && n <= room);
  self->source_length = n;
  self->n = 1;
  self->beams[0].tokens[0] = self->settings.start;
  self->beams[0].n = 1;
  self->beams[0].parent = -1;
  self->beams[0].log_probability = 0;
  self->beams[0].ended = FALSE;
  for (int b = 0; b < self->settings.beams; b++)
    memcpy(self->input[0]->index + b * n, source, (gsize)n * sizeof *source);
}

/* What has been said, ended beams padded to the length of the others. */
static void run(Translator *self, int length) {
  const int lengths[] = {self->source_length, length};

  graph_set_lengths(self->graph, self->input, lengths, 2);
  for (int b = 0; b < self->n; b++)
    for (int i = 0; i < length; i++)
      self->input[1]->index[b * length + i] =
          i < self->beams[b].n ? self->beams[b].tokens[i] : self->settings.padding;
  graph_forward(self->graph, self->n, 0);
}

static double score(const Translator *self, double log_probability, int n) {
  return log_probability / pow(n, self->settings.length_power);
}

static int compare(const void *a, const void *b) {
  const Choice *x = a, *y = b;

  if (x->score != y->score)
    return x->score < y->score ? 1 : -1;
  return x->beam != y->beam ? x->beam - y->beam : x->token - y->token;
}

/* All ways to go on, best first. */
static GArray *choices(const Translator *self) {
  GArray *all = g_array_new(FALSE, FALSE, sizeof(Choice));
  const int length = self->output->shape.dim[1];

  for (int b = 0; b < self->n; b++) {
    const Beam *beam = &self->beams[b];
    if (beam->ended) {
      const Choice stays = {b, -1, beam->log_probability,
                            score(self, beam->log_probability, beam->n - 1)};
      g_array_append_val(all, stays);
      continue;
    }
    const real *p = self->output->value +
                    ((gsize)b * (gsize)length + (gsize)beam->n - 1) * (gsize)self->vocabulary;
    for (int k = 0; k < self->vocabulary; k++) {
      const double sum = beam->log_probability + log(fmax((double)p[k], 1e-30));
      const Choice choice = {b, k, sum, score(self, sum, beam->n)};
      g_array_append_val(all, choice);
    }
  }
  qsort(all->data, all->len, sizeof(Choice), compare);
  return all;
}

static void follow(Translator *self, const Choice *choice, Beam *beam) {
  const Beam *from = &self->beams[choice->beam];

  memcpy(beam->tokens, from->tokens, (gsize)from->n * sizeof *from->tokens);
  beam->n = from->n;
  beam->parent = choice->beam;
  beam->log_probability = choice->log_probability;
  beam->ended = from->ended || choice->token == self->settings.end;
  if (choice->token >= 0)
    beam->tokens[beam->n++] = choice->token;
}

gboolean translator_step(Translator *self) {
  int length = 0;

  for (int b = 0; b < self->n; b++)
    length = MAX(length, self->beams[b].ended ? 0 : self->beams[b].n);
  if (length == 0 || length > self->most)
    return FALSE;
  run(self, length);
  g_autoptr(GArray) all = choices(self);
  self->n = MIN((int)all->len, self->settings.beams);
  for (int b = 0; b < self->n; b++)
    follow(self, &g_array_index(all, Choice, b), &self->next[b]);
  Beam *beams = self->beams;
  self->beams = self->next;
  self->next = beams;
  return TRUE;
}

gint32 *translator_run(Translator *self, const gint32 *source, int n_source, int *n) {
  translator_start(self, source, n_source);
  while (translator_step(self))
    ;
  const Beam *best = &self->beams[0];
  *n = best->n - 1 - (best->ended ? 1 : 0);
  return g_memdup2(best->tokens + 1, (gsize)*n * sizeof *best->tokens);
}
