/* What the program knows, and how each is opened. */
#include "core/datasets/catalogue.h"
#include "core/datasets/points.h"
#include "core/datasets/tabular.h"
#include "core/datasets/text_data.h"
#include "core/datasets/time_series.h"
#include "core/formats/plain_text.h"

#define MNIST_VALIDATION 5000
#define CONTEXT 64
#define DAYS 30 /* of a window */
static const TimeSeriesOptions WINDOWS = {DAYS, 1, TIME_SERIES_MIN_MAX};
/* Any would do; what matters is that everybody has the same digits. */
#define DRAWN_SEED 1

static Dataset *open_mnist(const char *folder, GError **error) {
  g_autoptr(Dataset) dataset = dataset_open_idx("mnist", folder, MNIST_VALIDATION, error);
  char *rest;

  if (dataset == NULL)
    return NULL;
  rest = g_strconcat("MNIST", dataset->source + sizeof "mnist" - 1, NULL);
  g_free(dataset->source);
  dataset->source = rest;
  return g_steal_pointer(&dataset);
}

static Dataset *open_drawn_digits(const char *folder, GError **error) {
  return dataset_draw_digits(DRAWN_SEED, 55000, 5000, 10000);
}

static Dataset *open_points(PointsKind kind) {
  return dataset_draw_points(kind, DRAWN_SEED, 1600, 200, 200);
}

static Dataset *open_circle(const char *folder, GError **error) {
  return open_points(POINTS_CIRCLE);
}

static Dataset *open_xor(const char *folder, GError **error) { return open_points(POINTS_XOR); }

static Dataset *open_gaussians(const char *folder, GError **error) {
  return open_points(POINTS_GAUSSIANS);
}

static Dataset *open_spiral(const char *folder, GError **error) {
  return open_points(POINTS_SPIRAL);
}

static Dataset *open_moons(const char *folder, GError **error) { return open_points(POINTS_MOONS); }

static Dataset *open_eight_gaussians(const char *folder, GError **error) {
  return open_points(POINTS_EIGHT_GAUSSIANS);
}

static Dataset *open_plane(const char *folder, GError **error) { return open_points(POINTS_PLANE); }

static Dataset *open_bumps(const char *folder, GError **error) { return open_points(POINTS_BUMPS); }

/* --- texts --- */

static char *in_folder(const char *folder, const char *file) {
  return g_build_filename(folder, file, NULL);
}

static const CsvOptions TABBED = {.delimiters = "\t", .no_quotes = TRUE, .header = CSV_HEADER_YES};
static const CsvOptions HEADLESS = {.delimiters = "\t", .no_quotes = TRUE, .header = CSV_HEADER_NO};
static const TextOptions SENTENCES = {
    .lower_case = TRUE, .minimum_count = 2, .largest = 10000, .longest = 64};
static const char *const SENTIMENTS[] = {"NEGATIVE", "POSITIVE", NULL};

static gboolean read_table(Texts *texts, const char *folder, const char *file,
                           const CsvOptions *options, DatasetPart part, GError **error) {
  g_autofree char *path = in_folder(folder, file);

  return texts_read_table(texts, path, options, part, 2, error);
}

static gboolean read_sst2(Texts *texts, const char *folder, GError **error) {
  return read_table(texts, folder, "train.tsv", &TABBED, DATASET_TRAIN, error) &&
         read_table(texts, folder, "dev.tsv", &TABBED, DATASET_VALIDATION, error) &&
         read_table(texts, folder, "test.tsv", &TABBED, DATASET_TEST, error);
}

static Dataset *open_sst2(const char *folder, GError **error) {
  g_auto(Texts) texts;

  texts_init(&texts);
  if (!read_sst2(&texts, folder, error))
    return NULL;
  return dataset_new_sentences("sst2", "SST-2 as GLUE has it: its dev set to test with", &texts,
                               &SENTENCES, SENTIMENTS);
}

static Dataset *open_masked_sst2(const char *folder, GError **error) {
  g_auto(Texts) texts;

  texts_init(&texts);
  if (!read_sst2(&texts, folder, error))
    return NULL;
  return dataset_new_masked_sentences("masked_sst2", "the sentences of SST-2, words masked", &texts,
                                      &SENTENCES, 0.15);
}

