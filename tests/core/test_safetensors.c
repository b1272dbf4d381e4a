#include "core/formats/safetensors.h"

#include "tests/core/support.h"

#include <math.h>
#include <string.h>

/* --- Making files --- */

/* Length, header, `data` bytes of zeros. */
static GBytes *file_of(const char *header, gsize data) {
  const guint64 length = GUINT64_TO_LE((guint64)strlen(header));
  GByteArray *array = g_byte_array_new();

  g_byte_array_append(array, (const guint8 *)&length, sizeof length);
  g_byte_array_append(array, (const guint8 *)header, (guint)strlen(header));
  for (gsize i = 0; i < data; i++)
    g_byte_array_append(array, (const guint8 *)"", 1);
  return g_byte_array_free_to_bytes(array);
}

static SafeTensors *parse(const char *header, gsize data, GError **error) {
  g_autoptr(GBytes) bytes = file_of(header, data);

  return safetensors_parse(bytes, "it", error);
}

static const float WEIGHTS[2][3] = {{1, -2, 3.5f}, {0, 1e-30f, INFINITY}};
static const gint64 STEP = -5;
static const guint8 IMAGE[3] = {1, 2, 255};

static SafeTensorsWriter *sample_writer(gboolean backwards) {
  SafeTensorsWriter *writer = safetensors_writer_new();

  for (int i = 0; i < 4; i++) {
    switch (backwards ? 3 - i : i) {
    case 0:
      safetensors_writer_add(writer, "weights", "F32", 2, (gint64[]){2, 3}, WEIGHTS);
      break;
    case 1:
      safetensors_writer_add(writer, "step", "I64", 0, NULL, &STEP);
      break;
    case 2:
      safetensors_writer_add(writer, "image", "U8", 1, (gint64[]){3}, IMAGE);
      break;
    default:
      safetensors_writer_add(writer, "nothing", "F32", 2, (gint64[]){0, 7}, NULL);
    }
  }
  safetensors_writer_metadata(writer, backwards ? "spec" : "by",
                              backwards ? "a\n\"b\"\\\x01é" : "us");
  safetensors_writer_metadata(writer, backwards ? "by" : "spec",
                              backwards ? "us" : "a\n\"b\"\\\x01é");
  return writer;
}

static GBytes *sample_bytes(gboolean backwards) {
  g_autoptr(SafeTensorsWriter) writer = sample_writer(backwards);

  return safetensors_writer_bytes(writer);
}

/* --- Writing and reading back --- */

static void check_sample(const SafeTensors *file) {
  static const char *const ORDER[] = {"step", "nothing", "weights", "image"};
  const SafeTensor *weights = safetensors_find(file, "weights");
  gint64 step = GINT64_TO_LE(STEP);

  g_assert_cmpuint(file->tensors->len, ==, 4);
  for (guint i = 0; i < 4; i++)
    g_assert_cmpstr(((const SafeTensor *)file->tensors->pdata[i])->name, ==, ORDER[i]);
  g_assert_cmpint(weights->rank, ==, 2);
  g_assert_cmpint(weights->dim[0], ==, 2);
  g_assert_cmpint(weights->dim[1], ==, 3);
  g_assert_cmpstr(weights->dtype, ==, "F32");
  g_assert_cmpmem(weights->data, weights->size, WEIGHTS, sizeof WEIGHTS);
  g_assert_cmpmem(safetensors_find(file, "step")->data, 8, &step, 8);
  g_assert_cmpint(safetensors_find(file, "step")->rank, ==, 0);
  g_assert_cmpmem(safetensors_find(file, "image")->data, 3, IMAGE, 3);
  g_assert_cmpuint(safetensors_find(file, "nothing")->size, ==, 0);
  g_assert_null(safetensors_find(file, "weight"));
  g_assert_cmpuint(g_hash_table_size(file->metadata), ==, 2);
  g_assert_cmpstr(g_hash_table_lookup(file->metadata, "by"), ==, "us");
  g_assert_cmpstr(g_hash_table_lookup(file->metadata, "spec"), ==, "a\n\"b\"\\\x01é");
}

