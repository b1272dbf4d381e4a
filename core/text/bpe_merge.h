/* Merges of byte-pair encoding in one piece of a text. */
#pragma once

#include "core/text/pair_map.h"
#include "core/text/tokenizer_kinds.h"

/* Merges neighbours among `n` tokens, those of the lowest rank first, until none is left that can
 * be; gives how many tokens there are then. `ranks` has the rank of a pair, `merges` what it makes.
 */
guint bpe_merge_piece(const PairMap *ranks, const Merge *merges, Token *tokens, guint n);