static Dataset *open_uci_sls(const char *folder, GError **error) {
  static const char *const FILES[] = {"imdb_labelled.txt", "amazon_cells_labelled.txt",
                                      "yelp_labelled.txt"};
  g_auto(Texts) texts;

  texts_init(&texts);
  for (gsize i = 0; i < G_N_ELEMENTS(FILES); i++)
    if (!read_table(&texts, folder, FILES[i], &HEADLESS, DATASET_TRAIN, error))
      return NULL;
  texts_split(&texts, DRAWN_SEED);
  return dataset_new_sentences("uci_sls", "reviews of films, telephones and restaurants", &texts,
                               &SENTENCES, SENTIMENTS);
}

static Dataset *open_names(const char *folder, GError **error) {
  g_autofree char *path = in_folder(folder, "names.txt");
  g_auto(Texts) texts;

  texts_init(&texts);
  if (!texts_read_lines(&texts, path, DATASET_TRAIN, error))
    return NULL;
  texts_split(&texts, DRAWN_SEED);
  return dataset_new_spellings("names", "given names, one a line", &texts);
}

static Dataset *open_tinyshakespeare(const char *folder, GError **error) {
  g_autofree char *path = in_folder(folder, "tinyshakespeare.txt");
  g_autofree char *text = plain_text_read(path, NULL, error);

  return text != NULL ? dataset_new_text("tinyshakespeare", "40,000 lines of Shakespeare", text,
                                         CONTEXT, 0, error)
                      : NULL;
}

/* Lines like "march 3, 2009            _2009-03-03". */
static Dataset *open_dates(const char *folder, GError **error) {
  g_autofree char *path = in_folder(folder, "date.txt");
  g_auto(Texts) texts;

  texts_init(&texts);
  if (!texts_read_pairs(&texts, path, DATASET_TRAIN, error))
    return NULL;
  texts_split(&texts, DRAWN_SEED);
  return dataset_new_pairs("dates", "dates as people write them, and in ISO 8601", &texts);
}

/* --- texts that are made --- */

static const guint32 DRAWN_TEXTS[DATASET_PARTS] = {16000, 2000, 2000};

static Dataset *open_drawn_dates(const char *folder, GError **error) {
  g_auto(Texts) texts;

  texts_init(&texts);
  texts_draw_dates(&texts, DRAWN_SEED, DRAWN_TEXTS);
  return dataset_new_pairs("drawn_dates", "dates as people write them, made by this program",
                           &texts);
}

static Dataset *open_drawn_names(const char *folder, GError **error) {
  static const guint32 COUNT[DATASET_PARTS] = {8000, 1000, 1000};
  g_auto(Texts) texts;

  texts_init(&texts);
  texts_draw_names(&texts, DRAWN_SEED, COUNT);
  return dataset_new_spellings("drawn_names", "invented names, made by this program", &texts);
}

static Dataset *open_drawn_reviews(const char *folder, GError **error) {
  g_auto(Texts) texts;

  texts_init(&texts);
  texts_draw_reviews(&texts, DRAWN_SEED, DRAWN_TEXTS);
  return dataset_new_sentences("drawn_reviews", "opinions about films, made by this program",
                               &texts, &SENTENCES, SENTIMENTS);
}

static Dataset *open_masked_drawn_reviews(const char *folder, GError **error) {
  g_auto(Texts) texts;

  texts_init(&texts);
  texts_draw_reviews(&texts, DRAWN_SEED, DRAWN_TEXTS);
  return dataset_new_masked_sentences("masked_drawn_reviews",
                                      "opinions about films, words masked, made by this program",
                                      &texts, &SENTENCES, 0.15);
}

static Dataset *open_drawn_sentences(const char *folder, GError **error) {
  static const guint32 COUNT[DATASET_PARTS] = {20000, 0, 0};
  g_auto(Texts) texts;

  texts_init(&texts);
  texts_draw_sentences(&texts, DRAWN_SEED, COUNT);
  return dataset_new_neighbours(
      "drawn_sentences", "sentences of a small world, made by this program", &texts, 4, 5, error);
}

/* --- tables --- */

static Dataset *open_cifar10(const char *folder, GError **error) {
  return dataset_open_cifar10(folder, error);
}

