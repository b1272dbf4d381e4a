#include "tests/core/task_fixture.h"

#include "core/datasets/array_dataset.h"
#include "core/datasets/token_data.h"

#include <math.h>
#include <string.h>

#define POINTS 400

static const guint32 POINT_COUNT[DATASET_PARTS] = {320, 40, 40};
static const char *const YES_NO[] = {"no", "yes", NULL};

static float uniform(guint64 element) {
  const Rng rng = rng_new(3, RNG_TEST, 1);

  return 2 * rng_uniform(&rng, element) - 1;
}

/* Points of the plane, and whether they lie within a circle. */
static Dataset *circle(void) {
  ArrayField fields[] = {
      {.field = {"point", TENSOR_FLOAT, SHAPE(2), FALSE}, .values = g_new(float, 2 * POINTS)},
      {.field = {"label", TENSOR_INT, {0}, FALSE}, .ids = g_new(gint32, POINTS)},
  };

  for (guint64 i = 0; i < POINTS; i++) {
    float *at = fields[0].values + 2 * i;
    at[0] = uniform(2 * i);
    at[1] = uniform(2 * i + 1);
    fields[1].ids[i] = at[0] * at[0] + at[1] * at[1] < 0.6f;
  }
  return dataset_new_arrays("circle", "made for tests", fields, 2, POINT_COUNT, YES_NO);
}

/* A saddle over the plane. */
static Dataset *saddle(void) {
  ArrayField fields[] = {
      {.field = {"point", TENSOR_FLOAT, SHAPE(2), FALSE}, .values = g_new(float, 2 * POINTS)},
      {.field = {"height", TENSOR_FLOAT, SHAPE(1), FALSE}, .values = g_new(float, POINTS)},
  };

  for (guint64 i = 0; i < POINTS; i++) {
    float *at = fields[0].values + 2 * i;
    at[0] = uniform(2 * i);
    at[1] = uniform(2 * i + 1);
    fields[1].values[i] = at[0] * at[1];
  }
  return dataset_new_arrays("saddle", "made for tests", fields, 2, POINT_COUNT, NULL);
}

static Dataset *pictures(void) { return fixture_dataset(6, 4, 320, 40, 40); }

/* 0 1 2 … 6 0 1 2 …, with some tokens by chance. */
static gint32 *text(gsize n) {
  gint32 *ids = g_new(gint32, n);

  for (gsize i = 0; i < n; i++)
    ids[i] = uniform(9 * i) > 0.9f ? (gint32)(i / 3 % 5) : (gint32)(i % 7);
  return ids;
}

static Dataset *windows(void) {
  static const gsize COUNT[DATASET_PARTS] = {300, 100, 100};

  return dataset_new_token_windows("sevens", "made for tests", text(500), 8, COUNT, 7, NULL);
}

/* Sentences of 4 to 8 words that rise by one: 5 6 7 …; what is masked can be told. */
static Dataset *masked(void) {
  const guint32 n = 400;
  const MaskedWords words = {.ids = g_new(gint32, 8 * n),
                             .offsets = g_new(gsize, n + 1),
                             .length = 8,
                             .mask = 1,
                             .first_word = 2,
                             .vocabulary = 20,
                             .share = 0.2};

  words.offsets[0] = 0;
  for (guint32 s = 0; s < n; s++) {
    const guint32 length = 4 + s % 5;
    for (guint32 i = 0; i < length; i++)
      words.ids[words.offsets[s] + i] = (gint32)(2 + s % 10 + i);
    words.offsets[s + 1] = words.offsets[s] + length;
  }
  return dataset_new_masked_words("rising", "made for tests", &words, POINT_COUNT);
}

