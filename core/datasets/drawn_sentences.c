/* Sentences about countries, people, animals, comparisons and food, by a small grammar: few words,
 * each often, in places that say what it means. What a capital shares with its country, or a queen
 * with a king, stands beside both; what parts them is the same for all of a kind: so vectors
 * learned from them have the differences that analogies are about.
 */
#include "core/datasets/dice.h"
#include "core/datasets/text_data.h"

#include <string.h>

/* Words that belong together, and what is said of them. In a sentence "$1" is the row's second
 * word; of "{a|b}" one stands, the same in the whole sentence; of "[a|b]" any. */
typedef struct {
  const char *const *rows, *const *sentences; /* NULL-ended */
} Topic;

/* country, capital, language, dish */
static const char *const COUNTRIES[] = {"france paris french croissants",
                                        "italy rome italian pasta",
                                        "spain madrid spanish paella",
                                        "portugal lisbon portuguese sardines",
                                        "germany berlin german pretzels",
                                        "poland warsaw polish pierogi",
                                        "hungary budapest hungarian goulash",
                                        "greece athens greek moussaka",
                                        "turkey ankara turkish baklava",
                                        "russia moscow russian blini",
                                        "sweden stockholm swedish meatballs",
                                        "norway oslo norwegian salmon",
                                        "finland helsinki finnish rye",
                                        "iceland reykjavik icelandic skyr",
                                        "japan tokyo japanese sushi",
                                        "china beijing chinese dumplings",
                                        "thailand bangkok thai papaya",
                                        "vietnam hanoi vietnamese noodles",
                                        NULL};
static const char *const OF_COUNTRIES[] = {
    "$1 is the capital of $0",
    "people in {$0|$1} speak $2",
    "{$0|$1} is a {country|city} where they speak $2",
    "we ate $3 in {$0|$1}",
    "everybody in {$0|$1} likes $3",
    "the {border|mayor} of {$0|$1} [is well known|was in the news]",
    "a {nation|street} in {$0|$1} with $2 songs",
    "the {flag|metro} of {$0|$1} and its $2 [colours|names]",
    "in the {country|city} of {$0|$1} they cook $3",
    "the {army|cathedral} of {$0|$1} is [old|famous]",
    NULL};

/* he, she, a thing, a place, a deed */
static const char *const PEOPLE[] = {
    "king queen crown palace rule",          "prince princess horse castle ride",
    "man woman hammer workshop work",        "boy girl kite playground play",
    "father mother cradle home cook",        "son daughter satchel school learn",
    "brother sister bicycle yard race",      "husband wife ring wedding dance",
    "uncle aunt parcel station visit",       "grandfather grandmother armchair porch remember",
    "actor actress costume theatre perform", "waiter waitress tray restaurant serve",
    "hero heroine sword legend fight",       "duke duchess carriage estate hunt",
    "host hostess candle dinner welcome",    NULL};
static const char *const OF_PEOPLE[] = {"the {$0|$1} took {his|her} $2 to the $3",
                                        "{he|she} is a {$0|$1} and likes to $4",
                                        "at the $3 the {$0|$1} said that {he|she} would $4",
                                        "the {$0|$1} cannot $4 without {his|her} $2",
                                        "{he|she} was a {$0|$1} with a $2",
                                        "the {gentleman|lady} is a {$0|$1} who wants to $4",
                                        "in the $3 waits a {$0|$1} , is it {him|her}",
                                        "the {$0|$1} loves {his|her} $3 , {he|she} says",
                                        NULL};

/* grown, young, what it does, where, what it eats */
static const char *const ANIMALS[] = {"dog puppy barks kennel bones",
                                      "cat kitten meows cushion tuna",
                                      "cow calf moos barn grass",
                                      "horse foal neighs stable oats",
                                      "pig piglet grunts sty acorns",
                                      "duck duckling quacks pond weeds",
                                      "sheep lamb bleats pasture clover",
                                      "lion cub roars savanna meat",
                                      "owl owlet hoots treetop mice",
                                      "goose gosling honks lake seeds",
                                      "wolf pup howls forest rabbits",
                                      "deer fawn grazes glade leaves",
                                      NULL};
static const char *const OF_ANIMALS[] = {
    "a $1 is a young $0",
    "the {grown|little} {$0|$1} $2 in the $3",
    "the {strong|tiny} {$0|$1} lives in the $3",
    "in the $3 a {$0|$1} eats $4",
    "the {$0|$1} likes $4 and {guards the herd|follows its mother}",
    "a {grown|newborn} {$0|$1} wants $4",
    "listen how the {$0|$1} $2 , it is {big and strong|tiny and little}",
    "the {$0|$1} $2 in its $3",
    NULL};

