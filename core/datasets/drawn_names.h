/* Invented names, one at a time. */
#pragma once

#include "core/datasets/dice.h"

/* Small letters alone; caller frees. */
char *draw_name(Dice *dice);
