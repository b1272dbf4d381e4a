#include "ui/panels/panel_words.h"

#include <math.h>
#include <string.h>

char *percent_text(double share, char text[NUMBER_SIZE]) {
  char number[NUMBER_SIZE];

  if (share < 1 && share >= 0.9995)
    g_strlcpy(text, "> 99.9 %", NUMBER_SIZE);
  else if (isnan(share))
    g_strlcpy(text, "—", NUMBER_SIZE);
  else
    g_snprintf(text, NUMBER_SIZE, "%s %%", number_text(100 * share, number));
  return text;
}

char *percent_brief(double share, char text[NUMBER_SIZE]) {
  char number[NUMBER_SIZE];

  if (isnan(share))
    g_strlcpy(text, "—", NUMBER_SIZE);
  else
    g_snprintf(text, NUMBER_SIZE, "%s %%", number_text(floor(100 * share), number));
  return text;
}

const char *class_label(const Dataset *dataset, int label) {
  if (dataset == NULL || label < 0 || label >= dataset->n_classes)
    return "?";
  return dataset->class_names[label];
}

char *class_many(const Dataset *dataset, int label, char text[CLASS_MANY_SIZE]) {
  static const char *const DIGITS[] = {"zeros", "ones",  "twos",   "threes", "fours",
                                       "fives", "sixes", "sevens", "eights", "nines"};
  const char *name = class_label(dataset, label);

  if (g_ascii_isdigit(name[0]) && name[1] == '\0')
    g_strlcpy(text, DIGITS[name[0] - '0'], CLASS_MANY_SIZE);
  else
    g_snprintf(text, CLASS_MANY_SIZE, "of class “%s”", name);
  return text;
}

const char *part_name(DatasetPart part) {
  static const char *const NAMES[] = {"training", "validation", "test"};

  g_return_val_if_fail(part < DATASET_PARTS, "");
  return NAMES[part];
}

const char *text_fitting(const Canvas *canvas, const TextStyle *style, double width,
                         const char *const *candidates) {
  for (; candidates[1] != NULL; candidates++) {
    double wide, high;
    canvas_text_size(canvas, style, *candidates, &wide, &high);
    if (wide <= width)
      break;
  }
  return *candidates;
}

void csv_text(GString *csv, const char *text) {
  if (strpbrk(text, ",\"\r\n") == NULL) {
    g_string_append(csv, text);
    return;
  }
  g_string_append_c(csv, '"');
  for (; *text != '\0'; text++) {
    if (*text == '"')
      g_string_append_c(csv, '"');
    g_string_append_c(csv, *text);
  }
  g_string_append_c(csv, '"');
}

void csv_number(GString *csv, double value) {
  char number[G_ASCII_DTOSTR_BUF_SIZE];

  if (isfinite(value))
    g_string_append(csv, g_ascii_formatd(number, sizeof number, "%.7g", value));
}
