"""Golden values of recurrent layers: writes recurrent.safetensors.

Each case is computed twice in float64: by Keras's layers (on JAX), and by PyTorch from the formulas.
Both must agree; the numbers are rounded to float32 once. Keras gets JAX's tanh, as its own computes
in float32 (3.15). README.md describes the names and the metadata.
"""

import pathlib

import make_ops  # sets Keras up: JAX, float64
from make_ops import agree, jax, keras, normal, numpy, save, torch
from make_attention import lengths

layers = keras.layers

# --- The cells, step by step --------------------------------------------------------------------

FUNCTIONS = {"tanh": torch.tanh, "relu": torch.relu, "sigmoid": torch.sigmoid,
             "linear": lambda x: x}


def simple_rnn(p, x, states, f, options):
    h = f(x @ p["kernel"] + states[0] @ p["recurrent_kernel"] + p.get("bias", 0))
    return [h]


def lstm(p, x, states, f, options):
    h, c = states
    z = x @ p["kernel"] + h @ p["recurrent_kernel"] + p.get("bias", 0)
    i, forget, g, o = z.chunk(4, -1)
    c = torch.sigmoid(forget) * c + torch.sigmoid(i) * f(g)
    return [torch.sigmoid(o) * f(c), c]


def gru(p, x, states, f, options):
    h, = states
    bias = p.get("bias")
    after = options.get("reset_after", True)
    first, second = (0, 0) if bias is None else (bias[0], bias[1]) if after else (bias, 0)
    xz, xr, xg = (x @ p["kernel"] + first).chunk(3, -1)
    if after:
        hz, hr, hg = (h @ p["recurrent_kernel"] + second).chunk(3, -1)
        z, r = torch.sigmoid(xz + hz), torch.sigmoid(xr + hr)
        g = f(xg + r * hg)
    else:
        rz, rr, rg = p["recurrent_kernel"].chunk(3, -1)
        z, r = torch.sigmoid(xz + h @ rz), torch.sigmoid(xr + h @ rr)
        g = f(xg + (r * h) @ rg)
    return [z * h + (1 - z) * g]


CELLS = {"simple_rnn": (simple_rnn, layers.SimpleRNN, 1), "lstm": (lstm, layers.LSTM, 2),
         "gru": (gru, layers.GRU, 1)}


def run(kind, p, x, states, mask, options, backwards=False):
    """Outputs of all steps in the order of the work, and the last states."""
    cell = CELLS[kind][0]
    f = FUNCTIONS[options.get("activation", "tanh")]
    units = p["recurrent_kernel"].shape[0]
    if not states:
        states = [torch.zeros(x.shape[0], units) for _ in range(CELLS[kind][2])]
    outputs = []
    for t in reversed(range(x.shape[1])) if backwards else range(x.shape[1]):
        new = cell(p, x[:, t], states, f, options)
        if mask is not None:
            real = mask[:, t, None] > 0.5
            new = [torch.where(real, a, b) for a, b in zip(new, states)]
        states = new
        outputs.append(states[0])
    return torch.stack(outputs, 1), states


# --- Cases --------------------------------------------------------------------------------------


def parameters(kind, inputs, units, bias, options, prefix=""):
    columns = units * {"simple_rnn": 1, "lstm": 4, "gru": 3}[kind]
    after = kind == "gru" and options.get("reset_after", True)
    made = {f"{prefix}kernel": normal(inputs, columns) * 0.5,
            f"{prefix}recurrent_kernel": normal(units, columns) * 0.5}
    if bias:
        made[f"{prefix}bias"] = normal(2, columns) * 0.5 if after else normal(columns) * 0.5
    return {k: v.astype(numpy.float32).astype(numpy.float64) for k, v in made.items()}


def assign(layer, p):
    """Parameter values in the order of the layer's variables."""
    values = []
    for variable in layer.trainable_variables:
        parts = variable.path.split("/")
        way = next((w for w in ("forward", "backward") if any(x.startswith(w) for x in parts)), None)
        values.append(p[f"{way}.{parts[-1]}" if way else parts[-1]])
        assert tuple(variable.shape) == values[-1].shape, (variable.path, values[-1].shape)
    assert len(values) == len(p)
    return values


