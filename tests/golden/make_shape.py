"""Golden values of layers that merge, move, reduce and compare: writes shape.safetensors.

Each case is computed twice in float64, by Keras's layers (on JAX) and by PyTorch; both must agree.
README.md describes the names and the metadata.
"""

import json

import numpy

from make_attention import case, lengths, write
from make_ops import AGREEMENT, SINGLE, agree, jax, keras, metadata, normal, save, torch

layers = keras.layers


def merge_cases():
    def merge(name, layer, torch_function, *shapes, draw=normal, spec=None):
        inputs = {f"x{i}": draw(*shape) for i, shape in enumerate(shapes)}

        def by_torch(x, p, m):
            rank = max(v.dim() for v in x.values())
            return torch_function([v.reshape(v.shape[:1] + (1,) * (rank - v.dim()) + v.shape[1:])
                                   for v in x.values()])

        case(name, spec or name.split("-")[0], inputs, {},
             lambda x, p, m: layer(list(x.values())), by_torch)

    def fold(function):
        def run(x):
            y = x[0]
            for other in x[1:]:
                y = function(y, other)
            return y
        return run

    three = (4, 3, 5), (4, 1, 5), (4, 5)
    merge("add", layers.Add(), fold(torch.add), (3, 7), (3, 7))
    merge("add-three", layers.Add(), fold(torch.add), *three)
    merge("multiply", layers.Multiply(), fold(torch.mul), *three)
    merge("multiply-image", layers.Multiply(), fold(torch.mul), (2, 5, 4, 6), (2, 1, 1, 6))
    merge("subtract", layers.Subtract(), fold(torch.sub), (3, 4, 5), (3, 1, 5))
    merge("average", layers.Average(), lambda x: sum(x) / len(x), *three)
    merge("maximum", layers.Maximum(), fold(torch.maximum), *three)
    merge("minimum", layers.Minimum(), fold(torch.minimum), (3, 18), (3, 18), (3, 18))


def move_cases():
    def move(name, spec, layer, torch_function, *shapes):
        inputs = {f"x{i}": normal(*shape) for i, shape in enumerate(shapes)}
        case(name, spec, inputs, {},
             lambda x, p, m: layer(list(x.values())) if len(x) > 1 else layer(x["x0"]),
             lambda x, p, m: torch_function(*x.values()))

    def cat(axis):
        return lambda *x: torch.cat(x, axis)

    move("concatenate", "concatenate", layers.Concatenate(), cat(-1), (3, 5), (3, 2), (3, 4))
    move("concatenate-steps", "concatenate axis=1", layers.Concatenate(axis=1), cat(1),
         (2, 3, 5), (2, 4, 5))
    move("concatenate-image", "concatenate axis=-2", layers.Concatenate(axis=-2), cat(2),
         (2, 3, 5, 2), (2, 3, 4, 2))
    move("permute", "permute 2x1", layers.Permute((2, 1)), lambda x: x.permute(0, 2, 1), (3, 4, 5))
    move("permute-image", "permute 3x1x2", layers.Permute((3, 1, 2)),
         lambda x: x.permute(0, 3, 1, 2), (2, 3, 4, 5))
    move("reshape-rest", "reshape 4x-1", layers.Reshape((4, -1)), lambda x: x.reshape(3, 4, 6),
         (3, 8, 3))
    move("cropping1d", "cropping1d 2x1", layers.Cropping1D((2, 1)), lambda x: x[:, 2:-1],
         (3, 7, 4))
    move("cropping1d-default", "cropping1d", layers.Cropping1D(), lambda x: x[:, 1:-1], (2, 5, 3))
    move("zero_padding1d", "zero_padding1d 0x3", layers.ZeroPadding1D((0, 3)),
         lambda x: torch.nn.functional.pad(x, (0, 0, 0, 3)), (3, 4, 5))
    move("zero_padding1d-default", "zero_padding1d", layers.ZeroPadding1D(),
         lambda x: torch.nn.functional.pad(x, (0, 0, 1, 1)), (2, 4, 3))
    move("repeat_vector", "repeat_vector 4", layers.RepeatVector(4),
         lambda x: x[:, None].expand(-1, 4, -1), (3, 5))
    move("slice", "slice 1x0x2 2x-1x3",
         lambda x: keras.ops.slice(x, (0, 1, 0, 2), (2, 2, 4, 3)), lambda x: x[:, 1:3, :, 2:5],
         (2, 5, 4, 6))


