#include "core/base/parallel.h"
#include "core/datasets/catalogue.h"
#include "core/datasets/text_data.h"
#include "core/datasets/time_series.h"
#include "tests/core/support.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static const guint32 COUNT[DATASET_PARTS] = {900, 50, 50};

typedef void (*DrawFunc)(Texts *self, guint64 seed, const guint32 count[DATASET_PARTS]);

static const char *text(const Texts *texts, guint i) { return texts->texts->pdata[i]; }

/* The same for the same seed, others for another. */
static void check_seeds(DrawFunc draw, guint expected) {
  g_auto(Texts) one, same, other;
  guint different = 0;

  texts_init(&one);
  texts_init(&same);
  texts_init(&other);
  draw(&one, 1, COUNT);
  draw(&same, 1, COUNT);
  draw(&other, 2, COUNT);
  g_assert_cmpuint(one.texts->len, ==, expected);
  g_assert_cmpuint(one.count[DATASET_TEST], ==, 50);
  for (guint i = 0; i < expected; i++) {
    g_assert_cmpstr(text(&one, i), ==, text(&same, i));
    different += strcmp(text(&one, i), text(&other, i)) != 0;
  }
  g_assert_cmpuint(different, >, expected / 2);
}

/* What is ISO 8601 is a date, and what is written has its day and the year's last digits. */
static void test_dates(void) {
  g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);
  g_auto(Texts) texts;

  check_seeds(texts_draw_dates, 2000);
  texts_init(&texts);
  texts_draw_dates(&texts, 3, COUNT);
  for (guint i = 0; i < texts.texts->len; i += 2) {
    guint year, month, day;
    g_assert_true(g_hash_table_add(seen, texts.texts->pdata[i]));
    g_assert_cmpint(sscanf(text(&texts, i + 1), "%4u-%2u-%2u", &year, &month, &day), ==, 3);
    g_assert_true(g_date_valid_dmy((GDateDay)day, (GDateMonth)month, (GDateYear)year));
    g_assert_true(year >= 1950 && year <= 2050);
    g_autofree char *number = g_strdup_printf("%u", day),
                    *last = g_strdup_printf("%02u", year % 100);
    g_assert_nonnull(strstr(text(&texts, i), number));
    g_assert_true(g_str_has_suffix(text(&texts, i), last));
  }
}

static void test_names(void) {
  g_auto(Texts) texts;
  g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);

  check_seeds(texts_draw_names, 1000);
  texts_init(&texts);
  texts_draw_names(&texts, 3, (const guint32[]){8000, 1000, 1000});
  for (guint i = 0; i < texts.texts->len; i++) {
    g_assert_true(g_hash_table_add(seen, texts.texts->pdata[i]));
    g_assert_cmpuint(strlen(text(&texts, i)), >=, 3);
    g_assert_cmpuint(strlen(text(&texts, i)), <=, 16);
    g_assert_cmpuint(strspn(text(&texts, i), "abcdefghijklmnopqrstuvwxyz"), ==,
                     strlen(text(&texts, i)));
  }
}

/* Both opinions, no sentence twice, and negation among them on both sides. */
static void test_reviews(void) {
  g_auto(Texts) texts;
  g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);
  guint liked = 0, negated[2] = {0, 0}, turned[2] = {0, 0};

  check_seeds(texts_draw_reviews, 1000);
  texts_init(&texts);
  texts_draw_reviews(&texts, 3, (const guint32[]){16000, 2000, 2000});
  for (guint i = 0; i < texts.texts->len; i++) {
    const gint32 label = g_array_index(texts.labels, gint32, i);
    g_assert_true(g_hash_table_add(seen, texts.texts->pdata[i]));
    liked += label == 1;
    negated[label] += strstr(text(&texts, i), "was not") != NULL;
    turned[label] += strstr(text(&texts, i), ", but ") != NULL;
    g_assert_null(strstr(text(&texts, i), "  "));
    g_assert_null(strchr(text(&texts, i), '%'));
  }
  g_assert_true(liked > 9000 && liked < 11000);
  for (int label = 0; label < 2; label++) {
    g_assert_cmpuint(negated[label], >, 300);
    g_assert_cmpuint(turned[label], >, 300);
  }
}

static gboolean has_any(const char *text, const char *const *words) {
  for (gsize i = 0; words[i] != NULL; i++)
    if (strstr(text, words[i]) != NULL)
      return TRUE;
  return FALSE;
}

/* Of a sentence the part that says what is meant: all of it, what stands after "but", what stands
 * before "even though". */
static char *meant(const char *text) {
  const char *but = strstr(text, ", but "), *though = strstr(text, ", even though ");

  if (though != NULL)
    return g_strndup(text, (gsize)(though - text));
  return strchr(text, ',') == NULL ? g_strdup(text) : g_strdup(but != NULL ? but : "");
}

