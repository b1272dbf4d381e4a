/* What layers refuse, and in which words. */
#include "support.h"

#include "core/model/model.h"

typedef struct {
  const char *spec, *where, *says;
} Mistake;

#define TWO(a, b) "input " a " name=a\ninput " b " name=b\n"

static const Mistake MERGES[] = {
    {TWO("4", "3") "add from=a,b", "line 3", "their sizes must be the same, or 1"},
    {TWO("5x4", "3x4") "multiply from=a,b", "line 3", "they are 1 × 5 × 4 and 1 × 3 × 4"},
    {TWO("5x4", "5") "average from=a,b", "line 3", "they are 1 × 5 × 4 and 1 × 5"},
    {TWO("4", "4") "subtract from=a,b,a", "line 3", "subtract reads 2 layers, from= names 3"},
    {TWO("4", "4") "maximum from=a", "line 3", "maximum reads 2 to 8 layers, from= names 1"},
    {TWO("4", "4") "minimum from=a,b axis=1", "line 3", "minimum has no argument ‘axis’"},
    {TWO("4", "4") "add from=a,b,a,b,a,b,a,b,a", "line 3", "more than 8 layers"},
    {"input 7 dtype=int32 name=a\ninput 7 name=b\nadd from=a,b", "line 3", "put an embedding"},
};

static const Mistake MOVES[] = {
    {TWO("4x3", "5x3") "concatenate from=a,b", "line 3", "joins inputs along axis -1"},
    {TWO("4x3", "5x4") "concatenate from=a,b axis=1", "line 3",
     "there are 1 × 4 × 3 and 1 × 5 × 4"},
    {TWO("4", "4x1") "concatenate from=a,b", "line 3", "all their other sizes must be the same"},
    {TWO("4", "4") "concatenate from=a,b axis=0", "line 3", "0 is the batch, which cannot be it"},
    {TWO("4", "4") "concatenate from=a,b axis=2", "line 3", "joins inputs along axis 2"},
    {TWO("4", "4") "concatenate from=a,b axis=5", "line 3, column 22", "axis takes -4 to 4, not 5"},
    {"input 4x3\npermute 1x1", "line 2", "names each once, counted from 1"},
    {"input 4x3\npermute 1x3", "line 2", "whose axes are 1 to 2"},
    {"input 4x3\npermute 1", "line 2", "puts axes in another order"},
    {"input 4x3\npermute 2x1x3", "line 2", "puts axes in another order"},
    {"input 4x3\npermute 0x1", "line 2, column 9", "dims takes 1 to 4, not 0"},
    {"input 4x3\npermute", "line 2", "permute needs dims"},
    {"input 12\nreshape 5x-1", "line 2", "a row of 12 numbers"},
    {"input 12\nreshape -1x-1", "line 2", "-1 once for what is left"},
    {"input 12\nreshape 0x12", "line 2", "takes sizes from 1 on"},
    {"input 2\nreshape 5x-1", "line 2", "cannot take the shape 5 × 1"},
    {"input 12\nreshape 5x-2", "line 2, column 9", "target_shape takes -1 to 1048576, not -2"},
    {"input 4x3\ncropping1d 2x2", "line 2", "nothing is left"},
    {"input 4x3\ncropping1d 9", "line 2", "nothing is left"},
    {"input 4\ncropping1d", "line 2", "takes sequences of vectors; the input is 1 × 4"},
    {"input 4x3x2\nzero_padding1d", "line 2", "takes sequences of vectors"},
    {"input 4x3\nzero_padding1d -1", "line 2, column 16", "padding takes 0 to 1048576, not -1"},
    {"input 4x3\nslice 1x2 3x2", "line 2", "from 2 up to 4 along axis 2"},
    {"input 4x3\nslice 4x0 -1x3", "line 2", "nothing is left"},
    {"input 4x3\nslice 1 2", "line 2", "a number for each axis but the batch"},
    {"input 4x3\nslice 1x0 0x3", "line 2", "-1 for all that follows"},
    {"input 4x3\nslice 1x0", "line 2", "slice needs shape"},
    {"input 4x3\nrepeat_vector 2", "line 2", "put a flatten before it"},
    {"input 4\nrepeat_vector 0", "line 2", "n takes 1 to 1048576, not 0"},
};

static const Mistake PRODUCTS[] = {
    {TWO("4", "3") "dot 1 from=a,b", "line 3", "the same size in both; they are 1 × 4 and 1 × 3"},
    {TWO("4", "4") "dot 2 from=a,b", "line 3", "along an axis of each"},
    {TWO("4", "4") "dot 0 from=a,b", "line 3", "along an axis of each"},
    {TWO("4", "4") "dot from=a,b", "line 3", "dot needs axes"},
    {TWO("4x3", "3x4") "dot 1x1 from=a,b", "line 3", "they are 1 × 4 × 3 and 1 × 3 × 4"},
    {TWO("4x3x2", "4x3x2") "dot 3 from=a,b", "line 3", "vectors or matrices"},
    {"input 4\nunit_normalization axis=0", "line 2", "axis 0 is the batch"},
    {"input 4\nunit_normalization axis=2", "line 2", "goes along axis 2"},
    {"input 4\ntied_dense nobody", "line 2, column 12", "no layer above is named ‘nobody’"},
    {"input 4\ntied_dense input", "line 2", "input has none"},
    {"input 4\ndense 3 name=a\ndense 4\ntied_dense a", "line 4", "with 4 columns"},
    {"input 4x3\ntake_step 4", "line 2", "takes step 4 of a sequence"},
    {"input 4x3\ntake_step -5", "line 2", "takes step -5 of a sequence"},
    {"input 4\ntake_step", "line 2", "the input is 1 × 4"},
};

