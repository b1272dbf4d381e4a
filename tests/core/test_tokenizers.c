#include "core/base/file.h"
#include "core/base/json_scan.h"
#include "core/base/rng.h"
#include "core/text/tokenizer.h"
#include "core/text/words.h"
#include "tests/core/support.h"

#include <string.h>

static const char *const TEXTS[] = {"the cat sat on the mat.", "the dog isn't on the mat!",
                                    "Über naïve cafés — 日本 😀"};

static TokenizerTexts texts(guint specials) {
  return (TokenizerTexts){TEXTS, G_N_ELEMENTS(TEXTS), specials};
}

static GArray *encode(const Tokenizer *tokenizer, const char *text) {
  GArray *tokens = g_array_new(FALSE, FALSE, sizeof(Token));

  tokenizer_encode(tokenizer, text, strlen(text), tokens);
  return tokens;
}

/* "the|cat|…" as it stands in the vocabulary. */
static char *show(const Tokenizer *tokenizer, const char *text) {
  g_autoptr(GArray) tokens = encode(tokenizer, text);
  GString *shown = g_string_new(NULL);

  for (guint i = 0; i < tokens->len; i++)
    g_string_append_printf(shown, "%s%s", i > 0 ? "|" : "",
                           tokenizer_token(tokenizer, g_array_index(tokens, Token, i).id));
  return g_string_free(shown, FALSE);
}

static void assert_shows(const Tokenizer *tokenizer, const char *text, const char *expected) {
  g_autofree char *shown = show(tokenizer, text);

  g_assert_cmpstr(shown, ==, expected);
}

static void assert_decodes(const Tokenizer *tokenizer, const char *text, const char *expected) {
  g_autoptr(GArray) ids = g_array_new(FALSE, FALSE, sizeof(gint32));

  tokenizer_encode_ids(tokenizer, text, strlen(text), ids);
  g_autofree char *decoded = tokenizer_decode(tokenizer, (const gint32 *)ids->data, ids->len);
  g_assert_cmpstr(decoded, ==, expected);
}

/* Spans go forward and stay within the text. */
static void assert_spans(const Tokenizer *tokenizer, const char *text, gboolean gapless) {
  g_autoptr(GArray) tokens = encode(tokenizer, text);
  guint32 at = 0;

  for (guint i = 0; i < tokens->len; i++) {
    const Token *token = &g_array_index(tokens, Token, i);
    g_assert_cmpuint(token->from, >=, gapless ? at : 0);
    g_assert_cmpuint(token->to, >, token->from);
    g_assert_true(!gapless || token->from == at);
    at = token->to;
  }
  g_assert_cmpuint(at, <=, strlen(text));
  g_assert_true(!gapless || at == strlen(text));
}

/* Saved and read back it is the same. */
static void assert_saves(const Tokenizer *tokenizer, const char *text) {
  GError *error = NULL;
  g_autofree char *saved = tokenizer_serialize(tokenizer);
  g_autoptr(Tokenizer) again = tokenizer_parse(saved, strlen(saved), "saved", &error);

  g_assert_no_error(error);
  g_autofree char *before = show(tokenizer, text), *after = show(again, text);
  g_autofree char *saved_again = tokenizer_serialize(again);
  g_assert_cmpstr(before, ==, after);
  g_assert_cmpstr(saved, ==, saved_again);
}

static void test_characters(void) {
  const TokenizerTexts all = texts(TOKEN_FLAG(TOKEN_PADDING) | TOKEN_FLAG(TOKEN_UNKNOWN));
  g_autoptr(Tokenizer) tokenizer = tokenizer_train_characters(&all);

  g_assert_cmpstr(tokenizer_token(tokenizer, 0), ==, "[PAD]");
  g_assert_cmpstr(tokenizer_token(tokenizer, 2), ==, " ");
  assert_shows(tokenizer, "cat 日", "c|a|t| |日");
  assert_shows(tokenizer, "cat[PAD]q", "c|a|t|[PAD]|[UNK]");
  assert_decodes(tokenizer, TEXTS[2], TEXTS[2]);
  assert_spans(tokenizer, TEXTS[2], TRUE);
  assert_saves(tokenizer, TEXTS[2]);
}

