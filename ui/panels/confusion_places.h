/* The confusion matrix panel: what it holds, and where everything lies. */
#pragma once

#include "ui/panels/confusion_view.h"
#include "ui/panels/example_tiles.h"

#define CONFUSION_PAIRS 10

typedef struct {
  Judgement *judgement; /* what is counted */
  gboolean stale;
  ConfusionCounts counts;
  ConfusedPair pairs[CONFUSION_PAIRS];
  guint n_pairs;
  gboolean chosen; /* a cell: its pictures are shown */
  int truth, guess;
  ExamplePages pages;
  SpotCursor cursor;
  ExampleLayout tiles; /* as last seen: keys know no canvas */
} Confusion;

typedef struct {
  Rect head;
  gboolean alone; /* a cell's pictures take the matrix's place */
  ConfusionLayout matrix;
  /* The side beside or below the matrix: its title, with lines for a cell's count and the pager;
   * what closes the cell; the list of pairs or the pictures. */
  Rect title, count, close, list;
  guint pairs; /* of the list that fit */
} ConfusionPlaces;

ConfusionPlaces confusion_places(Panel *panel, const Canvas *canvas);
Rect confusion_pair_place(const Canvas *canvas, const ConfusionPlaces *places, guint i);
/* The line under the pairs. */
Rect confusion_hint_place(const Canvas *canvas, const ConfusionPlaces *places);

/* Draws all of it, once there is something to count. */
void confusion_look(Panel *panel, const Canvas *canvas);