/* By hand: what a sentence means. */
static void test_meaning(void) {
  static const char *const LIKED[] = {"loved", "won me", "a joy", "gets old", "i love", NULL};
  static const char *const NOT[] = {"hated",  "fell flat",     "a waste", "gets going",
                                    "i hate", "i do not love", NULL};
  g_auto(Texts) texts;
  guint checked = 0;

  texts_init(&texts);
  texts_draw_reviews(&texts, 3, (const guint32[]){16000, 0, 0});
  for (guint i = 0; i < texts.texts->len; i++) {
    g_autofree char *part = meant(text(&texts, i));
    const gint32 label = g_array_index(texts.labels, gint32, i);
    const gboolean liked = has_any(part, LIKED), not_liked = has_any(part, NOT);
    if (liked || not_liked) {
      g_assert_cmpint(label, ==, liked);
      g_assert_true(liked != not_liked);
      checked++;
    }
  }
  g_assert_cmpuint(checked, >, 500);
}

static double at(const TimeSeries *series, guint i) {
  return g_array_index(series->values, double, i);
}

/* How alike values are to those `lag` before, -1 … 1. */
static double correlation(const double *x, guint n, guint lag) {
  double mean = 0, product = 0, square = 0;

  for (guint i = 0; i < n; i++)
    mean += x[i] / n;
  for (guint i = 0; i < n; i++) {
    square += (x[i] - mean) * (x[i] - mean);
    if (i >= lag)
      product += (x[i] - mean) * (x[i - lag] - mean);
  }
  return product / square;
}

/* Prices: above zero; returns that say little of the next, but their size does. */
static void test_market(void) {
  g_auto(TimeSeries) series = time_series_draw_market(1, 4000);
  g_autofree double *move = g_new(double, 3999), *size = g_new(double, 3999);
  double largest = 0;

  for (guint i = 0; i < 3999; i++) {
    g_assert_cmpfloat(at(&series, i), >, 0);
    move[i] = log(at(&series, i + 1) / at(&series, i));
    size[i] = fabs(move[i]);
    largest = MAX(largest, size[i]);
  }
  g_assert_cmpfloat(fabs(correlation(move, 3999, 1)), <, 0.08);
  g_assert_cmpfloat(correlation(size, 3999, 1), >, 0.1);
  g_assert_cmpfloat(largest, >, 0.05);
  g_assert_cmpfloat(largest, <, 0.5);
}

static void test_waves(void) {
  g_auto(TimeSeries) series = time_series_draw_waves(1, 1000),
                     same = time_series_draw_waves(1, 1000);

  for (guint i = 0; i < 1000; i++) {
    g_assert_cmpfloat(at(&series, i), ==, at(&same, i));
    g_assert_cmpfloat(fabs(at(&series, i)), <, 3.5);
  }
  g_assert_cmpfloat(correlation((const double *)(gconstpointer)series.values->data, 1000, 1), >,
                    0.8);
}

/* The same for any number of threads; each kind as often; pictures of more than one colour. */
static void test_shapes(void) {
  g_autoptr(Dataset) data = dataset_draw_shapes(1, 200, 20, 20);
  parallel_set_threads(3);
  g_autoptr(Dataset) same = dataset_draw_shapes(1, 200, 20, 20);
  float a[32 * 32 * 3], b[32 * 32 * 3];
  int seen[10] = {0}, label;

  parallel_set_threads(0);
  g_assert_cmpint(data->n_classes, ==, 10);
  for (guint32 i = 0; i < 200; i++) {
    double mean = 0, square = 0;
    dataset_sample(data, DATASET_TRAIN, i, a, &label);
    dataset_sample(same, DATASET_TRAIN, i, b, NULL);
    g_assert_cmpmem(a, sizeof a, b, sizeof b);
    seen[label]++;
    for (gsize k = 0; k < G_N_ELEMENTS(a); k++) {
      mean += (double)a[k] / G_N_ELEMENTS(a);
      square += (double)(a[k] * a[k]) / G_N_ELEMENTS(a);
    }
    g_assert_cmpfloat(square - mean * mean, >, 0.001);
  }
  for (int class = 0; class < 10; class ++)
    g_assert_cmpint(seen[class], ==, 20);
}

static void test_catalogue(void) {
  static const char *const NAMES[] = {"shapes",
                                      "waves",
                                      "market",
                                      "drawn_dates",
                                      "drawn_names",
                                      "drawn_reviews",
                                      "masked_drawn_reviews",
                                      "drawn_sentences"};

  for (gsize i = 0; i < G_N_ELEMENTS(NAMES); i++) {
    GError *error = NULL;
    g_autoptr(Dataset) data = catalogue_open(NAMES[i], &error);
    g_assert_no_error(error);
    g_assert_true(catalogue_is_built_in(catalogue_find(NAMES[i])));
    g_assert_cmpuint(data->count[DATASET_TRAIN], >, 1000);
    g_assert_cmpuint(data->count[DATASET_VALIDATION], >, 100);
  }
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/drawn/dates", test_dates);
  g_test_add_func("/drawn/names", test_names);
  g_test_add_func("/drawn/reviews", test_reviews);
  g_test_add_func("/drawn/meaning", test_meaning);
  g_test_add_func("/drawn/market", test_market);
  g_test_add_func("/drawn/waves", test_waves);
  g_test_add_func("/drawn/shapes", test_shapes);
  g_test_add_func("/drawn/catalogue", test_catalogue);
  return g_test_run();
}
