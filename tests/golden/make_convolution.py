"""Golden values of transposed convolutions: writes convolution.safetensors.

Each case is computed twice in float64, by Keras (on JAX) and by PyTorch; both must agree.
README.md describes the names and the metadata.
"""

from make_attention import case, write
from make_ops import keras, normal, torch


def transposed(name, spec, shape, size, filters, strides=(1, 1), padding="valid",
               output_padding=None, use_bias=True):
    channels = shape[-1]
    parameters = {"kernel": normal(*size, filters, channels)}
    if use_bias:
        parameters["bias"] = normal(filters)
    layer = keras.layers.Conv2DTranspose(filters, size, strides, padding,
                                         output_padding=output_padding)
    output = layer.compute_output_shape(shape)

    def by_keras(x, p, m):
        y = keras.ops.conv_transpose(x["x0"], p["kernel"], strides, padding, output_padding,
                                     data_format="channels_last")
        return y + p["bias"] if use_bias else y

    def by_torch(x, p, m):
        """All that the kernels reach, then cut (or filled up) to what TensorFlow's rule leaves."""
        y = torch.nn.functional.conv_transpose2d(
            x["x0"].permute(0, 3, 1, 2), p["kernel"].permute(3, 2, 0, 1), stride=strides)
        for axis in (0, 1):
            wanted, k, s = output[1 + axis], size[axis], strides[axis]
            inputs = -(-wanted // s) if padding == "same" else shape[1 + axis]
            total = max((inputs - 1) * s + k - wanted, 0) if padding == "same" else 0
            more = max(0, total // 2 + wanted - y.shape[2 + axis])
            y = torch.nn.functional.pad(y, (0, 0, 0, more) if axis == 0 else (0, more))
            y = y.narrow(2 + axis, total // 2, wanted)
        y = y.permute(0, 2, 3, 1)
        return y + p["bias"] if use_bias else y

    case(name, spec, {"x0": normal(*shape)}, parameters, by_keras, by_torch)


def transposed_cases():
    transposed("transposed", "conv2d_transpose 3 3", (2, 4, 5, 2), (3, 3), 3)
    transposed("transposed-gan", "conv2d_transpose 6 4 strides=2 padding=same", (2, 3, 3, 20),
               (4, 4), 6, (2, 2), "same")
    transposed("transposed-last", "conv2d_transpose 1 4 strides=2 padding=same", (2, 6, 6, 18),
               (4, 4), 1, (2, 2), "same")
    transposed("transposed-odd", "conv2d_transpose 5 3x2 strides=2x3 padding=same", (2, 3, 4, 3),
               (3, 2), 5, (2, 3), "same")
    transposed("transposed-gap", "conv2d_transpose 4 2 strides=3 use_bias=false", (2, 3, 2, 5),
               (2, 2), 4, (3, 3), use_bias=False)
    transposed("transposed-more", "conv2d_transpose 17 3 strides=2 padding=same output_padding=1",
               (2, 3, 4, 12), (3, 3), 17, (2, 2), "same", (1, 1))
    transposed("transposed-more-valid", "conv2d_transpose 4 3 strides=2 output_padding=0",
               (2, 3, 4, 3), (3, 3), 4, (2, 2), "valid", (0, 0))


if __name__ == "__main__":
    write("convolution.safetensors", transposed_cases)
