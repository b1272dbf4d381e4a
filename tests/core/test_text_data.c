#include "core/datasets/catalogue.h"
#include "core/datasets/text_data.h"
#include "tests/core/support.h"

#include <string.h>

static void add(Texts *texts, const char *text, gint32 label) {
  g_ptr_array_add(texts->texts, g_strdup(text));
  g_array_append_val(texts->labels, label);
}

/* One sample's field of tokens; `out` has room for the longest. */
static void tokens_of(const Dataset *data, DatasetPart part, guint32 index, int field,
                      gint32 *out) {
  Tensor tensor = {.type = TENSOR_INT, .batched = TRUE, .index = out};
  DatasetBatch batch = {.part = part, .indices = &index, .rows = 1};

  tensor.shape =
      data->field[field].row.rank > 0 ? SHAPE(1, data->field[field].row.dim[0]) : SHAPE(1);
  batch.field[field] = &tensor;
  data->klass->fill(data, &batch);
}

static char *decoded(const Dataset *data, const Tokenizer *tokenizer, DatasetPart part,
                     guint32 index, int field) {
  const int room = data->field[field].row.dim[0];
  g_autofree gint32 *ids = g_new(gint32, room);

  tokens_of(data, part, index, field, ids);
  return tokenizer_decode(tokenizer, ids, (gsize)room);
}

static void test_sentences(void) {
  g_auto(Texts) texts;
  gint32 ids[4];

  texts_init(&texts);
  add(&texts, "Good film, good cast", 1);
  add(&texts, "bad film", 0);
  add(&texts, "a dull film", 0);
  texts.count[DATASET_TRAIN] = 2;
  texts.count[DATASET_VALIDATION] = 1;
  g_autoptr(Dataset) data = dataset_new_sentences(
      "s", "s", &texts, &(const TextOptions){.lower_case = TRUE, .minimum_count = 2, .longest = 4},
      (const char *const[]){"bad", "good", NULL});
  /* [PAD] [UNK] [MASK] film good: what is learned from alone decides. */
  g_assert_cmpint(data->field[0].vocabulary, ==, 5);
  g_assert_cmpint(data->field[0].row.dim[0], ==, 4);
  g_assert_cmpint(data->klass->length(data, DATASET_TRAIN, 1, 0), ==, 2);
  tokens_of(data, DATASET_TRAIN, 0, 0, ids);
  g_assert_cmpmem(ids, sizeof ids, ((const gint32[]){4, 3, 1, 4}), sizeof ids);
  tokens_of(data, DATASET_VALIDATION, 0, 0, ids);
  g_assert_cmpmem(ids, sizeof ids, ((const gint32[]){1, 1, 3, 0}), sizeof ids);
  tokens_of(data, DATASET_VALIDATION, 0, 1, ids);
  g_assert_cmpint(ids[0], ==, 0);
}

static void test_spellings(void) {
  g_auto(Texts) texts;
  gint32 ids[4];

  texts_init(&texts);
  add(&texts, "ab", 0);
  add(&texts, "bca", 0);
  texts.count[DATASET_TRAIN] = 2;
  g_autoptr(Dataset) data = dataset_new_spellings("n", "n", &texts);
  /* [PAD] [UNK] [START] [END] a b c */
  g_assert_cmpint(data->field[0].vocabulary, ==, 7);
  tokens_of(data, DATASET_TRAIN, 0, 0, ids);
  g_assert_cmpmem(ids, sizeof ids, ((const gint32[]){2, 4, 5, 0}), sizeof ids);
  tokens_of(data, DATASET_TRAIN, 0, 1, ids);
  g_assert_cmpmem(ids, sizeof ids, ((const gint32[]){4, 5, 3, -1}), sizeof ids);
}

static void test_pairs(void) {
  g_auto(Texts) texts;

  texts_init(&texts);
  add(&texts, "may 3", 0);
  add(&texts, "05-03", 0);
  add(&texts, "june 12", 0);
  add(&texts, "06-12", 0);
  texts.count[DATASET_TRAIN] = 2;
  g_autoptr(Dataset) data = dataset_new_pairs("d", "d", &texts);
  g_autofree char *source = decoded(data, data->tokenizer, DATASET_TRAIN, 1, 0);
  g_autofree char *said = decoded(data, data->target_tokenizer, DATASET_TRAIN, 1, 1);
  g_autofree char *target = decoded(data, data->target_tokenizer, DATASET_TRAIN, 1, 2);
  g_assert_cmpstr(source, ==, "june 12");
  g_assert_cmpstr(said, ==, "06-12");
  g_assert_cmpstr(target, ==, "06-12");
}