def product_cases():
    def dot(name, spec, layer, equation, *shapes):
        def by_torch(x, p, m):
            a, b = x.values()
            if layer.normalize:
                a, b = (torch.nn.functional.normalize(v, dim=i)
                        for v, i in zip((a, b), numpy.broadcast_to(layer.axes, 2).tolist()))
            y = torch.einsum(equation, a, b)
            return y[:, None] if y.dim() == 1 else y

        case(name, spec, {f"x{i}": normal(*shape) for i, shape in enumerate(shapes)}, {},
             lambda x, p, m: layer(list(x.values())), by_torch)

    dot("dot-vectors", "dot 1", layers.Dot(1), "bk,bk->b", (4, 7), (4, 7))
    dot("dot-cosine", "dot -1 normalize=true", layers.Dot(-1, normalize=True), "bk,bk->b", (4, 7),
        (4, 7))
    dot("dot-steps", "dot 2 normalize=true", layers.Dot(2, normalize=True), "bmk,bnk->bmn",
        (3, 4, 5), (3, 6, 5))
    dot("dot-first", "dot 1x2", layers.Dot((1, 2)), "bkm,bnk->bmn", (3, 5, 4), (3, 6, 5))
    dot("dot-plain", "dot 2x1", layers.Dot((2, 1)), "bmk,bkn->bmn", (3, 4, 5), (3, 5, 18))
    dot("dot-vector-right", "dot 2x1", layers.Dot((2, 1)), "bmk,bk->bm", (3, 4, 5), (3, 5))
    dot("dot-vector-left", "dot 1x-1", layers.Dot((1, -1)), "bk,bnk->bn", (3, 5), (3, 6, 5))

    case("unit_normalization", "unit_normalization", {"x0": normal(3, 4, 5)}, {},
         lambda x, p, m: layers.UnitNormalization()(x["x0"]),
         lambda x, p, m: torch.nn.functional.normalize(x["x0"], dim=-1))
    case("unit_normalization-steps", "unit_normalization axis=1", {"x0": normal(3, 4, 5)}, {},
         lambda x, p, m: layers.UnitNormalization(axis=1)(x["x0"]),
         lambda x, p, m: torch.nn.functional.normalize(x["x0"], dim=1))
    case("tied_dense", "",
         {"x0": normal(5, 7)},
         {"kernel": normal(7, 4), "bias": normal(4), "tied.bias": normal(7)},
         lambda x, p, m: (x["x0"] @ p["kernel"] + p["bias"]) @ p["kernel"].T + p["tied.bias"],
         lambda x, p, m: (x["x0"] @ p["kernel"] + p["bias"]) @ p["kernel"].T + p["tied.bias"])


    metadata["tied_dense"] = json.dumps(
        {"spec": "input 7 name=x0\ndense 4 name=layer\ntied_dense layer name=tied"})


def step_cases():
    case("take_step", "take_step", {"x0": normal(3, 4, 5)}, {}, lambda x, p, m: x["x0"][:, 0],
         lambda x, p, m: x["x0"][:, 0])
    last = numpy.array([5, 2, 3]) - 1
    case("take_step-last", "take_step -1", {"x0": normal(3, 6, 4)}, {},
         lambda x, p, m: x["x0"][numpy.arange(3), last],
         lambda x, p, m: x["x0"][torch.arange(3), torch.tensor(last)],
         masks=[(0, lengths(5, 2, 3, steps=6))])


def op_case(name, op, inputs, by_keras, by_torch, fixed=(), tolerance=AGREEMENT):
    """An op that no layer stands for; nothing is learned through the inputs in `fixed`."""
    learned = [key for key in inputs if key not in fixed]

    def keras_of(*values):
        return by_keras(*(inputs | dict(zip(learned, values))).values())

    y, pull_back = jax.vjp(keras_of, *(inputs[key] for key in learned))
    dy = normal(*y.shape)
    gradients = pull_back(dy.astype(y.dtype))
    leaves = {key: torch.tensor(value, requires_grad=key in learned)
              for key, value in inputs.items()}
    torch_y = by_torch(*leaves.values())
    torch_y.backward(torch.tensor(dy))
    agree(name, "y", y, torch_y.detach(), tolerance)
    for key, gradient in zip(learned, gradients):
        agree(name, f"d{key}", gradient, leaves[key].grad, tolerance)
    save(name, {"op": op}, y=torch_y.detach(), dy=dy, **inputs,
         **{f"d{key}": leaves[key].grad for key in learned})


