"""Networks for sequences: recurrent ones and transformers."""

from networks.benchmark import Benchmark, benchmark, trained

# --- Recurrent ----------------------------------------------------------------------------------


def recurrent(torch_name, keras_name, gates):
    """Two layers of 50 on 30 steps of one number, then Dense 1."""
    steps, units = 30, 50

    def torch_network(form):
        from torch import nn

        class Recurrent(nn.Module):
            def __init__(self):
                super().__init__()
                layer = getattr(nn, torch_name)
                self.layers = layer(1, units, num_layers=2, batch_first=True)
                self.dense = nn.Linear(units, 1)

            def forward(self, x):
                outputs, _ = self.layers(x)
                return self.dense(outputs[:, -1])

        return Recurrent()

    def keras_network(form):
        import keras
        from keras import layers

        layer = getattr(layers, keras_name)
        unroll = form == "unrolled"
        return keras.Sequential(
            [
                keras.Input((steps, 1)),
                layer(units, return_sequences=True, unroll=unroll),
                layer(units, unroll=unroll),
                layers.Dense(1),
            ]
        )

    def make_batch(generator, n):
        x = generator.random((n, steps, 1), dtype="float32")
        return x, generator.random((n, 1), dtype="float32")

    each = steps * gates * units * 2  # arithmetic for each number that comes into a step
    flops = trained(each, each * (units + 2 * units), units * 2)
    return Benchmark(
        torch_network,
        keras_network,
        make_batch,
        flops,
        (32, 128),
        loss="squares",
        keras_forms=("unrolled", "loop"),
        epoch_steps=64,
    )


@benchmark
def lstm():
    """Two LSTM layers (Hochreiter & Schmidhuber 1997)."""
    return recurrent("LSTM", "LSTM", 4)


@benchmark
def gru():
    """Two GRU layers (Cho et al. 2014), reset after the product, as libraries compute it."""
    return recurrent("GRU", "GRU", 3)


# --- Transformers -------------------------------------------------------------------------------


def torch_embedding(words, steps, width):
    import torch
    from torch import nn

    class TokenAndPosition(nn.Module):
        def __init__(self):
            super().__init__()
            self.tokens = nn.Embedding(words, width)
            self.positions = nn.Parameter(0.02 * torch.randn(steps, width))

        def forward(self, x):
            return self.tokens(x) + self.positions

    return TokenAndPosition()