static gboolean read_pairs(Texts *texts, const char *content, GError **error) {
  char *folder = test_tmp_dir();
  g_autofree char *path = g_build_filename(folder, "pairs.txt", NULL);

  test_write(path, content, strlen(content));
  const gboolean read = texts_read_pairs(texts, path, DATASET_TRAIN, error);
  test_remove_dir(folder);
  return read;
}

static void test_read_pairs(void) {
  g_auto(Texts) texts, bad;
  g_autoptr(GString) many = g_string_new("may 3   _05-03\r\n\n snake_case \t snakeCase \n");
  GError *error = NULL;

  texts_init(&texts);
  texts_init(&bad);
  for (int i = 0; i < 38; i++)
    g_string_append_printf(many, "a%d\tb%d\n", i, i);
  g_assert_true(read_pairs(&texts, many->str, &error));
  g_assert_no_error(error);
  g_assert_cmpuint(texts.count[DATASET_TRAIN], ==, 40);
  g_assert_cmpstr(texts.texts->pdata[0], ==, "may 3");
  g_assert_cmpstr(texts.texts->pdata[1], ==, "05-03");
  g_assert_cmpstr(texts.texts->pdata[2], ==, "snake_case");
  g_assert_cmpstr(texts.texts->pdata[3], ==, "snakeCase");
  texts_split(&texts, 1);
  g_assert_cmpuint(texts.count[DATASET_TRAIN], ==, 32);
  g_assert_cmpuint(texts.count[DATASET_TEST], ==, 4);
  for (guint i = 0; i < 80; i += 2)
    if (*(const char *)texts.texts->pdata[i] == 'a')
      g_assert_cmpstr((const char *)texts.texts->pdata[i] + 1, ==,
                      (const char *)texts.texts->pdata[i + 1] + 1);
  g_assert_false(read_pairs(&bad, "a\tb\n\nalone\n", &error));
  test_assert_error_says(&error, "pairs.txt:3", "no pair");
  g_assert_false(read_pairs(&bad, "a\t \n", &error));
  test_assert_error_says(&error, "pairs.txt:1", "no pair");
}

static void test_bad_table(void) {
  static const CsvOptions OPTIONS = {.delimiters = "\t", .no_quotes = TRUE};
  static const char BAD[] = "sentence\tlabel\ngood\t1\nso so\t2\n";
  char *folder = test_tmp_dir();
  g_autofree char *path = g_build_filename(folder, "train.tsv", NULL);
  g_auto(Texts) texts;
  GError *error = NULL;

  texts_init(&texts);
  test_write(path, BAD, strlen(BAD));
  g_assert_false(texts_read_table(&texts, path, &OPTIONS, DATASET_TRAIN, 2, &error));
  test_assert_error_says(&error, "train.tsv:3", "label", "from 0 to 1");
  g_assert_false(texts_read_table(&texts, "/nowhere.tsv", &OPTIONS, DATASET_TRAIN, 2, &error));
  test_assert_error_says(&error, "/nowhere.tsv");
  test_remove_dir(folder);
}

/* --- as they are found --- */

static Dataset *found(const char *name, const char *file) {
  g_autofree char *path = test_data_path(file);
  GError *error = NULL;

  if (path == NULL)
    return NULL;
  Dataset *data = catalogue_open(name, &error);
  g_assert_no_error(error);
  return data;
}

static void assert_counts(const Dataset *data, guint32 train, guint32 validation, guint32 test) {
  g_assert_cmpuint(data->count[DATASET_TRAIN], ==, train);
  g_assert_cmpuint(data->count[DATASET_VALIDATION], ==, validation);
  g_assert_cmpuint(data->count[DATASET_TEST], ==, test);
}

static void test_sst2(void) {
  g_autoptr(Dataset) data = found("sst2", "sst2/train.tsv");

  if (data == NULL)
    return;
  assert_counts(data, 60614, 6735, 872);
  g_assert_cmpint(data->n_classes, ==, 2);
  g_assert_cmpint(data->field[0].vocabulary, ==, 10000);
  g_autofree char *first = decoded(data, data->tokenizer, DATASET_TRAIN, 0, 0);
  g_assert_cmpstr(first, ==, "when are bears bears and");
}

