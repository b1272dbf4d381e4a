"""Golden values of attention and of positions: writes attention.safetensors.

Each case is computed twice in float64: by Keras's layers (on JAX) and by PyTorch. Both must agree;
the numbers are rounded to float32 once. README.md describes the names and the metadata.
"""

import pathlib

import make_ops  # sets Keras up: JAX, float64
from make_ops import AGREEMENT, SINGLE, agree, jax, keras, normal, numpy, save, torch



def stateless(layer, parameters, *inputs, **options):
    """A call of a Keras layer with parameters by their names, as query.kernel."""
    values = []
    for variable in layer.trainable_variables:
        values.append(parameters[".".join(variable.path.split("/")[1:])])
    return layer.stateless_call(values, [], *inputs, **options)[0]


def case(name, layer, inputs, parameters, by_keras, by_torch, masks=(), weights=None,
         tolerance=AGREEMENT):
    """`inputs` and `parameters` are arrays by name; the functions take both and the masks. They
    return the output, or the output and the weights of attention, which our graph calls `weights`."""
    masks = {f"mask{i}": mask for i, mask in masks}
    names = list(inputs) + list(parameters)
    values = list(inputs.values()) + list(parameters.values())

    def split(values):
        x = dict(zip(names, values))
        return {k: x[k] for k in inputs}, {k: x[k] for k in parameters}

    def outputs(result):
        return result if isinstance(result, tuple) else (result, None)

    y, pull_back, keras_weights = jax.vjp(
        lambda *v: outputs(by_keras(*split(v), masks)), *values, has_aux=True)
    dy = normal(*y.shape)
    gradients = pull_back(dy.astype(y.dtype))

    leaves = [torch.tensor(numpy.asarray(v), requires_grad=True) for v in values]
    torch_masks = {k: torch.tensor(v) for k, v in masks.items()}
    torch_y, torch_weights = outputs(by_torch(*split(leaves), torch_masks))
    torch_y.backward(torch.tensor(dy))
    agree(name, "y", y, torch_y.detach(), tolerance)
    for key, gradient, leaf in zip(names, gradients, leaves):
        agree(name, f"d{key}", gradient, leaf.grad, tolerance)
    saved = {"y": torch_y.detach(), "dy": dy, **masks}
    if weights is not None:
        agree(name, "weights", keras_weights, torch_weights.detach(), tolerance)
        saved["weights"] = torch_weights.detach()
    for key, leaf in zip(names, leaves):
        saved[key], saved[f"d{key}"] = leaf.detach(), leaf.grad

    lines = [f"input {'x'.join(map(str, x.shape[1:]))} name={key}" for key, x in inputs.items()]
    description = {"spec": "\n".join(lines + [f"{layer} from={','.join(inputs)} name=layer"])}
    if weights is not None:
        description["weights"] = weights
    save(name, description, **{k: numpy.asarray(v, numpy.float32) for k, v in saved.items()})


def lengths(*counts, steps):
    """A mask: in each row as many ones, then zeros."""
    return (numpy.arange(steps)[None, :] < numpy.array(counts)[:, None]).astype(numpy.float64)


def seen(batch, queries, keys, mask, causal):
    """(B, T, S): whether a query sees a key, in PyTorch."""
    see = torch.ones(batch, queries, keys, dtype=torch.bool)
    if causal:
        see &= torch.tril(torch.ones(queries, keys, dtype=torch.bool))
    if mask is not None:
        see &= mask[:, None, :] > 0.5
    return see


# --- Attention ----------------------------------------------------------------------------------


def attention_parameters(size, value_size, heads, key_dim, value_dim, bias, prefix=""):
    shapes = {
        "query": (size, heads, key_dim),
        "key": (value_size, heads, key_dim),
        "value": (value_size, heads, value_dim),
        "attention_output": (heads, value_dim, size),
    }
    parameters = {}
    for name, shape in shapes.items():
        parameters[f"{prefix}{name}.kernel"] = normal(*shape) * 0.5
        if bias:
            parameters[f"{prefix}{name}.bias"] = normal(*shape[1:] if name != "attention_output"
                                                        else shape[2:])
    return parameters


def torch_heads(p, query, value, key, mask, causal, scale):
    def project(name, x):
        y = torch.einsum("bte,ehd->bthd", x, p[f"{name}.kernel"])
        return y + p[f"{name}.bias"] if f"{name}.bias" in p else y

    q, k, v = project("query", query), project("key", key), project("value", value)
    scores = torch.einsum("bthd,bshd->bhts", q, k) * scale
    see = seen(q.shape[0], q.shape[1], k.shape[1], mask, causal)
    weights = scores.masked_fill(~see[:, None], -torch.inf).softmax(-1)
    y = torch.einsum("bhts,bshd->bthd", weights, v)
    y = torch.einsum("bthd,hde->bte", y, p["attention_output.kernel"])
    return y + p.get("attention_output.bias", 0), weights


def multi_head_case(name, options, inputs, heads, key_dim, value_dim=None, bias=True, causal=False,
                    masks=(), **more):
    sizes = [x.shape[2] for x in inputs.values()]
    layer = keras.layers.MultiHeadAttention(heads, key_dim, value_dim=value_dim, use_bias=bias)

    def order(x):
        given = list(x.values())
        return given[0], given[min(1, len(given) - 1)], given[-1] if len(given) > 2 else \
            given[min(1, len(given) - 1)]

    def value_mask(m):
        return m.get(f"mask{min(1, len(inputs) - 1)}")

    def by_keras(x, p, m):
        query, value, key = order(x)
        mask = value_mask(m)
        return stateless(layer, p, query, value, key=key, use_causal_mask=causal,
                         attention_mask=None if mask is None else (mask > 0.5)[:, None, :],
                         return_attention_scores=True)

    def by_torch(x, p, m):
        query, value, key = order(x)
        return torch_heads(p, query, value, key, value_mask(m), causal, key_dim ** -0.5)

    query, value, key = order(inputs)
    layer.build(query.shape, value.shape, key.shape)
    case(name, f"multi_head_attention {options}", inputs,
         attention_parameters(sizes[0], sizes[-1], heads, key_dim, value_dim or key_dim, bias),
         by_keras, by_torch, masks, "layer.attention.1", **more)