static void test_words(void) {
  const TokenizerTexts all = texts(TOKEN_FLAG(TOKEN_PADDING) | TOKEN_FLAG(TOKEN_UNKNOWN));
  g_autoptr(Tokenizer) tokenizer =
      tokenizer_train_words(&all, &(const WordOptions){.lower_case = TRUE});
  g_autoptr(Tokenizer) frequent =
      tokenizer_train_words(&all, &(const WordOptions){.minimum_count = 2});
  g_autoptr(Tokenizer) few = tokenizer_train_words(&all, &(const WordOptions){.largest = 4});

  g_assert_cmpstr(tokenizer_token(tokenizer, 2), ==, "the");
  assert_shows(tokenizer, "The dog isn't on it.", "the|dog|is|n't|on|[UNK]|.");
  assert_shows(tokenizer, "ÜBER CAFÉS", "über|cafés");
  assert_decodes(tokenizer, "the dog isn't on the mat!", "the dog isn't on the mat!");
  assert_spans(tokenizer, TEXTS[1], FALSE);
  assert_saves(tokenizer, TEXTS[1]);
  assert_shows(frequent, "the cat on the mat", "the|[UNK]|on|the|mat");
  g_assert_cmpint(vocabulary_size(few->vocabulary), ==, 4);
}

static char *cut(const char *text) {
  g_autoptr(GArray) spans = g_array_new(FALSE, FALSE, sizeof(WordSpan));
  GString *shown = g_string_new(NULL);

  words_split(text, strlen(text), spans);
  for (guint i = 0; i < spans->len; i++) {
    const WordSpan *span = &g_array_index(spans, WordSpan, i);
    g_string_append_printf(shown, "%s%.*s", i > 0 ? "|" : "", (int)(span->to - span->from),
                           text + span->from);
  }
  return g_string_free(shown, FALSE);
}

static void test_cutting(void) {
  static const char *const CASES[][2] = {
      {"it's 3.5% of $1,000.", "it|'s|3.5|%|of|$|1,000|."},
      {"don't they'll 'quoted' we've", "do|n't|they|'ll|'quoted|'|we|'ve"},
      {"well-made (sort of)", "well|-|made|(|sort|of|)"},
      {"  ", ""},
      {"né 日本語", "né|日本語"},
      {"a\xff"
       "b",
       "a|\xff|b"},
  };

  for (gsize i = 0; i < G_N_ELEMENTS(CASES); i++) {
    g_autofree char *shown = cut(CASES[i][0]);
    g_assert_cmpstr(shown, ==, CASES[i][1]);
  }
}

/* By hand: of "low low low lower lowest new newer": lo, low, " low", ne, … */
static void test_bpe(void) {
  static const char *const LOW[] = {"low low low lower lowest new newer"};
  const TokenizerTexts all = {LOW, 1, TOKEN_FLAG(TOKEN_END)};
  g_autoptr(Tokenizer) tokenizer = tokenizer_train_bpe(&all, 6, 2);
  gint32 pair[2], both;

  g_assert_cmpuint(tokenizer_bpe_merges(tokenizer), ==, 6);
  tokenizer_bpe_merge(tokenizer, 0, pair, &both);
  g_assert_cmpstr(tokenizer_token(tokenizer, both), ==, "lo");
  assert_shows(tokenizer, "low lowly", "low|Ġlow|l|y");
  assert_shows(tokenizer, "[END]low", "[END]|low");
  for (gsize i = 0; i < G_N_ELEMENTS(TEXTS); i++) {
    assert_decodes(tokenizer, TEXTS[i], TEXTS[i]);
    assert_spans(tokenizer, TEXTS[i], TRUE);
  }
  assert_decodes(tokenizer, "low \xff", "low \xef\xbf\xbd");
  assert_decodes(tokenizer, " \t\n  two\n", " \t\n  two\n");
  assert_saves(tokenizer, "low lowest 日");
}

/* The definition: each merge in turn, wherever it fits. */
static void merge_in_turn(const Tokenizer *tokenizer, GArray *ids) {
  gint32 pair[2], both;

  for (guint rank = 0; rank < tokenizer_bpe_merges(tokenizer); rank++) {
    guint to = 0;
    tokenizer_bpe_merge(tokenizer, rank, pair, &both);
    for (guint i = 0; i < ids->len; i++) {
      const gint32 *at = &g_array_index(ids, gint32, i);
      const gboolean joined = i + 1 < ids->len && at[0] == pair[0] && at[1] == pair[1];
      g_array_index(ids, gint32, to++) = joined ? both : at[0];
      i += joined;
    }
    g_array_set_size(ids, to);
  }
}