/* Made to learn words from before sst2: the numbers of words must be the same. */
static void test_masked_sst2(void) {
  g_autoptr(Dataset) data = found("masked_sst2", "sst2/train.tsv");
  g_autoptr(Dataset) labelled = found("sst2", "sst2/train.tsv");

  if (data == NULL || labelled == NULL)
    return;
  g_autofree char *words = tokenizer_serialize(data->tokenizer);
  g_autofree char *same = tokenizer_serialize(labelled->tokenizer);
  g_assert_cmpstr(words, ==, same);
  assert_counts(data, 60614, 6735, 872);
  g_autofree gint32 *targets = g_new(gint32, data->field[1].row.dim[0]);
  g_autofree gint32 *whole = g_new(gint32, labelled->field[0].row.dim[0]);
  guint guessed = 0, all = 0;
  for (guint32 i = 0; i < 200; i++) {
    const int n = data->klass->length(data, DATASET_TEST, i, 0);
    g_assert_cmpint(n, ==, labelled->klass->length(labelled, DATASET_TEST, i, 0));
    const guint32 index = i;
    Tensor tokens = {.type = TENSOR_INT, .batched = TRUE, .shape = SHAPE(1, n)};
    Tensor target = tokens;
    g_autofree gint32 *seen = tokens.index = g_new(gint32, n);
    target.index = targets;
    data->klass->fill(
        data, &(const DatasetBatch){
                  .part = DATASET_TEST, .indices = &index, .rows = 1, .field = {&tokens, &target}});
    tokens_of(labelled, DATASET_TEST, i, 0, whole);
    for (int at = 0; at < n; at++) {
      g_assert_cmpint(targets[at] >= 0 ? targets[at] : seen[at], ==, whole[at]);
      guessed += targets[at] >= 0;
      all++;
    }
  }
  g_assert_cmpfloat((double)guessed / all, >, 0.12);
  g_assert_cmpfloat((double)guessed / all, <, 0.19);
}

static void test_uci_sls(void) {
  g_autoptr(Dataset) data = found("uci_sls", "uci_sls/imdb_labelled.txt");

  if (data == NULL)
    return;
  assert_counts(data, 2400, 300, 300);
  g_assert_cmpint(data->n_classes, ==, 2);
  g_assert_cmpint(data->field[0].vocabulary, ==, 1946);
}

static void test_names(void) {
  g_autoptr(Dataset) data = found("names", "text/names.txt");

  if (data == NULL)
    return;
  assert_counts(data, 25627, 3203, 3203);
  g_assert_cmpint(data->field[0].vocabulary, ==, 26 + 4);
}

static void test_tinyshakespeare(void) {
  g_autoptr(Dataset) data = found("tinyshakespeare", "text/tinyshakespeare.txt");

  if (data == NULL)
    return;
  g_assert_cmpint(data->field[0].vocabulary, ==, 65);
  assert_counts(data, 1115394 - 111539 - 64, 111538 / 64, 0);
  g_autofree char *first = decoded(data, data->tokenizer, DATASET_TRAIN, 0, 0);
  g_assert_true(g_str_has_prefix(first, "First Citizen:\nBefore we proceed"));
}

static void test_dates(void) {
  g_autoptr(Dataset) data = found("dates", "seq2seq/date.txt");

  if (data == NULL)
    return;
  assert_counts(data, 40000, 5000, 5000);
  for (guint32 i = 0; i < 20; i++) {
    g_autofree char *target = decoded(data, data->target_tokenizer, DATASET_TEST, i, 2);
    g_assert_cmpuint(strlen(target), ==, strlen("1994-09-27"));
  }
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/text-data/sentences", test_sentences);
  g_test_add_func("/text-data/spellings", test_spellings);
  g_test_add_func("/text-data/pairs", test_pairs);
  g_test_add_func("/text-data/read-pairs", test_read_pairs);
  g_test_add_func("/text-data/bad-table", test_bad_table);
  g_test_add_func("/text-data/sst2", test_sst2);
  g_test_add_func("/text-data/masked-sst2", test_masked_sst2);
  g_test_add_func("/text-data/uci-sls", test_uci_sls);
  g_test_add_func("/text-data/names", test_names);
  g_test_add_func("/text-data/tinyshakespeare", test_tinyshakespeare);
  g_test_add_func("/text-data/dates", test_dates);
  return g_test_run();
}
