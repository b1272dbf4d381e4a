/* A fuzz target without a fuzzer: runs it over files, and over mutations of them that are the same
 * every time. FOLDER as the one argument: a test that speaks TAP; else the arguments are files to
 * run once, to look at what a fuzzer found. Passing is not to crash.
 */
#include <gio/gio.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#define MUTATIONS 400  /* of each file */
#define MAX_CHANGES 8  /* in one mutation */
#define MAX_SIZE 65536 /* of a mutation */

int LLVMFuzzerTestOneInput(const guint8 *data, gsize size);

/* What is running, for the report of a crash. */
static char running[512];

/* Only what a signal handler may call. */
G_GNUC_UNUSED static void crash_cb(int number) {
  static const char text[] = "# crashed on ";
  gssize ignored = write(STDOUT_FILENO, text, sizeof text - 1);
  ignored = write(STDOUT_FILENO, running, strlen(running));
  ignored = write(STDOUT_FILENO, "\n", 1);
  (void)ignored;
  signal(number, SIG_DFL);
  raise(number);
}

/* An own block of just the size, so that a sanitizer sees a read beyond it. */
static void run_target(const guint8 *data, gsize size) {
  g_autofree guint8 *copy = g_memdup2(data, size);
  LLVMFuzzerTestOneInput(copy, size);
}

/* Sizes, counts and offsets are where readers go wrong: numbers at the edges. */
static void write_edge_number(GRand *random, GByteArray *bytes) {
  static const guint64 edges[] = {0,          1,          0x7f,           0x80,        0xff,
                                  0x7fff,     0xffff,     0x7fffffff,     0x80000000u, 0xffffffffu,
                                  1ull << 32, 1ull << 62, G_MAXINT64 - 1, G_MAXUINT64};
  guint64 edge = edges[g_rand_int_range(random, 0, G_N_ELEMENTS(edges))];
  gsize width = (gsize)1 << g_rand_int_range(random, 0, 4);
  if (bytes->len < width)
    return;
  gboolean big_endian = g_rand_boolean(random);
  guint at = (guint)g_rand_int_range(random, 0, (gint32)(bytes->len - width + 1));
  for (gsize i = 0; i < width; i++)
    bytes->data[at + i] = (guint8)(edge >> (8 * (big_endian ? width - 1 - i : i)));
}

static void change(GRand *random, GByteArray *bytes) {
  guint at = bytes->len > 0 ? (guint)g_rand_int_range(random, 0, (gint32)bytes->len) : 0;
  guint8 value = (guint8)g_rand_int_range(random, 0, 256);
  int kind = bytes->len > 0 ? g_rand_int_range(random, 0, 7) : 0;
  if (kind == 0) { /* insert */
    g_byte_array_append(bytes, &value, 1);
    memmove(bytes->data + at + 1, bytes->data + at, bytes->len - 1 - at);
    bytes->data[at] = value;
  } else if (kind == 1) { /* flip a bit */
    bytes->data[at] ^= (guint8)(1 << value % 8);
  } else if (kind == 2) { /* replace a byte */
    bytes->data[at] = value;
  } else if (kind == 3) { /* cut the end off */
    g_byte_array_set_size(bytes, at);
  } else if (kind == 4) { /* take a piece out */
    guint length = MIN(bytes->len - at, 1u + value % 16u);
    g_byte_array_remove_range(bytes, at, length);
  } else if (kind == 5) { /* say a piece twice */
    guint length = MIN(bytes->len - at, 1u + value);
    g_autofree guint8 *piece = g_memdup2(bytes->data + at, length);
    g_byte_array_append(bytes, piece, length);
  } else {
    write_edge_number(random, bytes);
  }
}

static void run_mutations(const char *name, const guint8 *data, gsize size) {
  g_autoptr(GRand) random = g_rand_new_with_seed(g_str_hash(name));
  for (int i = 0; i < MUTATIONS; i++) {
    g_snprintf(running, sizeof running, "mutation %d of %s", i, name);
    g_autoptr(GByteArray) bytes = g_byte_array_new();
    g_byte_array_append(bytes, data, (guint)MIN(size, MAX_SIZE));
    for (int changes = g_rand_int_range(random, 1, MAX_CHANGES + 1); changes > 0; changes--)
      change(random, bytes);
    run_target(bytes->data, bytes->len);
  }
}

static void run_file(const char *path, gboolean mutate) {
  g_autofree char *data = NULL;
  gsize size;
  g_autoptr(GError) error = NULL;
  if (!g_file_get_contents(path, &data, &size, &error))
    g_error("%s", error->message);
  g_autofree char *name = g_path_get_basename(path);
  g_snprintf(running, sizeof running, "%s", name);
  run_target((const guint8 *)data, size);
  if (mutate)
    run_mutations(name, (const guint8 *)data, size);
}

static int compare_paths(gconstpointer a, gconstpointer b) {
  return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Sorted, so that a run is like the one before. */
static GPtrArray *list_folder(const char *path) {
  g_autoptr(GError) error = NULL;
  g_autoptr(GDir) folder = g_dir_open(path, 0, &error);
  if (!folder)
    g_error("%s", error->message);
  GPtrArray *files = g_ptr_array_new_with_free_func(g_free);
  const char *name;
  while ((name = g_dir_read_name(folder)))
    g_ptr_array_add(files, g_build_filename(path, name, NULL));
  g_ptr_array_sort(files, compare_paths);
  return files;
}

static int run_corpus(const char *folder) {
  g_autoptr(GPtrArray) files = list_folder(folder);
  g_print("1..%u\n", files->len + 1);
  g_snprintf(running, sizeof running, "nothing at all");
  run_target((const guint8 *)"", 0);
  g_print("ok 1 empty\n");
  for (guint i = 0; i < files->len; i++) {
    g_autofree char *name = g_path_get_basename(files->pdata[i]);
    run_file(files->pdata[i], TRUE);
    g_print("ok %u %s and %d mutations\n", i + 2, name, MUTATIONS);
  }
  if (files->len == 0)
    g_print("Bail out! no corpus\n");
  return files->len > 0 ? 0 : 1;
}

/* The address sanitizer reports crashes better itself. */
static void report_crashes(void) {
#ifndef __SANITIZE_ADDRESS__
  const int signals[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP};
  for (gsize i = 0; i < G_N_ELEMENTS(signals); i++)
    signal(signals[i], crash_cb);
#endif
}

int main(int argc, char **argv) {
  report_crashes();
  if (argc == 2 && g_file_test(argv[1], G_FILE_TEST_IS_DIR))
    return run_corpus(argv[1]);
  for (int i = 1; i < argc; i++)
    run_file(argv[i], FALSE);
  return 0;
}
