"""Golden values of transposed, depthwise and 1-D convolutions: writes convolution.safetensors.

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


def channels_first(x):
    return x.movedim(-1, 1)


def channels_last(x):
    return x.movedim(1, -1)


def cut_windows(x, size, strides, dilation, fill=0.0):
    """Zeros (or `fill`) on the last axis as padding "same" has them."""
    length, reach = x.shape[-1], (size - 1) * dilation + 1
    total = max((-(-length // strides) - 1) * strides + reach - length, 0)
    return torch.nn.functional.pad(x, (total // 2, total - total // 2), value=fill)


def sequence_cases():
    F = torch.nn.functional

    def conv(name, spec, shape, size, filters, strides=1, padding="valid", dilation=1, groups=1):
        parameters = {"kernel": normal(size, shape[-1] // groups, filters), "bias": normal(filters)}

        def by_keras(x, p, m):
            value = x["x0"]
            if padding == "causal":
                value = keras.ops.pad(value, ((0, 0), ((size - 1) * dilation, 0), (0, 0)))
            return keras.ops.conv(value, p["kernel"], strides,
                                  "valid" if padding == "causal" else padding,
                                  data_format="channels_last", dilation_rate=dilation) + p["bias"]

        def by_torch(x, p, m):
            value = channels_first(x["x0"])
            if padding == "same":
                value = cut_windows(value, size, strides, dilation)
            if padding == "causal":
                value = F.pad(value, ((size - 1) * dilation, 0))
            return channels_last(F.conv1d(value, p["kernel"].permute(2, 1, 0), p["bias"], strides,
                                          dilation=dilation, groups=groups))

        case(name, spec, {"x0": normal(*shape)}, parameters, by_keras, by_torch)

    conv("conv1d", "conv1d 5 3", (3, 8, 4), 3, 5)
    conv("conv1d-same", "conv1d 18 4 strides=2 padding=same", (2, 9, 12), 4, 18, 2, "same")
    conv("conv1d-causal", "conv1d 6 3 padding=causal dilation_rate=2", (3, 9, 10), 3, 6, 1,
         "causal", 2)
    conv("conv1d-groups", "conv1d 6 2 groups=2", (2, 5, 4), 2, 6, groups=2)

    def pool(name, spec, layer, function):
        case(name, spec, {"x0": normal(3, 9, 5)}, {}, lambda x, p, m: layer(x["x0"]),
             lambda x, p, m: channels_last(function(channels_first(x["x0"]))))

    layers = keras.layers
    pool("max_pooling1d", "max_pooling1d", layers.MaxPooling1D(), lambda x: F.max_pool1d(x, 2))
    pool("max_pooling1d-same", "max_pooling1d 3 strides=2 padding=same",
         layers.MaxPooling1D(3, 2, "same"),
         lambda x: F.max_pool1d(cut_windows(x, 3, 2, 1, -1e9), 3, 2))
    pool("average_pooling1d", "average_pooling1d 4 strides=1", layers.AveragePooling1D(4, 1),
         lambda x: F.avg_pool1d(x, 4, 1))


def depthwise_cases():
    def depthwise(name, spec, shape, size, each, strides=1, padding="valid"):
        channels = shape[-1]
        parameters = {"kernel": normal(*size, channels, each), "bias": normal(channels * each)}

        def by_torch(x, p, m):
            value = channels_first(x["x0"])
            if padding == "same":
                value = cut_windows(value, size[1], strides, 1)
                value = cut_windows(value.transpose(2, 3), size[0], strides, 1).transpose(2, 3)
            kernel = p["kernel"].permute(2, 3, 0, 1).reshape(channels * each, 1, *size)
            return channels_last(torch.nn.functional.conv2d(
                value, kernel, p["bias"], strides, groups=channels))

        case(name, spec, {"x0": normal(*shape)}, parameters,
             lambda x, p, m: keras.ops.depthwise_conv(
                 x["x0"], p["kernel"], strides, padding, data_format="channels_last") + p["bias"],
             by_torch)

    depthwise("depthwise", "depthwise_conv2d 3", (2, 5, 6, 4), (3, 3), 1)
    depthwise("depthwise-more", "depthwise_conv2d 3x2 strides=2 padding=same depth_multiplier=3",
              (2, 6, 5, 3), (3, 2), 3, 2, "same")


def up_sampling_cases():
    def up(name, spec, layer, size):
        case(name, spec, {"x0": normal(2, 3, 4, 5)}, {}, lambda x, p, m: layer(x["x0"]),
             lambda x, p, m: x["x0"].repeat_interleave(size[0], 1).repeat_interleave(size[1], 2))

    up("up_sampling", "up_sampling2d", keras.layers.UpSampling2D(), (2, 2))
    up("up_sampling-uneven", "up_sampling2d 3x1", keras.layers.UpSampling2D((3, 1)), (3, 1))


if __name__ == "__main__":
    write("convolution.safetensors", transposed_cases, sequence_cases, depthwise_cases,
          up_sampling_cases)