/* Words of any length, long ones of a few letters, become what the definition says. */
static void test_bpe_words(void) {
  static const char *const WORDS[] = {"abab abba aaaa bababa abcabc ccc cabaret ab ab abc aaa aab"};
  const TokenizerTexts all = {WORDS, 1, 0};
  g_autoptr(Tokenizer) tokenizer = tokenizer_train_bpe(&all, 40, 1);
  const Rng rng = rng_new(1, RNG_TEST, 0);

  for (guint64 trial = 0; trial < 400; trial++) {
    char word[256] = "";
    const guint n = 1 + rng_below(&rng, 1000 * trial, 200);
    g_autoptr(GArray) expected = g_array_new(FALSE, FALSE, sizeof(gint32));
    g_autoptr(GArray) ids = g_array_new(FALSE, FALSE, sizeof(gint32));
    for (guint i = 0; i < n; i++) {
      word[i] = (char)('a' + rng_below(&rng, 1000 * trial + i + 1, 3));
      const gint32 id = vocabulary_find(tokenizer->vocabulary, (char[]){word[i], '\0'});
      g_array_append_val(expected, id);
    }
    merge_in_turn(tokenizer, expected);
    tokenizer_encode_ids(tokenizer, word, n, ids);
    g_assert_cmpmem(ids->data, ids->len * sizeof(gint32), expected->data,
                    expected->len * sizeof(gint32));
  }
}

/* Any UTF-8 at all comes back. */
static void test_bpe_any(void) {
  const TokenizerTexts all = texts(0);
  g_autoptr(Tokenizer) tokenizer = tokenizer_train_bpe(&all, 30, 1);
  const Rng rng = rng_new(1, RNG_TEST, 1);

  for (guint64 trial = 0; trial < 300; trial++) {
    g_autoptr(GString) text = g_string_new(NULL);
    for (guint64 i = 0; i < 40; i++) {
      const guint32 most = rng_below(&rng, 1000 * trial + 2 * i, 2) != 0 ? 0x10ffff : 0x7f;
      const gunichar c = 1 + rng_below(&rng, 1000 * trial + 2 * i + 1, most);
      if (g_unichar_validate(c))
        g_string_append_unichar(text, c);
    }
    assert_decodes(tokenizer, text->str, text->str);
    assert_spans(tokenizer, text->str, TRUE);
  }
}

/* Neither a word without end nor a text of special tokens takes more than a moment. */
static void test_long(void) {
  const TokenizerTexts all = texts(TOKEN_ALL_FLAGS);
  g_autoptr(Tokenizer) tokenizer = tokenizer_train_bpe(&all, 50, 1);
  g_autoptr(GString) word = g_string_new(NULL), ends = g_string_new(NULL);
  g_autoptr(GArray) ids = g_array_new(FALSE, FALSE, sizeof(gint32));
  const Rng rng = rng_new(1, RNG_TEST, 2);

  for (guint i = 0; i < 1 << 20; i++)
    g_string_append_c(word, (char)('a' + rng_below(&rng, i, 26)));
  for (guint i = 0; i < 1 << 18; i++)
    g_string_append(ends, "[END]");
  const gint64 start = g_get_monotonic_time();
  tokenizer_encode_ids(tokenizer, word->str, word->len, ids);
  g_assert_cmpuint(ids->len, <, word->len);
  g_array_set_size(ids, 0);
  tokenizer_encode_ids(tokenizer, ends->str, ends->len, ids);
  g_assert_cmpuint(ids->len, ==, 1 << 18);
  const double seconds = (double)(g_get_monotonic_time() - start) / G_USEC_PER_SEC;
  g_test_message("%.2f s", seconds);
  g_assert_cmpfloat(seconds, <, 10);
}

static Tokenizer *wordpiece(const char *vocabulary, GError **error) {
  g_autoptr(GBytes) bytes = g_bytes_new(vocabulary, strlen(vocabulary));

  return tokenizer_parse_wordpiece(bytes, "vocab.txt", TRUE, error);
}