def reduce_cases():
    ops = keras.ops
    x = {"x0": normal(3, 4, 5, 2)}
    op_case("reduce_sum", "reduce_sum", x, lambda x: ops.sum(x, (1, 3)), lambda x: x.sum((1, 3)))
    op_case("reduce_mean", "reduce_mean", x, lambda x: ops.mean(x, 2, keepdims=True),
            lambda x: x.mean(2, keepdim=True), tolerance=SINGLE)
    op_case("reduce_max", "reduce_max", x, lambda x: ops.max(x, (1, 2)), lambda x: x.amax((1, 2)))
    ties = {"x0": numpy.maximum(normal(3, 4, 5, 2), 0)}
    op_case("reduce_max-ties", "reduce_max", ties, lambda x: ops.max(x, 1, keepdims=True),
            lambda x: x.amax(1, keepdim=True))
    op_case("reduce_variance", "reduce_variance", x, lambda x: ops.var(x, (1, 2, 3)),
            lambda x: x.var((1, 2, 3), correction=0), tolerance=SINGLE)


def function_cases():
    F, ops = torch.nn.functional, keras.ops

    def one(name, spec, layer, torch_function, x, **more):
        case(name, spec, {"x0": x}, {}, lambda x, p, m: layer(x["x0"]),
             lambda x, p, m: torch_function(x["x0"]), **more)

    def prelu(name, spec, shared, shape, alpha_shape):
        layer = layers.PReLU(shared_axes=shared)
        layer.build(shape)
        case(name, spec, {"x0": normal(*shape)}, {"alpha": normal(*alpha_shape)},
             lambda x, p, m: layer.stateless_call([p["alpha"]], [], x["x0"])[0],
             lambda x, p, m: torch.where(x["x0"] > 0, x["x0"], p["alpha"] * x["x0"]))

    prelu("prelu", "prelu", None, (5, 3, 4), (3, 4))
    prelu("prelu-shared", "prelu shared_axes=1x2", (1, 2), (3, 4, 5, 6), (1, 1, 6))
    one("softmax", "softmax", layers.Softmax(), lambda x: F.softmax(x, -1), normal(3, 4, 5))
    one("softmax-axis", "softmax axis=1", layers.Softmax(axis=1), lambda x: F.softmax(x, 1),
        normal(3, 4, 5, 2))
    one("log_softmax", "activation log_softmax", layers.Activation("log_softmax"),
        lambda x: F.log_softmax(x, -1), 4 * normal(3, 7))
    mask = lengths(7, 2, 5, steps=7)
    op_case("masked_softmax", "masked_softmax", {"x0": normal(3, 7), "x1": mask},
            lambda x, m: layers.Softmax()(x, mask=m),
            lambda x, m: x.masked_fill(m < 0.5, -torch.inf).softmax(-1), fixed=["x1"])
    case("softmax-mask", "softmax", {"x0": normal(3, 4, 7), "x1": mask}, {},
         lambda x, p, m: layers.Softmax()(x["x0"], mask=x["x1"][:, None]) + 0 * x["x1"].sum(),
         lambda x, p, m: x["x0"].masked_fill(x["x1"][:, None] < 0.5, -torch.inf).softmax(-1)
         + 0 * x["x1"].sum())
    one("rescaling", "rescaling 0.125 offset=-1", layers.Rescaling(0.125, -1),
        lambda x: x / 8 - 1, normal(3, 5))
    one("normalization", "normalization mean=0.5 variance=0.25",
        layers.Normalization(axis=None, mean=0.5, variance=0.25), lambda x: (x - 0.5) / 0.5,
        normal(3, 5))
    one("normalization-invert", "normalization mean=0.5 variance=4 invert=true",
        layers.Normalization(axis=None, mean=0.5, variance=4, invert=True), lambda x: x * 2 + 0.5,
        normal(3, 5))

    positive = {"x0": numpy.abs(normal(3, 21)) + 0.25}
    any_sign = {"x0": normal(3, 21)}
    op_case("exp", "exp", any_sign, ops.exp, torch.exp)
    op_case("log", "log", positive, ops.log, torch.log)
    op_case("sqrt", "sqrt", positive, ops.sqrt, torch.sqrt)
    op_case("power", "power", positive, lambda x: ops.power(x, 1.5), lambda x: x ** 1.5)
    op_case("power-cube", "power", any_sign, lambda x: ops.power(x, 3), lambda x: x ** 3)
    op_case("abs", "abs", any_sign, ops.abs, torch.abs)
    op_case("negative", "negative", any_sign, ops.negative, torch.neg)
    op_case("square", "square", any_sign, ops.square, torch.square)
    op_case("reciprocal", "reciprocal", positive, ops.reciprocal, torch.reciprocal)
    op_case("clip", "clip", any_sign, lambda x: ops.clip(x, -0.5, 0.75),
            lambda x: x.clamp(-0.5, 0.75))


if __name__ == "__main__":
    write("shape.safetensors", merge_cases, move_cases, product_cases, step_cases, reduce_cases,
          function_cases)
