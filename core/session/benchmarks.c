/* The networks that the program's speed is measured by; tests/bench/ has the same in PyTorch and
 * Keras. */
#include "core/session/bench.h"

#define GPT_LAYER "transformer_decoder 512 4 activation=gelu normalize_first=true\n"

const Benchmark BENCHMARKS[] = {
    {"mlp",
     "Dense 784-128-10",
     "classification",
     "input 784\n"
     "dense 128 activation=relu\n"
     "dense 10 activation=softmax\n",
     {128}},
    {"playground",
     "Dense 2-8-8-1",
     "binary_classification",
     "input 2\n"
     "dense 8 activation=tanh\n"
     "dense 8 activation=tanh\n"
     "dense 1 activation=sigmoid\n",
     {32}},
    {"cnn",
     "Day 5: Conv2D 32 3×3, MaxPool 2, Flatten, Dense 64, Dense 10",
     "classification",
     "input 28x28x1\n"
     "conv2d 32 kernel_size=3 activation=relu\n"
     "max_pooling2d pool_size=2\n"
     "flatten\n"
     "dense 64 activation=relu\n"
     "dense 10 activation=softmax\n",
     {32, 128}},
    {"lstm",
     "LSTM 50 over 30 steps, Dense 1",
     "regression",
     "input 30x1\n"
     "lstm 50\n"
     "dense 1\n",
     {128}},
    {"gru",
     "GRU 50 over 30 steps, Dense 1",
     "regression",
     "input 30x1\n"
     "gru 50\n"
     "dense 1\n",
     {128}},
    {"gpt",
     "GPT: 4 layers, 4 heads, 128 wide, context 64, 65 tokens",
     "language_model",
     "input 64 dtype=int32\n"
     "token_and_position_embedding 65 64 128\n" GPT_LAYER GPT_LAYER GPT_LAYER GPT_LAYER
     "layer_normalization\n"
     "dense 65 activation=softmax\n",
     {12}},
    {"autoencoder",
     "Autoencoder 784-128-32-128-784",
     "autoencoder",
     "input 784\n"
     "dense 128 activation=relu\n"
     "dense 32 activation=relu\n"
     "dense 128 activation=relu\n"
     "dense 784 activation=sigmoid\n",
     {128}},
    {NULL},
};