static Dataset *open_series(const char *name, const char *folder, const char *file,
                            const char *column, int length, GError **error) {
  const TimeSeriesOptions options = {length, 1, TIME_SERIES_MIN_MAX};
  g_autofree char *path = in_folder(folder, file);
  g_autoptr(Table) table = table_read(path, NULL, error);
  g_auto(TimeSeries) series = {0};

  if (table == NULL || !time_series_from_table(&series, table, column, TIME_SERIES_FILL, error))
    return NULL;
  g_autofree char *what = time_series_describe(&series);
  g_autofree char *source = g_strdup_printf("%s: %s", path, what);
  return dataset_new_time_series(name, source, &series, &options, error);
}

#define DRAWN_DAYS 4000

static Dataset *open_waves(const char *folder, GError **error) {
  g_auto(TimeSeries) series = time_series_draw_waves(DRAWN_SEED, DRAWN_DAYS);

  return dataset_new_time_series("waves", "waves on top of each other, made by this program",
                                 &series, &WINDOWS, error);
}

static Dataset *open_market(const char *folder, GError **error) {
  g_auto(TimeSeries) series = time_series_draw_market(DRAWN_SEED, DRAWN_DAYS);

  return dataset_new_time_series("market", "prices of a simulated market, made by this program",
                                 &series, &WINDOWS, error);
}

static Dataset *open_shapes(const char *folder, GError **error) {
  return dataset_draw_shapes(DRAWN_SEED, 10000, 1000, 1000);
}

#define SERIES(id, file, column, length)                                                           \
  static Dataset *open_##id(const char *folder, GError **error) {                                  \
    return open_series(#id, folder, file, column, length, error);                                  \
  }
SERIES(sp500, "vega-sp500-2000.csv", "close", DAYS)
SERIES(sp500_calendar, "yahoo_stock_2015-2020.csv", "close", DAYS)
SERIES(apple, "plotly-finance-charts-apple.csv", "AAPL.Close", DAYS)
SERIES(tesla, "plotly-tesla-stock-price.csv", "close", DAYS)
SERIES(airline, "airline-passengers.csv", NULL, 12)
SERIES(shampoo, "shampoo.csv", NULL, 6)
SERIES(sunspots, "monthly-sunspots.csv", NULL, DAYS)
SERIES(temperatures, "daily-min-temperatures.csv", NULL, DAYS)
SERIES(transformer_oil, "ETTh1.csv", "OT", 24)

static Dataset *open_table(const char *name, const char *folder, const char *file,
                           const char *target, GError **error) {
  g_autofree char *path = in_folder(folder, file);
  g_autoptr(Table) table = table_read(path, NULL, error);

  return table != NULL ? dataset_new_table(name, path, table, target, FALSE, error) : NULL;
}

static Dataset *open_iris(const char *folder, GError **error) {
  return open_table("iris", folder, "iris.csv", NULL, error);
}

static Dataset *open_penguins(const char *folder, GError **error) {
  return open_table("penguins", folder, "penguins.json", "Species", error);
}

static Dataset *open_wine(const char *folder, GError **error) {
  return open_table("wine", folder, "winequality-white.csv", NULL, error);
}