static const Mistake FUNCTIONS[] = {
    {"input 4\nprelu shared_axes=2", "line 2", "shared_axes names axis 2; the input is 1 × 4"},
    {"input 4\nprelu shared_axes=0", "line 2, column 7", "shared_axes takes 1 to 4, not 0"},
    {"input 4\nsoftmax axis=0", "line 2", "0 is the batch"},
    {"input 4\nsoftmax 2", "line 2", "goes along axis 2"},
    {TWO("4", "3") "softmax from=a,b", "line 3", "the input is 1 × 4, the mask 1 × 3"},
    {"input 4\nrescaling", "line 2", "rescaling needs scale"},
    {"input 4\nrescaling a", "line 2, column 11", "scale takes a number, not ‘a’"},
    {"input 4\nnormalization mean=1", "line 2", "normalization needs variance"},
    {"input 4\nnormalization mean=1 variance=-1", "line 2", "variance takes 0 to 1e+30, not -1"},
    {"input 4 dtype=int32\nrescaling 2", "line 2", "reads real numbers"},
};

static const Mistake RECURRENT[] = {
    {"input 28\nlstm 4", "line 2", "needs a sequence of vectors, one a step"},
    {"input 28\nlstm 4", "line 2", "the input is 1 × 28"},
    {"input 5x3\ngru 4\ngru 4", "line 3", "may need return_sequences=true"},
    {"input 9 dtype=int32\nsimple_rnn 4", "line 2", "put an embedding between them"},
    {"input 5x3\nlstm", "line 2", "lstm needs units"},
    {"input 5x3\nlstm 0", "line 2, column 6", "units takes 1 to 16384, not 0"},
    {"input 5x3\nlstm 4 activation=gelu", "line 2", "activation is one of linear, relu, sigmoid"},
    {"input 5x3\nsimple_rnn 4 recurrent_activation=tanh", "line 2", "has no argument"},
    {"input 5x3\nlstm 4 bias_initializer=ones", "line 2", "say unit_forget_bias=false"},
    {TWO("5x3", "4") "lstm 4 from=a,b", "line 3", "reads all 2 states after the sequence"},
    {TWO("5x3", "4") "lstm 4 from=a,b,b,b", "line 3", "lstm reads 1 to 3 layers, from= names 4"},
    {TWO("5x3", "6") "gru 4 from=a,b", "line 3", "a first state with a number for each unit"},
    {TWO("5x3", "6") "gru 4 from=a,b", "line 3", "the state 1 × 6"},
    {TWO("5x3", "4") "bidirectional gru 4 from=a,b", "line 3", "from=sequence,h,c"},
    {"input 5x3\nbidirectional dense 4", "line 2", "layer is one of simple_rnn, lstm, gru"},
    {"input 5x3\nbidirectional lstm 4 merge_mode=max", "line 2", "one of concat, sum, mul, ave"},
    {"input 5x3\nlstm 4 name=a\ndense 2 from=a.state_x", "line 3",
     "no result ‘a.state_x’ to read; there are a.state_h, a.state_c"},
    {"input 5x3\nlstm 4 name=a\ndense 2 from=a.gates", "line 3", "no result ‘a.gates’ to read"},
    {"input 5x3\nlstm 4 name=a\ndense 2 from=a.kernel", "line 3", "no result ‘a.kernel’ to read"},
    {"input 5x3\ndense 4 name=a\ndense 2 from=a.b", "line 3", "no result ‘a.b’ to read"},
    {"input 5\ntime_distributed dense 2", "line 2", "needs a sequence of vectors"},
    {"input 5x3\ntime_distributed lstm 2", "line 2", "layer is one of dense"},
};

typedef struct {
  const Mistake *list;
  gsize n;
} Mistakes;

static void test_mistakes(gconstpointer data) {
  const Mistakes *mistakes = data;

  for (gsize i = 0; i < mistakes->n; i++) {
    GError *error = NULL;
    g_test_message("%s", mistakes->list[i].spec);
    g_assert_null(model_new(mistakes->list[i].spec, &error));
    test_assert_error_says(&error, mistakes->list[i].where, mistakes->list[i].says);
  }
}

#define ALL(list) (&(const Mistakes){list, G_N_ELEMENTS(list)})

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_data_func("/layer-errors/merges", ALL(MERGES), test_mistakes);
  g_test_add_data_func("/layer-errors/moves", ALL(MOVES), test_mistakes);
  g_test_add_data_func("/layer-errors/products", ALL(PRODUCTS), test_mistakes);
  g_test_add_data_func("/layer-errors/functions", ALL(FUNCTIONS), test_mistakes);
  g_test_add_data_func("/layer-errors/recurrent", ALL(RECURRENT), test_mistakes);
  return g_test_run();
}