/* Three tokens turned round: 2 3 4 → <start> 4 3 2 → 4 3 2 <end>; some have just two. */
static Dataset *turned(void) {
  const guint32 n = POINTS;
  ArrayField fields[3];
  static const char *const NAMES[] = {"source", "said", "targets"};

  for (int f = 0; f < 3; f++) {
    fields[f] = (ArrayField){.field = {NAMES[f], TENSOR_INT, SHAPE(f == 0 ? 3 : 4), TRUE},
                             .ids = g_new(gint32, 4 * n),
                             .offsets = g_new0(gsize, n + 1),
                             .padding = f == 2 ? -1 : 0};
  }
  for (guint32 s = 0; s < n; s++) {
    const gsize length = 2 + s / 64 % 2;
    for (int f = 0; f < 3; f++)
      fields[f].offsets[s + 1] = fields[f].offsets[s] + length + (f > 0);
    gint32 *source = fields[0].ids + fields[0].offsets[s];
    gint32 *said = fields[1].ids + fields[1].offsets[s];
    gint32 *target = fields[2].ids + fields[2].offsets[s];
    said[0] = 1;
    target[length] = 2;
    for (gsize i = 0; i < length; i++)
      source[i] = 3 + (gint32)((s >> (2 * i)) % 4);
    for (gsize i = 0; i < length; i++)
      said[i + 1] = target[i] = source[length - 1 - i];
  }
  Dataset *self = dataset_new_arrays("turned", "made for tests", fields, 3, POINT_COUNT, NULL);
  self->n_classes = 7;
  return self;
}

/* Words 0 … 9 and 10 … 19 keep to themselves. */
static Dataset *neighbours(void) {
  const guint32 sentences = 200;
  const SkipGrams grams = {.ids = g_new(gint32, 6 * sentences),
                           .offsets = g_new(gsize, sentences + 1),
                           .sentences = sentences,
                           .window = 2,
                           .negatives = 4,
                           .vocabulary = 20};
  const Rng rng = rng_new(5, RNG_TEST, 2);

  for (guint32 i = 0; i < 6 * sentences; i++)
    grams.ids[i] = (gint32)(10 * (i / 6 % 2) + rng_below(&rng, i, 10));
  for (guint32 s = 0; s <= sentences; s++)
    grams.offsets[s] = 6 * (gsize)s;
  return dataset_new_skip_grams("two worlds", "made for tests", &grams, NULL);
}

/* Points on a ring. */
static Dataset *ring(void) {
  ArrayField field = {.field = {"point", TENSOR_FLOAT, SHAPE(2), FALSE},
                      .values = g_new(float, 2 * POINTS)};

  for (guint64 i = 0; i < POINTS; i++) {
    const double angle = G_PI * (double)uniform(i);
    field.values[2 * i] = (float)cos(angle);
    field.values[2 * i + 1] = (float)sin(angle);
  }
  return dataset_new_arrays("ring", "made for tests", &field, 1, POINT_COUNT, NULL);
}

#define REAL(name, initial)                                                                        \
  "{\"name\": \"" name "\", \"label\": \"L\", \"help\": \"H\", \"kind\": \"real\", "               \
  "\"minimum\": 0, \"maximum\": 1000, \"default\": " initial ", \"live\": true}"
#define CHOICE(name, choices, initial)                                                             \
  "{\"name\": \"" name "\", \"label\": \"L\", \"help\": \"H\", \"kind\": \"choice\", "             \
  "\"choices\": [" choices "], \"default\": \"" initial "\", \"live\": false}"

#define PLANE_MODEL(last)                                                                          \
  "\"model\": [\"input 2\", \"dense 12 activation=tanh\", \"dense 12 activation=tanh\", \"" last   \
  "\"]"

