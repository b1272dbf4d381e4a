#include "core/datasets/dice.h"
#include "core/datasets/text_data.h"

#define FIRST_DAY 711858 /* 1 January 1950, as GDate counts */
#define DAYS 36525       /* a hundred years */

static const char *const MONTHS[] = {"january",   "february", "march",    "april",
                                     "may",       "june",     "july",     "august",
                                     "september", "october",  "november", "december"};
static const char *const WEEKDAYS[] = {"monday", "tuesday",  "wednesday", "thursday",
                                       "friday", "saturday", "sunday"};

static const char *ending(guint day) {
  if (day / 10 == 1)
    return "th";
  return day % 10 == 1 ? "st" : day % 10 == 2 ? "nd" : day % 10 == 3 ? "rd" : "th";
}

/* As people write it: in words or numbers, month first in numbers. */
static char *phrase(Dice *dice, const GDate *date) {
  const guint day = g_date_get_day(date), month = (guint)g_date_get_month(date);
  const guint year = g_date_get_year(date), two = year % 100;
  const char *name = MONTHS[month - 1];
  const char *weekday = WEEKDAYS[g_date_get_weekday(date) - 1];

  switch (dice_below(dice, 10)) {
  case 0:
    return g_strdup_printf("%s %u, %u", name, day, year);
  case 1:
    return g_strdup_printf("%u %s %u", day, name, year);
  case 2:
    return g_strdup_printf("%u/%u/%02u", month, day, two);
  case 3:
    return g_strdup_printf("%02u/%02u/%u", month, day, year);
  case 4:
    return g_strdup_printf("the %u%s of %s %u", day, ending(day), name, year);
  case 5:
    return g_strdup_printf("%s, %s %u, %u", weekday, name, day, year);
  case 6:
    return g_strdup_printf("%.3s %u %u", name, day, year);
  case 7:
    return g_strdup_printf("%u.%u.%u", day, month, year);
  case 8:
    return g_strdup_printf("%.3s %s the %u%s, %u", weekday, name, day, ending(day), year);
  default:
    return g_strdup_printf("%s %u%s %u", name, day, ending(day), year);
  }
}

/* No phrase comes twice: what a model is tested with, it has not seen. */
void texts_draw_dates(Texts *self, guint64 seed, const guint32 count[DATASET_PARTS]) {
  g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);
  guint32 index = 0;

  for (int part = 0; part < DATASET_PARTS; part++)
    while (self->count[part] < count[part]) {
      Dice dice = dice_new(seed, index++);
      GDate date;
      g_date_clear(&date, 1);
      g_date_set_julian(&date, FIRST_DAY + dice_below(&dice, DAYS));
      g_autofree char *text = phrase(&dice, &date);
      if (g_hash_table_contains(seen, text))
        continue;
      g_hash_table_add(seen, text);
      g_ptr_array_add(self->texts, g_steal_pointer(&text));
      g_ptr_array_add(self->texts, g_strdup_printf("%04u-%02u-%02u", g_date_get_year(&date),
                                                   g_date_get_month(&date), g_date_get_day(&date)));
      self->count[part]++;
    }
}