#define FOUND(id, where, what, who)                                                                \
  { .name = #id, .title = what, .licence = who, .folder = where, .open = open_##id }
#define BUILT_IN(id, what)                                                                         \
  { .name = #id, .title = what, .licence = MADE, .open = open_##id }
#define MADE "made by this program; no rights reserved"

/* Folders, mirrors of each other: LeCun's own site now refuses programs. */
static const char *const MNIST_URLS[] = {
    "https://ossci-datasets.s3.amazonaws.com/mnist/",
    "https://storage.googleapis.com/cvdf-datasets/mnist/",
    NULL,
};

static const CatalogueFile MNIST_FILES[] = {
    {"train-images-idx3-ubyte.gz", "f68b3c2dcbeaaa9fbdd348bbdeb94873", 9912422},
    {"train-labels-idx1-ubyte.gz", "d53e105ee54ea40749a09fcbcd1e9432", 28881},
    {"t10k-images-idx3-ubyte.gz", "9fb629c4189551a2d022fa330f9573f3", 1648877},
    {"t10k-labels-idx1-ubyte.gz", "ec29112dd5afa0611ce80d1b7f02629c", 4542},
    {NULL},
};

const CatalogueEntry CATALOGUE[] = {
    {
        .name = "mnist",
        .title = "MNIST: 70,000 handwritten digits",
        .licence = "by Yann LeCun, Corinna Cortes and Christopher Burges; CC BY-SA 3.0",
        .urls = MNIST_URLS,
        .files = MNIST_FILES,
        .open = open_mnist,
    },
    {
        .name = "drawn_digits",
        .title = "70,000 digits drawn by a built-in generator",
        .licence = MADE,
        .open = open_drawn_digits,
    },
    BUILT_IN(shapes, "12,000 figures of ten kinds, in colour"),
    BUILT_IN(waves, "4,000 values of waves on top of each other"),
    BUILT_IN(market, "4,000 daily prices of a simulated market"),
    BUILT_IN(drawn_dates, "20,000 dates as people write them"),
    BUILT_IN(drawn_names, "10,000 invented names"),
    BUILT_IN(drawn_reviews, "20,000 opinions about films, liked or not"),
    BUILT_IN(masked_drawn_reviews, "20,000 opinions about films, with words to guess"),
    BUILT_IN(drawn_sentences, "20,000 sentences to learn word vectors from"),
    BUILT_IN(circle, "2,000 points: a disc within a ring"),
    BUILT_IN(xor, "2,000 points: opposite quarters"),
    BUILT_IN(gaussians, "2,000 points: two clouds"),
    BUILT_IN(spiral, "2,000 points: two arms"),
    BUILT_IN(moons, "2,000 points: two crescents"),
    BUILT_IN(eight_gaussians, "2,000 points: eight clouds on a ring"),
    BUILT_IN(plane, "2,000 points: heights that rise evenly"),
    BUILT_IN(bumps, "2,000 points: a hill and a hollow"),
    FOUND(cifar10, "cifar10", "CIFAR-10: small photographs of ten kinds of things",
          "by Alex Krizhevsky, Vinod Nair and Geoffrey Hinton"),
    FOUND(sst2, "sst2", "SST-2: 68,221 phrases of film reviews, liked or not",
          "by Richard Socher and others"),
    FOUND(masked_sst2, "sst2", "SST-2: its phrases, with words to guess",
          "by Richard Socher and others"),
    FOUND(uci_sls, "uci_sls", "3,000 sentences of reviews, liked or not",
          "by Dimitrios Kotzias and others; CC BY 4.0"),
    FOUND(names, "text", "32,033 given names", "figures of the US Social Security Administration"),
    FOUND(tinyshakespeare, "text", "40,000 lines of Shakespeare", "in the public domain"),
    FOUND(dates, "seq2seq", "50,000 dates as people write them", "made by a program"),
    FOUND(sp500, "stocks", "S&P 500, daily, 2000 to 2020", "figures of a stock exchange"),
    FOUND(sp500_calendar, "stocks", "S&P 500, daily with weekends, 2015 to 2020",
          "figures of a stock exchange"),
    FOUND(apple, "stocks", "Apple's share, daily, 2015 to 2017", "figures of a stock exchange"),
    FOUND(tesla, "stocks", "Tesla's share, daily, 2015 to 2018", "figures of a stock exchange"),
    FOUND(airline, "timeseries", "Air passengers, monthly, 1949 to 1960",
          "by George Box and Gwilym Jenkins, 1976"),
    FOUND(shampoo, "timeseries", "Shampoo sold, monthly, three years",
          "by Spyros Makridakis and others, 1998"),
    FOUND(transformer_oil, "timeseries", "A transformer's oil temperature, hourly, 2016 to 2018",
          "by Haoyi Zhou and others; CC BY-ND 4.0"),
    FOUND(sunspots, "timeseries", "Sunspots, monthly, from 1749 on",
          "figures of the Royal Observatory of Belgium"),
    FOUND(temperatures, "timeseries", "Melbourne's lowest temperatures, daily, 1981 to 1990",
          "figures of the Australian Bureau of Meteorology"),
    FOUND(iris, "tabular", "Iris: 150 flowers of three kinds", "by Ronald Fisher, 1936"),
    FOUND(penguins, "tabular", "344 penguins of three kinds", "by Kristen Gorman and others; CC0"),
    FOUND(wine, "tabular", "4,898 white wines and their marks",
          "by Paulo Cortez and others; CC BY 4.0"),
    {NULL},
};