/* so, more, most, two that are so */
static const char *const QUALITIES[] = {
    "big bigger biggest whale elephant",    "fast faster fastest cheetah rocket",
    "slow slower slowest snail tortoise",   "tall taller tallest tower giraffe",
    "cold colder coldest iceberg winter",   "warm warmer warmest fire summer",
    "loud louder loudest thunder drum",     "soft softer softest pillow wool",
    "hard harder hardest diamond steel",    "bright brighter brightest sun lamp",
    "deep deeper deepest ocean canyon",     "sweet sweeter sweetest honey sugar",
    "sharp sharper sharpest razor needle",  "light lighter lightest feather bubble",
    "heavy heavier heaviest anvil boulder", NULL};
static const char *const OF_QUALITIES[] = {
    "the [$3|$4] is {very $0|much $1 than others|the $2 of all}",
    "{it is so $0|it is even $1|it is among the $2} , this [$3|$4]",
    "{how $0|how much $1 than that|the $2 in the world} is the [$3|$4]",
    "a [$3|$4] {too $0 for us|$1 than before|, the $2 ever seen}", NULL};

/* what, colour, taste, kind */
static const char *const FOOD[] = {"lemons yellow sour fruit",
                                   "bananas yellow mild fruit",
                                   "cherries red juicy fruit",
                                   "strawberries red fruity fruit",
                                   "limes green sour fruit",
                                   "grapes green juicy fruit",
                                   "plums purple juicy fruit",
                                   "oranges orange juicy fruit",
                                   "carrots orange crunchy vegetables",
                                   "cucumbers green crunchy vegetables",
                                   "radishes red spicy vegetables",
                                   "peppers yellow crunchy vegetables",
                                   "cabbages purple crunchy vegetables",
                                   "potatoes brown mild vegetables",
                                   "mushrooms brown earthy vegetables",
                                   NULL};
static const char *const OF_FOOD[] = {"the $0 are $1 and $2",
                                      "we [bought|washed|sliced] $1 $0 at the market",
                                      "$0 are $2 $3",
                                      "a basket of $2 $0 , and other $3",
                                      "in the kitchen are $1 $3 , the $0",
                                      NULL};

static const Topic TOPICS[] = {{COUNTRIES, OF_COUNTRIES},
                               {PEOPLE, OF_PEOPLE},
                               {ANIMALS, OF_ANIMALS},
                               {QUALITIES, OF_QUALITIES},
                               {FOOD, OF_FOOD}};

typedef struct {
  Dice dice;
  char **row;   /* its words */
  guint32 kind; /* which of the choices in braces */
  GString *text;
} Speaker;

static guint32 count_choices(const char *from, const char *to) {
  guint32 n = 1;

  for (; from < to; from++)
    n += *from == '|';
  return n;
}

static void say(Speaker *self, const char *from, const char *to);

/* Choice number `which` of those in [from, to). */
static void say_choice(Speaker *self, const char *from, const char *to, guint32 which) {
  for (; which > 0; which--)
    from = memchr(from, '|', (gsize)(to - from)) + 1;
  const char *end = memchr(from, '|', (gsize)(to - from));
  say(self, from, end != NULL ? end : to);
}

static void say(Speaker *self, const char *from, const char *to) {
  while (from < to) {
    if (*from == '$') {
      g_string_append(self->text, self->row[from[1] - '0']);
      from += 2;
    } else if (*from == '{' || *from == '[') {
      const char *end = strchr(from, *from == '{' ? '}' : ']');
      const guint32 n = count_choices(from, end);
      say_choice(self, from + 1, end, *from == '{' ? self->kind : dice_below(&self->dice, n));
      from = end + 1;
    } else {
      g_string_append_c(self->text, *from++);
    }
  }
}

static char *draw_sentence(guint64 seed, guint32 index) {
  Speaker self = {.dice = dice_new(seed, index), .text = g_string_new(NULL)};
  const Topic *topic = &TOPICS[dice_below(&self.dice, (guint32)G_N_ELEMENTS(TOPICS))];
  const guint32 rows = g_strv_length((char **)topic->rows);
  const guint32 sentences = g_strv_length((char **)topic->sentences);
  const char *sentence = topic->sentences[dice_below(&self.dice, sentences)];
  const char *brace = strchr(sentence, '{');
  g_auto(GStrv) row = g_strsplit(topic->rows[dice_below(&self.dice, rows)], " ", -1);

  self.row = row;
  if (brace != NULL)
    self.kind = dice_below(&self.dice, count_choices(brace, strchr(brace, '}')));
  say(&self, sentence, sentence + strlen(sentence));
  return g_string_free(self.text, FALSE);
}

void texts_draw_sentences(Texts *self, guint64 seed, const guint32 count[DATASET_PARTS]) {
  for (int part = 0; part < DATASET_PARTS; part++)
    for (guint32 i = 0; i < count[part]; i++, self->count[part]++)
      g_ptr_array_add(self->texts, draw_sentence(seed, self->texts->len));
}