static void test_round_trip(void) {
  char *folder = test_tmp_dir();
  g_autofree char *path = g_build_filename(folder, "a.safetensors", NULL);
  g_autoptr(SafeTensorsWriter) writer = sample_writer(FALSE);
  g_autoptr(GBytes) bytes = safetensors_writer_bytes(writer);
  g_autofree char *contents = NULL;
  gsize size;
  GError *error = NULL;

  g_assert_true(safetensors_writer_save(writer, path, &error));
  g_assert_no_error(error);
  g_assert_true(g_file_get_contents(path, &contents, &size, NULL));
  g_assert_cmpmem(contents, size, g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes));
  g_autoptr(SafeTensors) file = safetensors_read(path, &error);
  g_assert_no_error(error);
  check_sample(file);
  test_remove_dir(folder);
}

static void test_same_bytes(void) {
  g_autoptr(GBytes) one = sample_bytes(FALSE), other = sample_bytes(TRUE);

  g_assert_true(g_bytes_equal(one, other));
}

/* Byte by byte, what a file looks like. */
static void test_layout(void) {
  static const char HEADER[] = "{\"__metadata__\":{\"k\":\"v\"},"
                               "\"z\":{\"dtype\":\"F64\",\"shape\":[1],\"data_offsets\":[0,8]},"
                               "\"a\":{\"dtype\":\"F32\",\"shape\":[],\"data_offsets\":[8,12]}}";
  const gsize length = (sizeof HEADER - 1 + 7) / 8 * 8;
  g_autoptr(SafeTensorsWriter) writer = safetensors_writer_new();
  const double z = 1;
  const float a = 1;

  safetensors_writer_add(writer, "a", "F32", 0, NULL, &a);
  safetensors_writer_add(writer, "z", "F64", 1, (gint64[]){1}, &z);
  safetensors_writer_metadata(writer, "k", "old");
  safetensors_writer_metadata(writer, "k", "v");
  g_autoptr(GBytes) bytes = safetensors_writer_bytes(writer);
  gsize size;
  const char *data = g_bytes_get_data(bytes, &size);
  g_assert_cmpuint(size, ==, 8 + length + 12);
  g_assert_cmpmem(data, 8, ((char[8]){(char)(length & 255), (char)(length >> 8)}), 8);
  g_assert_cmpmem(data + 8, sizeof HEADER - 1, HEADER, sizeof HEADER - 1);
  for (gsize i = sizeof HEADER - 1; i < length; i++)
    g_assert_cmpint(data[8 + i], ==, ' ');
  g_assert_cmpmem(data + 8 + length, 12, "\0\0\0\0\0\0\xf0\x3f\0\0\x80\x3f", 12);
}

static void test_empty(void) {
  GError *error = NULL;
  g_autoptr(SafeTensorsWriter) writer = safetensors_writer_new();
  g_autoptr(GBytes) bytes = safetensors_writer_bytes(writer);
  g_autoptr(SafeTensors) file = safetensors_parse(bytes, "it", &error);

  g_assert_no_error(error);
  g_assert_cmpuint(file->tensors->len, ==, 0);
  g_assert_cmpuint(g_hash_table_size(file->metadata), ==, 0);
}

/* Made by the format's own package in Python. */
static void test_foreign(void) {
  g_autofree char *path = g_test_build_filename(G_TEST_DIST, "golden", "ops.safetensors", NULL);
  GError *error = NULL;
  g_autoptr(SafeTensors) file = safetensors_read(path, &error);

  g_assert_no_error(error);
  g_assert_cmpuint(file->tensors->len, >, 10);
  g_assert_cmpuint(g_hash_table_size(file->metadata), >, 10);
}

/* --- Numbers --- */

static void copy(const char *header, const char *data, gsize size, float *values, int n) {
  g_autoptr(GBytes) start = file_of(header, 0);
  GByteArray *array = g_bytes_unref_to_array(g_steal_pointer(&start));
  GError *error = NULL;

  g_byte_array_append(array, (const guint8 *)data, (guint)size);
  g_autoptr(GBytes) bytes = g_byte_array_free_to_bytes(array);
  g_autoptr(SafeTensors) file = safetensors_parse(bytes, "it", &error);
  g_assert_no_error(error);
  safetensors_copy_float(file, "a", &SHAPE(n), values, &error);
  g_assert_no_error(error);
}

