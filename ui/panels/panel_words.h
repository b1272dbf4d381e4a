/* Words and lines that several panels need. */
#pragma once

#include "ui/panels/panel.h"

/* "97.3 %"; three significant digits, "> 99.9 %" for what would be rounded to 100, "—" for NaN. */
char *percent_text(double share, char text[NUMBER_SIZE]);
/* "97 %", rounded down: 100 is all. */
char *percent_brief(double share, char text[NUMBER_SIZE]);

/* The name of a class; "?" where the data has none such. Borrowed. */
const char *class_label(const Dataset *dataset, int label);
/* Many of that class: "fours" for digits, "of class “shirt”" for others. */
#define CLASS_MANY_SIZE 64
char *class_many(const Dataset *dataset, int label, char text[CLASS_MANY_SIZE]);
/* "training", "validation", "test". */
const char *part_name(DatasetPart part);

/* The first of the candidates (NULL-ended, longest first) that fits the width, or the last. */
const char *text_fitting(const Canvas *canvas, const TextStyle *style, double width,
                         const char *const *candidates);

/* For panel->csv: a text in quotes where it needs them; a number, empty when it is not finite. */
void csv_text(GString *csv, const char *text);
void csv_number(GString *csv, double value);
