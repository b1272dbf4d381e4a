#include "app/commands.h"

const Command COMMANDS[] = {
    {"lessons", "[--json]", "list the lessons", command_lessons},
    {"summary", "LESSON|FILE", "layers, output shapes and parameters", command_summary},
    {"train", "LESSON [OPTION…]", "train a lesson's model", command_train},
    {"predict", "FILE --image PNG [--json]", "ask a saved model", command_predict},
    {"export", "FILE OUT", "write a saved model as .safetensors or .onnx", command_export},
    {"data", "[list | fetch NAME | path]", "list and download data sets", command_data},
    {"bench", "[NAME…] [--threads N] [--batch N] [--model FILE [--task NAME]] [--json]",
     "measure the training speed", command_bench},
    {NULL},
};