static void test_copy(void) {
  static const char HALF[] = "\x00\x3c\x00\xc0\x01\x00\x00\x7c\x00\x80\xff\x7b\x00\x7e\xff\x83";
  static const char SINGLE[] = "\0\0\x80\x3f\0\0\0\xc0";
  static const char DOUBLE[] = "\0\0\0\0\0\0\xf0\x3f\0\0\0\0\0\0\0\xc0";
  float v[8];

  /* the header's odd length leaves the numbers at odd addresses */
  copy("{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}", SINGLE, 8, v, 2);
  g_assert_true(v[0] == 1 && v[1] == -2);
  copy("{\"a\":{\"dtype\":\"F64\",\"shape\":[2],\"data_offsets\":[0,16]}}", DOUBLE, 16, v, 2);
  g_assert_true(v[0] == 1 && v[1] == -2);
  copy("{\"a\":{\"dtype\":\"BF16\",\"shape\":[3],\"data_offsets\":[0,6]}}",
       "\x80\x3f\x00\xc0\x80\xff", 6, v, 3);
  g_assert_true(v[0] == 1 && v[1] == -2 && v[2] == -INFINITY);
  copy("{\"a\":{\"dtype\":\"F16\",\"shape\":[8],\"data_offsets\":[0,16]}}", HALF, 16, v, 8);
  g_assert_true(v[0] == 1 && v[1] == -2 && v[2] == 0x1p-24f && v[3] == INFINITY);
  g_assert_true(v[4] == 0 && signbit(v[4]) && v[5] == 65504 && isnan(v[6]));
  g_assert_true(v[7] == -1023 * 0x1p-24f);
}

static void test_copy_refuses(void) {
  g_autoptr(GBytes) bytes = sample_bytes(FALSE);
  g_autoptr(SafeTensors) file = safetensors_parse(bytes, "it", NULL);
  float v[6];
  GError *error = NULL;

  g_assert_true(safetensors_copy_float(file, "weights", &SHAPE(2, 3), v, &error));
  g_assert_cmpmem(v, sizeof v, WEIGHTS, sizeof WEIGHTS);
  g_assert_false(safetensors_copy_float(file, "kernel", &SHAPE(2, 3), v, &error));
  test_assert_error_says(&error, "no tensor ‘kernel’");
  g_assert_false(safetensors_copy_float(file, "weights", &SHAPE(3, 2), v, &error));
  test_assert_error_says(&error, "‘weights’ is 2 × 3", "needs 3 × 2");
  g_assert_false(safetensors_copy_float(file, "weights", &SHAPE(6), v, &error));
  test_assert_error_says(&error, "2 × 3", "needs 6");
  g_assert_false(safetensors_copy_float(file, "step", &SHAPE(1), v, &error));
  test_assert_error_says(&error, "‘step’ is a single number");
  g_assert_false(safetensors_copy_float(file, "step", &(Shape){0}, v, &error));
  g_assert_error(error, FORMAT_ERROR, FORMAT_ERROR_UNSUPPORTED);
  test_assert_error_says(&error, "‘step’", "I64", "F32");
}

/* --- Damaged files --- */

static void test_cut_anywhere(void) {
  g_autoptr(GBytes) whole = sample_bytes(FALSE);
  gsize size;
  const guint8 *data = g_bytes_get_data(whole, &size);

  for (gsize length = 0; length < size; length++) {
    g_autoptr(GBytes) cut = g_bytes_new(data, length);
    GError *error = NULL;
    g_assert_null(safetensors_parse(cut, "model.safetensors", &error));
    g_assert_error(error, FORMAT_ERROR, FORMAT_ERROR_INVALID);
    test_assert_error_says(&error, "model.safetensors: ", "truncated");
  }
}

static void test_cut_file(void) {
  char *folder = test_tmp_dir();
  g_autofree char *path = g_build_filename(folder, "cut.safetensors", NULL);
  g_autoptr(GBytes) whole = sample_bytes(FALSE);
  GError *error = NULL;

  test_write(path, g_bytes_get_data(whole, NULL), g_bytes_get_size(whole) - 1);
  g_assert_null(safetensors_read(path, &error));
  test_assert_error_says(&error, path, "‘image’", "truncated");
  test_remove_dir(folder);
  g_assert_null(safetensors_read(path, &error));
  test_assert_error_says(&error, path, "No such file");
}

typedef struct {
  const char *header;
  gsize data;
  const char *words[3];
} Bad;

