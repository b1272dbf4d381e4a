#include "core/datasets/drawn_names.h"

#include "core/datasets/text_data.h"

#include <string.h>

/* How names sound somewhere: what a syllable begins with, its vowels, what it may end on, and how
 * names end. "|" stands between the choices; some are there twice because they are frequent. */
typedef struct {
  const char *begin, *vowel, *end, *last;
} Sound;

static const Sound SOUNDS[] = {
    {"b|d|f|g|k|l|m|n|r|s|t|v|th|br|dr|gr", "a|e|i|o|u|a|e", "|||n|r|l|s", "a|us|en|in|or|as|eth"},
    {"k|t|m|n|s|h|r|y|sh|ch", "a|i|u|e|o|a|o", "||||n", "ko|mi|ra|ta|ru|na|shi|to"},
    {"al|ar|b|f|h|j|k|m|n|q|r|s|z|sh", "a|i|u|a|aa", "||l|m|r|n", "ah|im|id|a|an|ir|een"},
    {"v|z|k|m|l|d|st|sv|br|t|r|y", "a|e|i|o|a", "||r|l|n|s", "ana|ek|ov|ita|imir|ina|an"},
};

static void append_choice(GString *name, Dice *dice, const char *choices) {
  g_auto(GStrv) parts = g_strsplit(choices, "|", -1);

  g_string_append(name, parts[dice_below(dice, g_strv_length(parts))]);
}

char *draw_name(Dice *dice) {
  const Sound *sound = &SOUNDS[dice_below(dice, (guint32)G_N_ELEMENTS(SOUNDS))];
  const guint32 syllables = 1 + dice_below(dice, 2);
  GString *name = g_string_new(NULL);

  for (guint32 i = 0; i < syllables; i++) {
    append_choice(name, dice, sound->begin);
    append_choice(name, dice, sound->vowel);
    append_choice(name, dice, sound->end);
  }
  if (strchr("aeiou", name->str[name->len - 1]) != NULL)
    append_choice(name, dice, sound->begin);
  append_choice(name, dice, sound->last);
  return g_string_free(name, FALSE);
}

void texts_draw_names(Texts *self, guint64 seed, const guint32 count[DATASET_PARTS]) {
  g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);
  guint32 index = 0;

  for (int part = 0; part < DATASET_PARTS; part++)
    while (self->count[part] < count[part]) {
      Dice dice = dice_new(seed, index++);
      char *name = draw_name(&dice);
      if (g_hash_table_contains(seen, name)) {
        g_free(name);
        continue;
      }
      g_hash_table_add(seen, name);
      g_ptr_array_add(self->texts, name);
      self->count[part]++;
    }
}
