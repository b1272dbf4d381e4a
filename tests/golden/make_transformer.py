"""Golden values of the blocks of transformers: writes transformer.safetensors.

KerasHub's TransformerEncoder and TransformerDecoder without dropout, composed of Keras's layers, and
PyTorch's TransformerEncoderLayer and TransformerDecoderLayer with the same parameters; both in
float64. README.md describes the names and the metadata.
"""

from make_attention import attention_parameters, case, lengths, stateless, write
from make_ops import jax, keras, normal, numpy, torch

F = torch.nn.functional
EPSILON = 1e-5  # of layer normalization, KerasHub's default
NORMALIZED = 1e-5  # Keras normalizes layers in float32, whatever it is given


def part(parameters, name):
    return {k[len(name) + 1:]: v for k, v in parameters.items() if k.startswith(name + ".")}


def block_parameters(size, inner, heads, bias, cross):
    parameters = {}
    for name in ("self_attention", "cross_attention") if cross else ("self_attention",):
        parameters |= attention_parameters(size, size, heads, size // heads, size // heads, bias,
                                           f"{name}.")
    for name, shape in (("intermediate", (size, inner)), ("output", (inner, size))):
        parameters[f"feedforward_{name}_dense.kernel"] = normal(*shape) * 0.5
        if bias:
            parameters[f"feedforward_{name}_dense.bias"] = normal(shape[1])
    for name in ("self_attention", "feedforward") + (("cross_attention",) if cross else ()):
        parameters[f"{name}_layer_norm.gamma"] = 1 + 0.25 * normal(size)
        parameters[f"{name}_layer_norm.beta"] = normal(size)
    return {k: numpy.float32(v).astype(numpy.float64) for k, v in parameters.items()}


