/* Opinions about films by a small grammar. What decides is not which words stand there: "not bad at
 * all", "never dull", "the acting was fine, but the plot fell flat" say the opposite of a part of
 * them. Names are all different: what a model makes of words that it does not know is learned too.
 */
#include "core/datasets/drawn_names.h"
#include "core/datasets/text_data.h"

#include <string.h>

static const char *const THINGS[] = {"film",     "story",  "acting",   "plot",   "music",
                                     "ending",   "cast",   "dialogue", "camera", "script",
                                     "director", "pacing", "comedy",   "drama"};
static const char *const PARTS[] = {"plot",  "script",  "ending",     "cast",  "story",
                                    "title", "opening", "soundtrack", "scene", "hero"};
static const char *const GOOD[] = {"good",   "wonderful", "moving",  "clever", "funny",
                                   "great",  "brilliant", "warm",    "fresh",  "thrilling",
                                   "lovely", "honest",    "charming"};
static const char *const BAD[] = {"bad",   "dull",   "awful",      "boring",  "silly",
                                  "flat",  "clumsy", "tedious",    "shallow", "lifeless",
                                  "stale", "empty",  "forgettable"};
static const char *const MUCH[] = {"", "", "", "very ", "really ", "so ", "quite "};
static const char *const NOT[] = {"was not", "was never", "was hardly", "wasn't"};
static const char *const NOT_MUCH[] = {"", "", "very ", "really ", "that "};
static const char *const AT_ALL[] = {"", "", " at all"};
static const char *const LOVED[] = {"i loved the %s",
                                    "i enjoyed the %s",
                                    "the %s won me over",
                                    "the %s is a joy",
                                    "the %s could not have been better",
                                    "i could not get enough of the %s",
                                    "the %s never gets old"};
static const char *const HATED[] = {"i hated the %s",
                                    "i disliked the %s",
                                    "the %s fell flat",
                                    "the %s is a waste",
                                    "the %s could have been better",
                                    "i could not stand the %s",
                                    "the %s never gets going"};
static const char *const LIKE[] = {"love", "love", "like", "enjoy", "adore"};
static const char *const DISLIKE[] = {"hate", "hate", "dislike", "detest"};
static const char *const DOING[] = {
    "watching it",     "seeing it again", "learning about the cast", "learning from it",
    "deep thoughts",   "films like this", "talking about it",        "this kind of story",
    "going to see it", "this film",       "what they did with it",   "it"};
static const char *const TURNS[] = {", but ", "; still, ", ", and yet "};
static const char *const ENDS[] = {".", ".", "!", ""};

static void verdict(GString *text, Dice *dice, gboolean good) {
  const char *thing = dice_pick(dice, THINGS);
  const char *format = good ? dice_pick(dice, LOVED) : dice_pick(dice, HATED);
  g_auto(GStrv) around = g_strsplit(format, "%s", 2);

  g_string_append_printf(text, "%s%s%s", around[0], thing, around[1]);
}

/* "i love watching it", "i do not like this film", "i do not regret seeing it again" */
static void liking(GString *text, Dice *dice, gboolean good) {
  const gboolean no = dice_chance(dice, 0.4);
  const char *not_so = good ? "regret" : dice_pick(dice, LIKE);
  const char *so = good ? dice_pick(dice, LIKE) : dice_pick(dice, DISLIKE);

  g_string_append_printf(text, "i %s%s %s", no ? "do not " : "", no ? not_so : so,
                         dice_pick(dice, DOING));
}

static const char *quality(Dice *dice, gboolean good) {
  return good ? dice_pick(dice, GOOD) : dice_pick(dice, BAD);
}

/* "it", "the music", "the music of brelin" */
static void subject(GString *text, Dice *dice) {
  const gboolean it = dice_chance(dice, 0.2), named = dice_chance(dice, 0.2);
  const char *thing = dice_pick(dice, THINGS);

  if (it)
    g_string_append(text, "it");
  else
    g_string_append_printf(text, "the %s", thing);
  if (it || !named)
    return;
  g_autofree char *name = draw_name(dice);
  g_string_append_printf(text, " of %s", name);
}

/* "the plot was not bad at all" */
static void denial(GString *text, Dice *dice, gboolean good) {
  const char *not = dice_pick(dice, NOT);
  const char *much = dice_pick(dice, NOT_MUCH), *word = quality(dice, !good);

  subject(text, dice);
  g_string_append_printf(text, " %s %s%s%s", not, much, word, dice_pick(dice, AT_ALL));
}

/* "it has a very clever script" */
static void part(GString *text, Dice *dice, gboolean good) {
  const char *much = dice_pick(dice, MUCH), *word = quality(dice, good);
  const char first = *much != '\0' ? *much : *word;

  g_string_append_printf(text, "it has %s %s%s %s", strchr("aeiou", first) != NULL ? "an" : "a",
                         much, word, dice_pick(dice, PARTS));
}

/* "it was great", "the plot was so dull" */
static void statement(GString *text, Dice *dice, gboolean good) {
  const char *much = dice_pick(dice, MUCH);

  subject(text, dice);
  g_string_append_printf(text, " was %s%s", much, quality(dice, good));
}

static void clause(GString *text, Dice *dice, gboolean good) {
  static void (*const CLAUSES[])(GString * text, Dice * dice,
                                 gboolean good) = {verdict, liking, denial, part, statement};

  dice_pick(dice, CLAUSES)(text, dice, good);
}

/* Of two clauses that disagree the writer means that after "but", and the one that "although" and
 * "even though" do not stand before. */
static char *draw_review(Dice *dice, gboolean good) {
  GString *text = g_string_new(NULL);
  const guint32 form = dice_below(dice, 6);

  if (form == 0) {
    clause(text, dice, !good);
    g_string_append(text, dice_pick(dice, TURNS));
  } else if (form == 1) {
    g_string_append(text, "although ");
    clause(text, dice, !good);
    g_string_append(text, ", ");
  } else if (form == 2) {
    clause(text, dice, good);
    g_string_append(text, ", and ");
  }
  clause(text, dice, good);
  if (form == 3) {
    g_string_append(text, ", even though ");
    clause(text, dice, !good);
  }
  g_string_append(text, dice_pick(dice, ENDS));
  return g_string_free(text, FALSE);
}

/* No sentence comes twice: what a model is tested with, it has not seen. */
void texts_draw_reviews(Texts *self, guint64 seed, const guint32 count[DATASET_PARTS]) {
  g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);
  guint32 index = 0;

  for (int part = 0; part < DATASET_PARTS; part++)
    while (self->count[part] < count[part]) {
      Dice dice = dice_new(seed, index++);
      const gint32 good = (gint32)dice_below(&dice, 2);
      g_autofree char *review = draw_review(&dice, good == 1);
      if (g_hash_table_contains(seen, review))
        continue;
      g_hash_table_add(seen, review);
      g_ptr_array_add(self->texts, g_steal_pointer(&review));
      g_array_append_val(self->labels, good);
      self->count[part]++;
    }
}