#define TENSOR(dtype, shape, offsets)                                                              \
  "{\"a\":{\"dtype\":\"" dtype "\",\"shape\":[" shape "],\"data_offsets\":[" offsets "]}}"
#define PART(name, offsets)                                                                        \
  "\"" name "\":{\"dtype\":\"U8\",\"shape\":[2],\"data_offsets\":[" offsets "]}"

static const Bad BAD[] = {
    {"", 0, {"does not start with {"}},
    {"[]", 0, {"does not start with {"}},
    {" {}", 0, {"does not start with {"}},
    {"{", 0, {"header, byte 1"}},
    {"{}}", 0, {"header, byte 2", "expected the end"}},
    {"{}", 1, {"end at byte 0", "goes on to byte 1"}},
    {TENSOR("F32", "2", "0,8"), 9, {"end at byte 8", "goes on to byte 9"}},
    {TENSOR("F32", "2", "0,8"), 7, {"‘a’ end at byte 8", "only 7", "truncated"}},
    {TENSOR("F32", "3", "0,8"), 8, {"‘a’ has 8 bytes", "need 12"}},
    {TENSOR("F33", "2", "0,8"), 8, {"‘a’", "unknown element type ‘F33’"}},
    {TENSOR("F32", "-2", "0,8"), 8, {"‘a’", "negative dimension"}},
    {TENSOR("F32", "2.0", "0,8"), 8, {"header, byte 29: ‘shape’", "whole number"}},
    {TENSOR("F32", "2e0", "0,8"), 8, {"‘shape’", "whole number"}},
    {TENSOR("F32", "\"2\"", "0,8"), 8, {"‘shape’", "found a text"}},
    {TENSOR("F32", "9223372036854775808", "0,8"), 8, {"‘shape’", "too large"}},
    {TENSOR("F32", "4294967296,4294967296", "0,0"), 0, {"‘a’", "too large for any memory"}},
    {TENSOR("F32", "4611686018427387905", "0,4"), 4, {"‘a’", "too large for any memory"}},
    {TENSOR("F32", "4294967296,4294967296,0", "0,4"), 4, {"has 4 bytes", "need 0"}},
    {TENSOR("F32", "1,1,1,1,1,1,1,1,1", "0,4"), 4, {"‘a’", "more than 8 dimensions"}},
    {TENSOR("F32", "2", "8,0"), 8, {"‘a’", "two offsets"}},
    {TENSOR("F32", "2", "-8,0"), 8, {"‘a’", "two offsets"}},
    {TENSOR("F32", "2", "0"), 8, {"‘a’", "two offsets"}},
    {TENSOR("F32", "2", "0,8,8"), 8, {"‘a’", "two offsets"}},
    {TENSOR("F32", "2", "8,16"), 16, {"‘a’ begin at byte 8", "hole"}},
    {TENSOR("F32", "2", "9223372036854775800,9223372036854775807"), 8, {"has 7 bytes"}},
    {TENSOR("U8", "1", "9223372036854775806,9223372036854775807"), 8, {"truncated"}},
    {"{" PART("a", "0,2") "," PART("b", "1,3") "}", 3, {"‘b’ begin at byte 1", "overlap"}},
    {"{" PART("a", "0,2") "," PART("b", "0,2") "}", 2, {"‘b’ begin at byte 0", "overlap"}},
    {"{" PART("a", "0,2") "," PART("b", "3,5") "}", 5, {"‘b’ begin at byte 3", "hole"}},
    {"{" PART("b", "0,2") "," PART("a", "2,4") "," PART("b", "4,6") "}", 6, {"second ‘b’"}},
    {"{" PART("", "0,2") "}", 2, {"without a name"}},
    {"{\"a\":{\"dtype\":\"U8\",\"dtype\":\"U8\"}}", 0, {"second ‘dtype’"}},
    {"{\"a\":{\"dtype\":\"U8\",\"shape\":[]}}", 0, {"‘a’ needs dtype, shape"}},
    {"{\"a\":{\"shape\":[],\"data_offsets\":[0,0]}}", 0, {"‘a’ needs dtype, shape"}},
    {"{\"a\":{\"dtyp\":\"U8\"}}", 0, {"‘dtyp’", "did you mean ‘dtype’"}},
    {"{\"a\":[]}", 0, {"‘a’", "found an array"}},
    {"{\"a\":null}", 0, {"‘a’", "found null"}},
    {"{\"__metadata__\":{\"k\":5}}", 0, {"‘k’", "found a number"}},
    {"{\"__metadata__\":[]}", 0, {"‘__metadata__’", "found an array"}},
    {"{\"__metadata__\":{\"k\":\"1\",\"k\":\"2\"}}", 0, {"second ‘k’"}},
    {"{\"__metadata__\":{\"k\":{\"k\":\"2\"}}}", 0, {"‘k’", "found an object"}},
    {"{\"\xff\":1}", 0, {"UTF-8"}},
};