def multi_head_cases():
    multi_head_case("multi_head", "2 key_dim=3", {"x0": normal(3, 5, 6)}, 2, 3)
    multi_head_case("multi_head_causal", "2 3 causal=true use_bias=false", {"x0": normal(3, 7, 6)},
                    2, 3, bias=False, causal=True)
    multi_head_case("multi_head_mask", "4 4", {"x0": normal(4, 9, 16)}, 4, 4,
                    masks=[(0, lengths(9, 4, 1, 7, steps=9))])
    multi_head_case("multi_head_causal_mask", "2 4 causal=true", {"x0": normal(3, 6, 8)}, 2, 4,
                    causal=True, masks=[(0, lengths(6, 3, 5, steps=6))])
    multi_head_case("multi_head_cross", "3 2 value_dim=5",
                    {"x0": normal(3, 4, 6), "x1": normal(3, 7, 10)}, 3, 2, 5,
                    masks=[(1, lengths(7, 2, 5, steps=7))])
    multi_head_case("multi_head_three", "2 4",
                    {"x0": normal(2, 3, 8), "x1": normal(2, 5, 8), "x2": normal(2, 5, 8)}, 2, 4)


def plain_case(name, spec, layer, score, parameters, inputs, causal=False, masks=(),
               tolerance=AGREEMENT):
    """Keras's Attention and AdditiveAttention; `score` of (B, T, 1, E) and (B, 1, S, E)."""

    def by_keras(x, p, m):
        query, value, *key = x.values()
        if not layer.built:
            layer.build([query.shape, value.shape] + [k.shape for k in key])
        mask = [None if f"mask{i}" not in m else m[f"mask{i}"] > 0.5 for i in range(len(x))]
        y, weights = stateless(layer, p, [query, value, *key], mask=mask, use_causal_mask=causal,
                               return_attention_scores=True)
        return y, weights[:, None]

    def by_torch(x, p, m):
        query, value, *key = x.values()
        key = key[0] if key else value
        see = seen(query.shape[0], query.shape[1], key.shape[1], m.get("mask1"), causal)
        scores = score(query[:, :, None], key[:, None], p)
        weights = scores.masked_fill(~see, -torch.inf).softmax(-1)
        return weights @ value, weights[:, None]

    case(name, spec, inputs, parameters, by_keras, by_torch, masks, "layer.1", tolerance)


def plain_cases():
    def dot(q, k, p):
        return (q * k).sum(-1)

    def additive(q, k, p):
        return (p.get("scale", 1) * torch.tanh(q + k)).sum(-1)

    plain_case("attention", "attention", keras.layers.Attention(), dot, {},
               {"x0": normal(3, 4, 5), "x1": normal(3, 6, 5)},
               masks=[(1, lengths(6, 2, 3, steps=6))])
    plain_case("attention_causal", "attention causal=true", keras.layers.Attention(), dot, {},
               {"x0": normal(2, 5, 4), "x1": normal(2, 5, 3), "x2": normal(2, 5, 4)}, causal=True)
    plain_case("additive_attention", "additive_attention", keras.layers.AdditiveAttention(),
               additive, {"scale": normal(6)},
               {"x0": normal(3, 4, 6), "x1": normal(3, 7, 6)},
               masks=[(1, lengths(7, 2, 4, steps=7))], tolerance=SINGLE)
    plain_case("additive_attention_plain", "additive_attention use_scale=false",
               keras.layers.AdditiveAttention(use_scale=False), additive, {},
               {"x0": normal(2, 3, 5), "x1": normal(2, 4, 2), "x2": normal(2, 4, 5)},
               tolerance=SINGLE)


# --- Positions ----------------------------------------------------------------------------------


def position_cases():
    """KerasHub's formulas."""

    def sines(x, wavelength):
        hidden = numpy.arange(x.shape[2])
        scales = (1 / wavelength) ** (2 * (hidden // 2) / x.shape[2])
        angles = numpy.arange(x.shape[1])[:, None] * scales[None, :]
        table = numpy.where(hidden % 2 == 0, numpy.sin(angles), numpy.cos(angles))
        return table[None] + 0 * x

    case("sine_position", "sine_position_encoding", {"x0": normal(2, 9, 7)}, {},
         lambda x, p, m: jax.numpy.asarray(sines(numpy.zeros((2, 9, 7)), 10000)) + 0 * x["x0"],
         lambda x, p, m: torch.tensor(sines(numpy.zeros((2, 9, 7)), 10000)) + 0 * x["x0"])
    case("position", "position_embedding 8", {"x0": normal(3, 5, 4)},
         {"position_embeddings": normal(8, 4)},
         lambda x, p, m: p["position_embeddings"][None, :5] + 0 * x["x0"],
         lambda x, p, m: p["position_embeddings"][None, :5] + 0 * x["x0"])


def write(name, *all_cases):
    torch.set_default_dtype(torch.float64)
    for cases in all_cases:
        cases()
    out = pathlib.Path(__file__).with_name(name)
    make_ops.write_safetensors(out)
    print(f"{out}: {len(make_ops.metadata)} cases, {len(make_ops.tensors)} tensors,"
          f" {out.stat().st_size:,} bytes")


if __name__ == "__main__":
    write("attention.safetensors", multi_head_cases, plain_cases, position_cases)