static void test_wordpiece(void) {
  GError *error = NULL;
  g_autoptr(Tokenizer) tokenizer =
      wordpiece("[PAD]\n[UNK]\n[CLS]\n[SEP]\nplay\n##ing\n##e\n##d\nuber\n!\n", &error);

  g_assert_no_error(error);
  assert_shows(tokenizer, "Playing ÜBER!", "play|##ing|uber|!");
  assert_shows(tokenizer, "played player", "play|##e|##d|[UNK]");
  assert_shows(tokenizer, "[CLS]play[SEP]", "[CLS]|play|[SEP]");
  assert_decodes(tokenizer, "playing!", "playing!");
  assert_spans(tokenizer, "Playing ÜBER!", FALSE);
  assert_saves(tokenizer, "playing over");
  g_assert_null(wordpiece("play\n##ing\n", &error));
  test_assert_error_says(&error, "vocab.txt", "[UNK] is missing");
  g_assert_null(wordpiece("[UNK]\na\na\n", &error));
  test_assert_error_says(&error, "vocab.txt:3", "second time", "a");
  g_assert_null(wordpiece("[UNK]\n\na\n", &error));
  test_assert_error_says(&error, "vocab.txt:2", "empty");
  g_assert_null(wordpiece("", &error));
  test_assert_error_says(&error, "[UNK] is missing");
}

static Tokenizer *gpt2(const char *vocabulary, const char *merges, GError **error) {
  g_autoptr(GBytes) first = g_bytes_new(vocabulary, strlen(vocabulary));
  g_autoptr(GBytes) second = g_bytes_new(merges, strlen(merges));

  return tokenizer_parse_gpt2(first, "vocab.json", second, "merges.txt", error);
}

static void test_bad_gpt2(void) {
  GError *error = NULL;

  g_assert_null(gpt2("{\"a\": 0, \"b\": 0}", "", &error));
  test_assert_error_says(&error, "vocab.json", "another token");
  g_assert_null(gpt2("{\"a\": 0, \"b\": 2}", "", &error));
  test_assert_error_says(&error, "vocab.json", "no token has number 1");
  g_assert_null(gpt2("{\"a\": 0, \"b\": 1", "", &error));
  test_assert_error_says(&error, "vocab.json");
  g_assert_null(gpt2("{\"a\": 0, \"b\": 1, \"ab\": 2}", "#version: 0.2\na b\na c\n", &error));
  test_assert_error_says(&error, "merges.txt:3", "does not have c");
  g_assert_null(gpt2("{\"a\": 0}", "a\n", &error));
  test_assert_error_says(&error, "merges.txt:1", "two tokens");
  g_assert_null(gpt2("{\"a\": 0}", "", &error));
  test_assert_error_says(&error, "vocab.json", "byte 0");
}

static void test_bad_saved(void) {
  static const char *const BAD[] = {
      "",
      "{}",
      "{\"kind\": \"words\"}",
      "{\"kind\": \"runes\", \"specials\": 0, \"tokens\": []}",
      "{\"kind\": \"words\", \"specials\": 99, \"tokens\": []}",
      "{\"kind\": \"bpe\", \"specials\": 0, \"tokens\": [\"a\"], \"merges\": [0, 0, 7]}",
      "{\"kind\": \"words\", \"specials\": 0, \"tokens\": [\"a\", \"a\"]}"};

  for (gsize i = 0; i < G_N_ELEMENTS(BAD); i++) {
    GError *error = NULL;
    g_assert_null(tokenizer_parse(BAD[i], strlen(BAD[i]), "saved", &error));
    test_assert_error_says(&error, "saved");
  }
}

/* --- against the reference --- */

static void read_numbers(JsonScan *scan, GArray *numbers) {
  gint64 number;

  for (json_scan_array(scan); json_scan_element(scan);)
    if (json_scan_integer(scan, &number))
      g_array_append_val(numbers, number);
}

static void check_texts(JsonScan *scan, const Tokenizer *tokenizer, char **golden) {
  guint n = 0;

  for (json_scan_array(scan); json_scan_element(scan); n++) {
    g_autoptr(GArray) expected = g_array_new(FALSE, FALSE, sizeof(gint64));
    g_autoptr(GArray) tokens = encode(tokenizer, golden[n]);
    read_numbers(scan, expected);
    g_test_message("%s", golden[n]);
    g_assert_cmpuint(tokens->len, ==, expected->len);
    for (guint i = 0; i < tokens->len; i++)
      g_assert_cmpint(g_array_index(tokens, Token, i).id, ==, g_array_index(expected, gint64, i));
  }
  g_assert_cmpuint(n, ==, g_strv_length(golden));
}