def keras_block(size, inner, heads, bias, activation, first, causal):
    """KerasHub's TransformerEncoder and TransformerDecoder without dropout."""
    attention = keras.layers.MultiHeadAttention(heads, size // heads, use_bias=bias)
    attention.build((1, 2, size), (1, 2, size))
    norm = keras.layers.LayerNormalization(epsilon=EPSILON)
    norm.build((1, 2, size))
    dense = {n: keras.layers.Dense(n, use_bias=bias) for n in (inner, size)}
    dense[inner].build((1, 2, size))
    dense[size].build((1, 2, inner))

    def step(p, name, x, inside):
        def normalize(x):
            return stateless(norm, part(p, f"{name}_layer_norm"), x)

        return x + inside(normalize(x)) if first else normalize(x + inside(x))

    def attend(p, name, x, value, mask, causal):
        mask = None if mask is None else (mask > 0.5)[:, None, :]
        return stateless(attention, part(p, name), x, value, attention_mask=mask,
                         use_causal_mask=causal)

    def run(x, p, m):
        sequence, *encoder = x.values()
        y = step(p, "self_attention", sequence, lambda x: attend(
            p, "self_attention", x, x, m.get("mask0"), causal))
        if encoder:
            y = step(p, "cross_attention", y, lambda x: attend(
                p, "cross_attention", x, encoder[0], m.get("mask1"), False))
        return step(p, "feedforward", y, lambda x: stateless(
            dense[size], part(p, "feedforward_output_dense"), activation(stateless(
                dense[inner], part(p, "feedforward_intermediate_dense"), x))))

    return run


def torch_weights(p, size, cross):
    """Our parameters by PyTorch's names."""
    zero = torch.zeros

    def attention(name):
        a = part(p, name)
        kernels = [a[f"{n}.kernel"].reshape(size, size).T for n in ("query", "key", "value")]
        biases = [a[f"{n}.bias"].reshape(size) if f"{n}.bias" in a else zero(size)
                  for n in ("query", "key", "value")]
        return {"in_proj_weight": torch.cat(kernels), "in_proj_bias": torch.cat(biases),
                "out_proj.weight": a["attention_output.kernel"].reshape(size, size).T,
                "out_proj.bias": a.get("attention_output.bias", zero(size))}

    named = {"self_attn": attention("self_attention")}
    norms = ["self_attention", "feedforward"]
    if cross:
        named["multihead_attn"] = attention("cross_attention")
        norms.insert(1, "cross_attention")
    for i, name in enumerate(norms):
        norm = part(p, f"{name}_layer_norm")
        named[f"norm{i + 1}"] = {"weight": norm["gamma"], "bias": norm["beta"]}
    for i, name in enumerate(("intermediate", "output")):
        dense = part(p, f"feedforward_{name}_dense")
        named[f"linear{i + 1}"] = {"weight": dense["kernel"].T,
                                   "bias": dense.get("bias", zero(dense["kernel"].shape[1]))}
    return {f"{k}.{n}": v for k, d in named.items() for n, v in d.items()}


def torch_block(size, inner, heads, activation, first, causal, cross):
    klass = torch.nn.TransformerDecoderLayer if cross else torch.nn.TransformerEncoderLayer
    module = klass(size, heads, inner, 0, activation, EPSILON, True, first)

    def run(x, p, m):
        sequence, *encoder = x.values()
        steps = sequence.shape[1]
        hide = torch.triu(torch.ones(steps, steps, dtype=torch.bool), 1) if causal else None
        padding = [None if f"mask{i}" not in m else m[f"mask{i}"] < 0.5 for i in range(2)]
        if cross:
            options = {"tgt_mask": hide, "tgt_key_padding_mask": padding[0],
                       "memory_key_padding_mask": padding[1]}
        else:
            options = {"src_mask": hide, "src_key_padding_mask": padding[0]}
        return torch.func.functional_call(module, torch_weights(p, size, cross),
                                          (sequence, *encoder), options)

    return run


def block_case(name, layer, options, inputs, inner, heads, bias=True, activation="relu",
               first=False, masks=()):
    size, cross, causal = inputs["x0"].shape[2], len(inputs) > 1, "decoder" in layer
    options += f" activation={activation}" if activation != "relu" else ""
    options += " normalize_first=true" if first else ""
    options += "" if bias else " use_bias=false"
    function = {"relu": (jax.nn.relu, F.relu),
                "gelu": (lambda x: jax.nn.gelu(x, approximate=False), F.gelu)}[activation]
    case(name, f"{layer} {options}", inputs, block_parameters(size, inner, heads, bias, cross),
         keras_block(size, inner, heads, bias, function[0], first, causal),
         torch_block(size, inner, heads, function[1], first, causal, cross), masks,
         tolerance=NORMALIZED)


def block_cases():
    block_case("encoder", "transformer_encoder", "12 2", {"x0": normal(3, 5, 6)}, 12, 2)
    block_case("encoder_first", "transformer_encoder", "intermediate_dim=16 num_heads=4",
               {"x0": normal(3, 7, 8)}, 16, 4, activation="gelu", first=True,
               masks=[(0, lengths(7, 3, 5, steps=7))])
    block_case("decoder", "transformer_decoder", "12 3", {"x0": normal(3, 5, 6)}, 12, 3)
    block_case("decoder_first", "transformer_decoder", "16 2", {"x0": normal(2, 6, 8)}, 16, 2,
               bias=False, activation="gelu", first=True)
    block_case("decoder_cross", "transformer_decoder", "10 2",
               {"x0": normal(3, 4, 6), "x1": normal(3, 7, 6)}, 10, 2,
               masks=[(0, lengths(4, 2, 3, steps=4)), (1, lengths(7, 2, 5, steps=7))])
    block_case("decoder_cross_first", "transformer_decoder", "10 2",
               {"x0": normal(2, 4, 6), "x1": normal(2, 5, 6)}, 10, 2, activation="gelu",
               first=True)


if __name__ == "__main__":
    write("transformer.safetensors", block_cases)