static void test_bad(void) {
  for (gsize i = 0; i < G_N_ELEMENTS(BAD); i++) {
    GError *error = NULL;
    g_test_message("%s", BAD[i].header);
    g_assert_null(parse(BAD[i].header, BAD[i].data, &error));
    g_assert_error(error, FORMAT_ERROR, FORMAT_ERROR_INVALID);
    g_assert_true(g_str_has_prefix(error->message, "it: "));
    g_autoptr(GPtrArray) words = g_ptr_array_new();
    for (int w = 0; w < 3 && BAD[i].words[w] != NULL; w++)
      g_ptr_array_add(words, (gpointer)BAD[i].words[w]);
    g_ptr_array_add(words, NULL);
    test_assert_error(&error, (const char *const *)words->pdata);
  }
}

/* What no reader may take for bad. */
static void test_unusual(void) {
  static const Bad GOOD[] = {
      {"{}   ", 0, {NULL}},
      {"{\"__metadata__\":{}}", 0, {NULL}},
      {TENSOR("BOOL", "4294967296,4294967296,0", "0,0"), 0, {NULL}},
      {TENSOR("F8_E5M2", "3", "0,3"), 3, {NULL}},
      {"{" PART("b", "2,4") ",\n" PART("a", "0,2") "}", 4, {NULL}},
      {"{\"a\":{\"data_offsets\":[0,1],\"shape\":[],\"dtype\":\"I8\"}}", 1, {NULL}},
  };

  for (gsize i = 0; i < G_N_ELEMENTS(GOOD); i++) {
    GError *error = NULL;
    g_autoptr(SafeTensors) file = parse(GOOD[i].header, GOOD[i].data, &error);
    g_assert_no_error(error);
    g_assert_nonnull(file);
  }
}

static void test_huge_header(void) {
  GError *error = NULL;
  g_autoptr(GBytes) bytes = g_bytes_new("\xff\xff\xff\xff\xff\xff\xff\xff{}", 10);
  g_autoptr(GBytes) promise = g_bytes_new("\0\0\0\1\0\0\0\0{}", 10);

  g_assert_null(safetensors_parse(bytes, "it", &error));
  test_assert_error_says(&error, "is no safetensors file", "18446744073709551615");
  g_assert_null(safetensors_parse(promise, "it", &error));
  test_assert_error_says(&error, "truncated", "16777216", "only 2");
}

/* A reader that recurses dies of this. */
static void test_deep(void) {
  const gsize depth = 4 << 20;
  g_autofree char *deep = g_strnfill(depth, '[');
  GError *error = NULL;

  memcpy(deep, "{\"a\":", 5);
  g_assert_null(parse(deep, 0, &error));
  test_assert_error_says(&error, "‘a’", "found an array");
  memcpy(deep, "{\"a\":{\"shape\":", 14);
  g_assert_null(parse(deep, 0, &error));
  test_assert_error_says(&error, "‘shape’", "found an array");
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/safetensors/round-trip", test_round_trip);
  g_test_add_func("/safetensors/same-bytes", test_same_bytes);
  g_test_add_func("/safetensors/layout", test_layout);
  g_test_add_func("/safetensors/empty", test_empty);
  g_test_add_func("/safetensors/foreign", test_foreign);
  g_test_add_func("/safetensors/copy", test_copy);
  g_test_add_func("/safetensors/copy-refuses", test_copy_refuses);
  g_test_add_func("/safetensors/cut-anywhere", test_cut_anywhere);
  g_test_add_func("/safetensors/cut-file", test_cut_file);
  g_test_add_func("/safetensors/bad", test_bad);
  g_test_add_func("/safetensors/unusual", test_unusual);
  g_test_add_func("/safetensors/huge-header", test_huge_header);
  g_test_add_func("/safetensors/deep", test_deep);
  return g_test_run();
}