static void check_golden(const Tokenizer *tokenizer, const char *which) {
  g_autofree char *path = g_test_build_filename(G_TEST_DIST, "golden", "tokenizers.json", NULL);
  g_autofree char *text = NULL;
  g_auto(GStrv) golden = NULL;
  g_auto(JsonScan) scan;
  GError *error = NULL;
  const char *name;
  gsize size;

  g_file_get_contents(path, &text, &size, &error);
  g_assert_no_error(error);
  json_scan_init(&scan, text, size, path, G_FILE_ERROR, G_FILE_ERROR_INVAL);
  for (json_scan_object(&scan); json_scan_member(&scan, &name);) {
    if (g_str_equal(name, "texts")) {
      golden = json_scan_strings(&scan);
    } else if (g_str_equal(name, which)) {
      check_texts(&scan, tokenizer, golden);
    } else {
      g_autoptr(GArray) passed = g_array_new(FALSE, FALSE, sizeof(gint64));
      for (json_scan_array(&scan); json_scan_element(&scan);)
        read_numbers(&scan, passed);
    }
  }
  json_scan_finish(&scan, &error);
  g_assert_no_error(error);
}

/* Hugging Face's training adds the same tokens in the same order. */
static void test_as_trained(void) {
  g_autofree char *path = g_test_build_filename(G_TEST_DIST, "golden", "bpe_training.json", NULL);
  g_autofree char *file = NULL, *text = NULL;
  g_auto(GStrv) expected = NULL;
  g_auto(JsonScan) scan;
  GError *error = NULL;
  const char *name;
  gsize size;

  g_file_get_contents(path, &file, &size, &error);
  g_assert_no_error(error);
  json_scan_init(&scan, file, size, path, G_FILE_ERROR, G_FILE_ERROR_INVAL);
  for (json_scan_object(&scan); json_scan_member(&scan, &name);)
    if (g_str_equal(name, "text"))
      text = json_scan_string(&scan);
    else
      expected = json_scan_strings(&scan);
  json_scan_finish(&scan, &error);
  g_assert_no_error(error);
  const TokenizerTexts all = {(const char *const *)&text, 1, 0};
  g_autoptr(Tokenizer) tokenizer = tokenizer_train_bpe(&all, 40, 1);
  g_assert_cmpint(vocabulary_size(tokenizer->vocabulary), ==, 256 + g_strv_length(expected));
  for (gint32 i = 0; expected[i] != NULL; i++)
    g_assert_cmpstr(tokenizer_token(tokenizer, 256 + i), ==, expected[i]);
}

static void test_as_gpt2(void) {
  g_autofree char *vocabulary = test_data_path("tokenizers/gpt2-encoder.json");
  GError *error = NULL;

  if (vocabulary == NULL)
    return;
  g_autofree char *merges = test_data_path("tokenizers/gpt2-vocab.bpe");
  g_autoptr(GBytes) first = file_read(vocabulary, 1 << 24, &error);
  g_autoptr(GBytes) second = file_read(merges, 1 << 24, &error);
  g_autoptr(Tokenizer) tokenizer = tokenizer_parse_gpt2(first, vocabulary, second, merges, &error);
  g_assert_no_error(error);
  g_assert_cmpint(vocabulary_size(tokenizer->vocabulary), ==, 50257);
  g_assert_cmpint(tokenizer->special[TOKEN_END], ==, 50256);
  check_golden(tokenizer, "gpt2");
}

static void test_as_bert(void) {
  g_autofree char *path = test_data_path("tokenizers/bert-base-uncased-vocab.txt");
  GError *error = NULL;

  if (path == NULL)
    return;
  g_autoptr(GBytes) bytes = file_read(path, 1 << 24, &error);
  g_autoptr(Tokenizer) tokenizer = tokenizer_parse_wordpiece(bytes, path, TRUE, &error);
  g_assert_no_error(error);
  g_assert_cmpint(vocabulary_size(tokenizer->vocabulary), ==, 30522);
  check_golden(tokenizer, "bert");
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/tokenizers/characters", test_characters);
  g_test_add_func("/tokenizers/words", test_words);
  g_test_add_func("/tokenizers/cutting", test_cutting);
  g_test_add_func("/tokenizers/bpe", test_bpe);
  g_test_add_func("/tokenizers/bpe-words", test_bpe_words);
  g_test_add_func("/tokenizers/bpe-any", test_bpe_any);
  g_test_add_func("/tokenizers/long", test_long);
  g_test_add_func("/tokenizers/wordpiece", test_wordpiece);
  g_test_add_func("/tokenizers/bad-gpt2", test_bad_gpt2);
  g_test_add_func("/tokenizers/bad-saved", test_bad_saved);
  g_test_add_func("/tokenizers/as-trained", test_as_trained);
  g_test_add_func("/tokenizers/as-gpt2", test_as_gpt2);
  g_test_add_func("/tokenizers/as-bert", test_as_bert);
  return g_test_run();
}