def torch_layer(form, steps, width, heads, inner, activation, norm_first, causal):
    """A transformer layer of PyTorch's, or one written around its scaled_dot_product_attention."""
    from torch import nn

    class Layer(nn.TransformerEncoderLayer):
        def __init__(self):
            super().__init__(
                width, heads, inner, 0.0, activation, batch_first=True, norm_first=norm_first
            )
            mask = nn.Transformer.generate_square_subsequent_mask(steps) if causal else None
            self.register_buffer("mask", mask)

        def forward(self, x):
            return super().forward(x, src_mask=self.mask, is_causal=causal)

    class Written(nn.Module):
        def __init__(self):
            super().__init__()
            self.queries_keys_values = nn.Linear(width, 3 * width)
            self.project = nn.Linear(width, width)
            self.feed = nn.Sequential(
                nn.Linear(width, inner),
                nn.GELU() if activation == "gelu" else nn.ReLU(),
                nn.Linear(inner, width),
            )
            self.norms = nn.ModuleList([nn.LayerNorm(width), nn.LayerNorm(width)])

        def attend(self, x):
            n = len(x)
            parts = self.queries_keys_values(x).split(width, dim=2)
            split = [p.view(n, steps, heads, width // heads).transpose(1, 2) for p in parts]
            y = nn.functional.scaled_dot_product_attention(*split, is_causal=causal)
            return self.project(y.transpose(1, 2).reshape(n, steps, width))

        def forward(self, x):
            if norm_first:
                x = x + self.attend(self.norms[0](x))
                return x + self.feed(self.norms[1](x))
            x = self.norms[0](x + self.attend(x))
            return self.norms[1](x + self.feed(x))

    return Layer() if form == "TransformerEncoderLayer" else Written()


TORCH_FORMS = "scaled_dot_product_attention", "TransformerEncoderLayer"


def keras_embedding(x, words, width):
    from keras import layers

    class Positions(layers.Layer):
        def build(self, shape):
            self.positions = self.add_weight(shape=shape[1:], initializer="uniform")

        def call(self, x):
            return x + self.positions

    return Positions()(layers.Embedding(words, width)(x))


def keras_layer(x, heads, inner, activation, norm_first, causal):
    from keras import layers

    width = x.shape[-1]

    def attend(x):
        return layers.MultiHeadAttention(heads, width // heads)(x, x, use_causal_mask=causal)

    def feed(x):
        return layers.Dense(width)(layers.Dense(inner, activation=activation)(x))

    def normalize(x):
        return layers.LayerNormalization()(x)

    for part in attend, feed:
        if norm_first:
            x = layers.Add()([x, part(normalize(x))])
        else:
            x = normalize(layers.Add()([x, part(x)]))
    return x


def transformer_flops(steps, width, inner, pairs):
    """Forward arithmetic of one layer; `pairs` of a query and a key that it may look at."""
    return steps * (4 * width * width + 2 * width * inner) * 2 + 2 * pairs * width * 2


@benchmark
def encoder():
    """Two encoder layers 64 wide over 64 of 10,000 words, mean, Dense 2 (Vaswani et al. 2017)."""
    steps, words, width, heads, inner = 64, 10000, 64, 4, 256

    def torch_network(form):
        from torch import nn

        class Encoder(nn.Module):
            def __init__(self):
                super().__init__()
                self.embedding = torch_embedding(words, steps, width)
                each = form, steps, width, heads, inner, "relu", False, False
                self.layers = nn.Sequential(torch_layer(*each), torch_layer(*each))
                self.dense = nn.Linear(width, 2)

            def forward(self, x):
                return self.dense(self.layers(self.embedding(x)).mean(1))

        return Encoder()

    def keras_network(form):
        import keras
        from keras import layers

        inputs = keras.Input((steps,), dtype="int32")
        x = keras_embedding(inputs, words, width)
        for _ in range(2):
            x = keras_layer(x, heads, inner, "relu", False, False)
        x = layers.GlobalAveragePooling1D()(x)
        return keras.Model(inputs, layers.Dense(2)(x))

    def make_batch(generator, n):
        return generator.integers(0, words, (n, steps)), generator.integers(0, 2, n)

    layer = transformer_flops(steps, width, inner, steps * steps)
    return Benchmark(
        torch_network,
        keras_network,
        make_batch,
        trained(0, 2 * layer, width * 2 * 2),
        (32,),
        torch_forms=TORCH_FORMS,
        epoch_steps=32,
    )


@benchmark
def gpt():
    """Four causal layers 128 wide over 64 of 65 characters, Dense 65 (Radford et al. 2019)."""
    steps, words, width, heads, inner = 64, 65, 128, 4, 512

    def torch_network(form):
        from torch import nn

        each = form, steps, width, heads, inner, "gelu", True, True
        return nn.Sequential(
            torch_embedding(words, steps, width),
            *(torch_layer(*each) for _ in range(4)),
            nn.LayerNorm(width),
            nn.Linear(width, words),
        )

    def keras_network(form):
        import keras
        from keras import layers

        inputs = keras.Input((steps,), dtype="int32")
        x = keras_embedding(inputs, words, width)
        for _ in range(4):
            x = keras_layer(x, heads, inner, "gelu", True, True)
        x = layers.LayerNormalization()(x)
        return keras.Model(inputs, layers.Dense(words)(x))

    def make_batch(generator, n):
        drawn = generator.integers(0, words, (n, steps + 1))
        return drawn[:, :-1].copy(), drawn[:, 1:].copy()

    layer = transformer_flops(steps, width, inner, steps * (steps + 1) // 2)
    return Benchmark(
        torch_network,
        keras_network,
        make_batch,
        trained(0, 4 * layer, steps * width * words * 2),
        (12,),
        torch_forms=TORCH_FORMS,
        epoch_steps=32,
    )