const TaskProblem TASK_PROBLEMS[] = {
    {"classification", PLANE_MODEL("dense 2 activation=softmax"), REAL("label_smoothing", "0.05"),
     circle, "epochs=30 learning_rate=0.02", "accuracy", 0.9},
    {"classification",
     "\"model\": [\"input 6x6x1\", \"conv2d 9 3 padding=same use_bias=false name=stem\","
     " \"batch_normalization momentum=0.9\", \"activation tanh name=a\","
     " \"conv2d 9 3 padding=same use_bias=false\", \"batch_normalization momentum=0.9 name=b\","
     " \"add from=a,b\", \"global_average_pooling2d\", \"dense 4 activation=softmax\"]",
     "", pictures, "epochs=8", "accuracy", 0.9},
    {"binary_classification", PLANE_MODEL("dense 1 activation=sigmoid"), REAL("l2", "0.0001"),
     circle, "epochs=30 learning_rate=0.02", "f1_score", 0.9},
    {"binary_classification", PLANE_MODEL("dense 1 activation=tanh"),
     CHOICE("loss", "\"hinge\", \"squared_hinge\"", "squared_hinge"), circle,
     "epochs=30 learning_rate=0.02", "accuracy", 0.9},
    {"regression", PLANE_MODEL("dense 1"), REAL("ema_momentum", "0.9"), saddle,
     "epochs=40 learning_rate=0.02", "r2", 0.9},
    {"regression", PLANE_MODEL("dense 1"),
     CHOICE("loss", "\"huber\", \"mean_absolute_error\"", "mean_absolute_error"), saddle,
     "epochs=40 learning_rate=0.02", "root_mean_squared_error", 0.12},
    {"autoencoder",
     "\"encoder\": [\"input 6x6x1\", \"flatten\", \"dropout 0.1\", \"dense 8 activation=tanh\"],"
     "\"decoder\": [\"input 8\", \"dense 36 activation=sigmoid\", \"reshape 6x6x1\"]",
     "", pictures, "epochs=20", "loss", 0.03},
    {"variational_autoencoder",
     "\"encoder\": [\"input 6x6x1\", \"flatten name=flat\", \"dense 16 activation=tanh name=h\","
     "              \"dense 3 name=z_mean\", \"dense 3 name=z_log_var from=h\"],"
     "\"decoder\": [\"input 3\", \"dense 16 activation=tanh\", \"dense 36 activation=sigmoid\","
     "              \"reshape 6x6x1\"]",
     REAL("beta", "0.5"), pictures, "epochs=20", "loss", 24},
    {"language_model",
     "\"model\": [\"input 8 dtype=int32\", \"token_and_position_embedding 7 8 16\","
     " \"transformer_decoder 32 2\", \"dense 7 activation=softmax\"]",
     REAL("warmup_steps", "10"), windows, "epochs=12", "perplexity", 2.5},
    {"masked_words",
     "\"model\": [\"input 8 dtype=int32\","
     " \"token_and_position_embedding 20 8 16 mask_zero=true\","
     " \"transformer_encoder 32 2\", \"dense 20 activation=softmax\"]",
     REAL("global_clipnorm", "1"), masked, "epochs=40", "accuracy", 0.8},
    {"sequence_to_sequence",
     "\"model\": [\"input 3 dtype=int32 name=source\","
     " \"token_and_position_embedding 7 3 16 mask_zero=true name=read\","
     " \"transformer_encoder 32 2 name=encoded\", \"input 4 dtype=int32 name=said\","
     " \"token_and_position_embedding 7 4 16 mask_zero=true name=spoken\","
     " \"transformer_decoder 32 2 from=spoken,encoded\", \"dense 7 activation=softmax\"]",
     CHOICE("schedule", "\"constant\", \"cosine\"", "cosine"), turned, "epochs=40",
     "sequence_accuracy", 0.9},
    {"skip_gram",
     "\"word\": [\"input 1 dtype=int32\", \"embedding 20 8\", \"flatten\"],"
     "\"neighbours\": [\"input 5 dtype=int32\", \"embedding 20 8\"]",
     "", neighbours, "epochs=4 batch_size=64", "loss", 2.7},
    {"gan",
     "\"generator\": [\"input 4\", \"dense 16 activation=tanh\", \"dense 2\"],"
     "\"discriminator\": [\"input 2\", \"dense 16 activation=leaky_relu\", \"dense 1\"]",
     REAL("discriminator_steps", "2") "," REAL("generator_learning_rate", "0.005"), ring,
     "epochs=20 learning_rate=0.01", "discriminator_loss", 1.45},
    {"gan",
     "\"generator\": [\"input 4\", \"dense 16 activation=tanh\", \"dense 2\"],"
     "\"discriminator\": [\"input 2\", \"dense 16 activation=tanh\", \"dropout 0.1\", \"dense 1\"]",
     CHOICE("loss", "\"least_squares\", \"log\"", "least_squares") "," REAL("generator_steps", "2"),
     ring, "epochs=20 learning_rate=0.005", "discriminator_loss", 0.7},
    {"gan",
     "\"generator\": [\"input 6\", \"dense 36\", \"reshape 3x3x4\", \"batch_normalization\","
     " \"activation tanh\", \"conv2d_transpose 1 4 strides=2 padding=same activation=sigmoid\"],"
     "\"discriminator\": [\"input 6x6x1\", \"conv2d 10 4 strides=2 padding=same\","
     " \"batch_normalization\", \"leaky_relu\", \"flatten\", \"dense 1\"]",
     "", pictures, "epochs=10 learning_rate=0.002", "real_score", 0.4},
    {NULL},
};

Fixture *task_fixture(const TaskProblem *problem) {
  Fixture *self = g_new0(Fixture, 1);

  self->lesson = fixture_task_lesson(problem->task, problem->models, problem->settings);
  self->dataset = problem->dataset();
  return self;
}