def case(name, spec, layer, by_torch, x, states, mask, p, results):
    """`by_torch(x, states, mask, p)` and Keras's layer give the output and the states of
    `results`, the tensors of our graph."""
    inputs = {"x0": x, **{f"x{i + 1}": s for i, s in enumerate(states)}}
    count = len(inputs)
    names = list(inputs) + list(p)
    values = list(inputs.values()) + list(p.values())
    if not layer.built:
        layer.build(x.shape)
    kept = [v.value for v in layer.non_trainable_variables]

    def by_keras(*v):
        p_now = dict(zip(p, v[count:]))
        options = {"initial_state": list(v[1:count])} if states else {}
        if mask is not None:
            options["mask"] = mask > 0.5
        given = layer.stateless_call(assign(layer, p_now), kept, v[0], **options)[0]
        return tuple(given) if results else given

    given, pull_back = jax.vjp(by_keras, *values)
    given = given if results else (given,)
    dgiven = [normal(*g.shape) for g in given]
    pulled = tuple(d.astype(g.dtype) for d, g in zip(dgiven, given))
    gradients = pull_back(pulled if results else pulled[0])

    leaves = [torch.tensor(numpy.asarray(v), requires_grad=True) for v in values]
    mine, last = by_torch(leaves[0], leaves[1:count],
                          None if mask is None else torch.tensor(mask),
                          dict(zip(p, leaves[count:])))
    mine = [mine, *last] if results else [mine]
    sum((a * torch.tensor(d)).sum() for a, d in zip(mine, dgiven)).backward()
    saved = {} if mask is None else {"mask0": mask}
    for key, a, b, d in zip(["y", *results], given, mine, dgiven):
        agree(name, key, a, b.detach())
        saved[key], saved[f"d{key}"] = b.detach(), d
    for key, gradient, leaf in zip(names, gradients, leaves):
        agree(name, f"d{key}", gradient, leaf.grad)
        saved[key], saved[f"d{key}"] = leaf.detach(), leaf.grad

    lines = [f"input {'x'.join(map(str, v.shape[1:]))} name={k}" for k, v in inputs.items()]
    description = {"spec": "\n".join(lines + [f"{spec} from={','.join(inputs)} name=layer"]),
                   "parameters": int(layer.count_params()), "results": list(results)}
    save(name, description, **{k: numpy.asarray(v, numpy.float32) for k, v in saved.items()})


def spec_of(options):
    return "".join(f" {k}={str(v).lower()}" for k, v in options.items())


@keras.saving.register_keras_serializable()
def exact_tanh(x):
    return jax.numpy.tanh(x)


def keras_options(options):
    return {"activation": exact_tanh} | options


def one_way(name, kind, units, x, with_states=False, mask=None, **options):
    _, keras_layer, n = CELLS[kind]
    layer = keras_layer(units, return_state=True, **keras_options(options))
    states = [normal(x.shape[0], units) for _ in range(n)] if with_states else []
    backwards = options.get("go_backwards", False)

    def by_torch(x, states, mask, p):
        y, last = run(kind, p, x, states, mask, options, backwards)
        return (y if options.get("return_sequences") else y[:, -1]), last

    p = parameters(kind, x.shape[2], units, options.get("use_bias", True), options)
    case(name, f"{kind} {units}{spec_of(options)}", layer, by_torch, x, states, mask, p,
         ["state_h", "state_c"][:n])


