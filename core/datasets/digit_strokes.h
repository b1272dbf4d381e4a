/* The ways people write the ten digits, as pen strokes. */
#pragma once

#include <glib.h>

typedef enum {
  KNOT_SMOOTH, /* the pen passes through without stopping */
  KNOT_CORNER, /* the pen turns on the spot */
  KNOT_LIFT,   /* a new stroke begins here */
} KnotKind;

/* A point that the pen passes: x to the right, y down, the digit fills 0 … 1. */
typedef struct {
  float x, y;
  KnotKind kind;
} Knot;

typedef struct {
  int digit;
  int weight;   /* how often, relative to the digit's other forms */
  float aspect; /* usual width / height */
  int n_knots;
  const Knot *knots; /* the first begins a stroke, whatever its kind */
} DigitForm;

/* Sorted by digit. */
extern const DigitForm DIGIT_FORMS[];
extern const int N_DIGIT_FORMS;
