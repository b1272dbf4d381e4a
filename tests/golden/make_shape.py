"""Golden values of layers that merge, move, reduce and compare: writes shape.safetensors.

Each case is computed twice in float64, by Keras's layers (on JAX) and by PyTorch; both must agree.
README.md describes the names and the metadata.
"""

import numpy

from make_attention import case, write
from make_ops import distinct, jax, keras, normal, torch

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


if __name__ == "__main__":
    write("shape.safetensors", merge_cases, move_cases)
