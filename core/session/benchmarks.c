/* The networks that the program's speed is measured by; tests/bench/ has the same in PyTorch and
 * Keras. */
#include "core/session/bench.h"

#define GPT_LAYER "transformer_decoder 512 4 activation=gelu normalize_first=true\n"

/* What goes past a block where its shape changes. */
#define SKIP(from, to, channels)                                                                   \
  "conv2d " channels " 1 strides=2 padding=same from=" from "\n"                                   \
  "batch_normalization name=past_" to "\n"
#define BLOCK(from, to, channels, stride, skip)                                                    \
  skip "conv2d " channels " 3 strides=" stride " padding=same from=" from "\n"                     \
       "batch_normalization\n"                                                                     \
       "activation relu\n"                                                                         \
       "conv2d " channels " 3 padding=same\n"                                                      \
       "batch_normalization name=through_" to "\n"                                                 \
       "add from=through_" to ",past_" to "\n"                                                     \
       "activation relu name=" to "\n"

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
     "LSTM 50, LSTM 50, Dense 1; 30 steps",
     "regression",
     "input 30x1\n"
     "lstm 50 return_sequences=true\n"
     "lstm 50\n"
     "dense 1\n",
     {32, 128}},
    {"gru",
     "GRU 50, GRU 50, Dense 1; 30 steps",
     "regression",
     "input 30x1\n"
     "gru 50 return_sequences=true\n"
     "gru 50\n"
     "dense 1\n",
     {32, 128}},
    {"encoder",
     "Transformer encoder: 2 layers, 4 heads, 64 wide, 64 tokens",
     "classification",
     "input 64 dtype=int32\n"
     "token_and_position_embedding 10000 64 64\n"
     "transformer_encoder 256 4\n"
     "transformer_encoder 256 4\n"
     "global_average_pooling1d\n"
     "dense 2 activation=softmax\n",
     {32}},
    {"dcgan",
     "DCGAN 28×28: a step of the discriminator, one of the generator",
     "gan",
     "[generator]\n"
     "input 64\n"
     "dense 6272\n"
     "batch_normalization\n"
     "activation relu\n"
     "reshape 7x7x128\n"
     "conv2d_transpose 64 4 strides=2 padding=same\n"
     "batch_normalization\n"
     "activation relu\n"
     "conv2d_transpose 1 4 strides=2 padding=same activation=tanh\n"
     "[discriminator]\n"
     "input 28x28x1\n"
     "conv2d 64 4 strides=2 padding=same\n"
     "leaky_relu negative_slope=0.2\n"
     "conv2d 128 4 strides=2 padding=same\n"
     "batch_normalization\n"
     "leaky_relu negative_slope=0.2\n"
     "flatten\n"
     "dense 1\n",
     {64}},
    {"resnet",
     "ResNet: three blocks of 16, 32 and 64 channels, 32×32×3",
     "classification",
     "input 32x32x3\n"
     "conv2d 16 3 padding=same\n"
     "batch_normalization\n"
     "activation relu name=a\n" BLOCK("a", "b", "16", "1", "activation linear name=past_b\n")
         BLOCK("b", "c", "32", "2", SKIP("b", "c", "32"))
             BLOCK("c", "d", "64", "2", SKIP("c", "d", "64")) "global_average_pooling2d\n"
                                                              "dense 10 activation=softmax\n",
     {64}},
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
