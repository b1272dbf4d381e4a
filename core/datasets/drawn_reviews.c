/* Opinions about films by a small grammar. What decides is not which words stand there: "not bad",
 * "never dull", "the acting was fine, but the plot fell flat" say the opposite of a part of them.
 */
#include "core/datasets/dice.h"
#include "core/datasets/text_data.h"

static const char *const THINGS[] = {"film",     "story",  "acting",   "plot",   "music",
                                     "ending",   "cast",   "dialogue", "camera", "script",
                                     "director", "pacing", "comedy",   "drama"};
static const char *const GOOD[] = {"good",   "wonderful", "moving",  "clever", "funny",
                                   "great",  "brilliant", "warm",    "fresh",  "thrilling",
                                   "lovely", "honest",    "charming"};
static const char *const BAD[] = {"bad",   "dull",   "awful",      "boring",  "silly",
                                  "flat",  "clumsy", "tedious",    "shallow", "lifeless",
                                  "stale", "empty",  "forgettable"};
static const char *const MUCH[] = {"", "", "", "very ", "really ", "so ", "quite "};
static const char *const NOT[] = {"was not", "was never", "was hardly", "wasn't"};
static const char *const LOVED[] = {"i loved the %s", "the %s won me over", "the %s is a joy",
                                    "i would see the %s again"};
static const char *const HATED[] = {"i hated the %s", "the %s fell flat", "the %s is a waste",
                                    "i could not stand the %s"};
static const char *const TURNS[] = {", but ", "; still, ", ", and yet "};
static const char *const ENDS[] = {".", ".", "!", ""};

static void verdict(GString *text, Dice *dice, gboolean good) {
  const char *thing = dice_pick(dice, THINGS);
  const char *format = good ? dice_pick(dice, LOVED) : dice_pick(dice, HATED);
  g_auto(GStrv) around = g_strsplit(format, "%s", 2);

  g_string_append_printf(text, "%s%s%s", around[0], thing, around[1]);
}

static void clause(GString *text, Dice *dice, gboolean good) {
  const char *thing = dice_pick(dice, THINGS), *much = dice_pick(dice, MUCH);

  switch (dice_below(dice, 4)) {
  case 0:
    verdict(text, dice, good);
    break;
  case 1: /* what it is not */
    g_string_append_printf(text, "the %s %s %s%s", thing, dice_pick(dice, NOT), much,
                           good ? dice_pick(dice, BAD) : dice_pick(dice, GOOD));
    break;
  case 2:
    g_string_append_printf(text, "%s%s %s", much,
                           good ? dice_pick(dice, GOOD) : dice_pick(dice, BAD), thing);
    break;
  default:
    g_string_append_printf(text, "the %s was %s%s", thing, much,
                           good ? dice_pick(dice, GOOD) : dice_pick(dice, BAD));
  }
}

/* Of two clauses that disagree the second is what the writer means; after "although", too. */
static char *draw_review(Dice *dice, gboolean good) {
  GString *text = g_string_new(NULL);
  const guint32 form = dice_below(dice, 5);

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
  g_string_append(text, dice_pick(dice, ENDS));
  return g_string_free(text, FALSE);
}

void texts_draw_reviews(Texts *self, guint64 seed, const guint32 count[DATASET_PARTS]) {
  for (int part = 0; part < DATASET_PARTS; part++)
    for (; self->count[part] < count[part]; self->count[part]++) {
      Dice dice = dice_new(seed, self->texts->len);
      const gint32 good = (gint32)dice_below(&dice, 2);
      g_ptr_array_add(self->texts, draw_review(&dice, good == 1));
      g_array_append_val(self->labels, good);
    }
}