def both_ways(name, kind, units, x, merge="concat", with_states=False, mask=None, **options):
    _, keras_layer, n = CELLS[kind]
    layer = layers.Bidirectional(keras_layer(units, return_state=True, **keras_options(options)),
                                 merge_mode=merge)
    states = [normal(x.shape[0], units) for _ in range(2 * n)] if with_states else []

    def by_torch(x, states, mask, p):
        ways = []
        for i, way in enumerate(("forward", "backward")):
            own = {k.split(".")[1]: v for k, v in p.items() if k.startswith(way)}
            y, last = run(kind, own, x, states[i * n:(i + 1) * n], mask, options, i == 1)
            if options.get("return_sequences"):
                y = y.flip(1) if i == 1 else y
                if mask is not None:  # as Keras does in Bidirectional, and only there
                    y = y * (mask[:, :, None] > 0.5)
            else:
                y = y[:, -1]
            ways.append((y, last))
        a, b = ways[0][0], ways[1][0]
        y = {"concat": lambda: torch.cat([a, b], -1), "sum": lambda: a + b, "mul": lambda: a * b,
             "ave": lambda: (a + b) / 2}[merge]()
        return y, [*ways[0][1], *ways[1][1]]

    p = {}
    for way in ("forward", "backward"):
        p.update(parameters(kind, x.shape[2], units, options.get("use_bias", True), options,
                            f"{way}."))
    results = [f"{way}.{s}" for way in ("forward", "backward")
               for s in ["state_h", "state_c"][:n]]
    case(name, f"bidirectional {kind} {units} merge_mode={merge}{spec_of(options)}", layer,
         by_torch, x, states, mask, p, results)


def recurrent_cases():
    padded = lengths(7, 3, 1, 5, steps=7)
    left = padded[:, ::-1].copy()
    for kind in CELLS:
        one_way(kind, kind, 5, normal(3, 6, 4))
        one_way(f"{kind}_sequences", kind, 4, normal(3, 5, 3), return_sequences=True)
        one_way(f"{kind}_states", kind, 4, normal(3, 5, 3), with_states=True,
                return_sequences=True)
        one_way(f"{kind}_backwards", kind, 4, normal(3, 5, 3), with_states=True,
                return_sequences=True, go_backwards=True)
        one_way(f"{kind}_mask", kind, 4, normal(4, 7, 3), mask=padded, with_states=True,
                return_sequences=True)
        one_way(f"{kind}_mask_left", kind, 4, normal(4, 7, 3), mask=left, go_backwards=True)
        one_way(f"{kind}_no_bias", kind, 3, normal(2, 4, 2), use_bias=False)
        both_ways(f"{kind}_both", kind, 3, normal(3, 5, 4), return_sequences=True)
        both_ways(f"{kind}_both_mask", kind, 3, normal(4, 7, 2), with_states=True, mask=padded,
                  return_sequences=True)
    for merge in ("concat", "sum", "mul", "ave"):
        both_ways(f"lstm_both_{merge}", "lstm", 4, normal(3, 4, 3), merge)
    one_way("simple_rnn_relu", "simple_rnn", 4, normal(3, 5, 3), activation="relu")
    one_way("gru_reset_before", "gru", 4, normal(3, 5, 3), reset_after=False,
            return_sequences=True)
    one_way("gru_reset_before_mask", "gru", 4, normal(4, 7, 3), reset_after=False, mask=padded,
            with_states=True)
    one_way("lstm_wide", "lstm", 37, normal(19, 6, 21), return_sequences=True)
    one_way("gru_wide", "gru", 37, normal(19, 6, 21), return_sequences=True)
    one_way("simple_rnn_linear", "simple_rnn", 4, normal(3, 5, 3), activation="linear")
    one_way("lstm_linear", "lstm", 4, normal(3, 5, 3), activation="linear")
    one_way("gru_relu", "gru", 4, normal(3, 5, 3), activation="relu", return_sequences=True)


if __name__ == "__main__":
    torch.set_default_dtype(torch.float64)
    recurrent_cases()
    out = pathlib.Path(__file__).with_name("recurrent.safetensors")
    make_ops.write_safetensors(out)
    print(f"{out}: {len(make_ops.metadata)} cases, {len(make_ops.tensors)} tensors,"
          f" {out.stat().st_size:,} bytes")
