/* Words that were hidden, from all the others: what BERT learns first (Devlin et al. 2019). Only
 * the hidden ones count. */
#include "core/tasks/predictions.h"

const TaskClass task_masked_words = {
    .name = "masked_words",
    .metrics = {"loss", "accuracy"},
    .check = tokens_check,
    .build = tokens_build,
    .measure = tokens_measure,
};
