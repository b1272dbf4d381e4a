"""Golden values for operations, losses, optimizers and one whole model: writes ops.safetensors.

Every layer and loss is computed twice in float64, by Keras (on JAX) and by PyTorch; both must
agree, and the numbers are saved rounded to float32. Inputs are float32 numbers to begin with, so
nothing is lost on the way in. Keras's "same" padding puts the odd pixel at the end; PyTorch gets it by
padding explicitly. README.md describes the names and the metadata.
"""

import argparse
import itertools
import json
import os
import pathlib

os.environ["KERAS_BACKEND"] = "jax"
os.environ.setdefault("JAX_PLATFORMS", "cpu")

import jax

jax.config.update("jax_enable_x64", True)

import keras
import numpy
import torch
from safetensors.numpy import load_file

keras.config.set_floatx("float64")
F = torch.nn.functional

AGREEMENT = 1e-11  # between Keras and PyTorch, both in float64
SINGLE = 3e-7  # where Keras computes in float32 although it is given float64 (tanh in 3.15)
tensors, metadata = {}, {}
stream = numpy.random.default_rng(20240505)


def normal(*shape):
    """Standard normal numbers that a float32 holds exactly."""
    return stream.standard_normal(shape).astype(numpy.float32).astype(numpy.float64)


def distinct(*shape):
    """Numbers at least 0.02 apart: maxima stay where they are under small changes."""
    values = stream.permutation(numpy.prod(shape)).reshape(shape) * 0.03125
    return (values - values.mean()).astype(numpy.float32).astype(numpy.float64)


def save(case, description, **values):
    for name, value in values.items():
        value = numpy.asarray(value)
        kind = numpy.int64 if value.dtype.kind == "i" else numpy.float32
        key = f"{case}/{name}"
        assert key not in tensors, key
        tensors[key] = numpy.ascontiguousarray(value, kind)
    metadata[case] = json.dumps(description)


def agree(case, name, a, b, tolerance=AGREEMENT):
    a, b = numpy.asarray(a), numpy.asarray(b)
    assert a.shape == b.shape, (case, name, a.shape, b.shape)
    error = numpy.abs(a - b).max(initial=0) / max(1, numpy.abs(b).max(initial=0))
    assert error <= tolerance, (case, name, error)


def clear_relu(z):
    """ReLU, of numbers that rounding does not carry across its kink."""
    assert z.detach().abs().min() > 1e-5
    return torch.relu(z)


def layer_case(case, spec, layer, reference, x, kernel=None, bias=None, note=None, clear_of=None):
    """One layer: `reference(x, kernel, bias)` is the same in PyTorch, NHWC in and out.

    clear_of: a number no value of x may be near, where the derivative jumps."""
    parameters = {k: v for k, v in (("kernel", kernel), ("bias", bias)) if v is not None}
    if clear_of is not None:
        assert numpy.abs(x - clear_of).min() > 0.01, case
    layer.build(x.shape)
    shapes = [tuple(v.shape) for v in layer.trainable_variables]
    assert shapes == [v.shape for v in parameters.values()], (case, shapes)

    def forward(x, *values):
        return layer.stateless_call(list(values), [], x)[0]

    y, pull_back = jax.vjp(forward, x, *parameters.values())
    dy = normal(*y.shape)
    gradients = pull_back(dy.astype(y.dtype))
    tolerance = AGREEMENT if y.dtype == numpy.float64 else SINGLE

    inputs = [torch.tensor(v, requires_grad=True) for v in (x, *parameters.values())]
    named = dict(zip(parameters, inputs[1:]))
    torch_y = reference(inputs[0], named.get("kernel"), named.get("bias"))
    torch_y.backward(torch.tensor(dy))
    agree(case, "y", y, torch_y.detach(), tolerance)
    for name, value, other in zip(("x", *parameters), gradients, inputs):
        agree(case, f"d{name}", value, other.grad, tolerance)

    description = {"layer": spec, "input": "x".join(map(str, x.shape[1:]))}
    if note:
        description["note"] = note
    save(
        case,
        description,
        x=x,
        dy=dy,
        y=torch_y.detach(),
        **parameters,
        **{f"d{name}": v.grad for name, v in zip(("x", *parameters), inputs)},
    )


# --- Layers -------------------------------------------------------------------------------------


def dense_cases():
    def reference(activation=lambda z: z):
        return lambda x, kernel, bias: activation(x @ kernel + (0 if bias is None else bias))

    layer_case("dense", "dense 5", keras.layers.Dense(5), reference(),
               normal(4, 7), normal(7, 5), normal(5))
    layer_case("dense_no_bias", "dense 5 use_bias=false", keras.layers.Dense(5, use_bias=False),
               reference(), normal(4, 7), normal(7, 5))
    layer_case("dense_relu", "dense 33 activation=relu", keras.layers.Dense(33, activation="relu"),
               reference(clear_relu), normal(3, 18), normal(18, 33), normal(33))
    layer_case("dense_wide", "dense 17", keras.layers.Dense(17), reference(),
               normal(37, 19), normal(19, 17), normal(17),
               note="sizes that are no multiple of a vector")
    layer_case("dense_steps", "dense 4", keras.layers.Dense(4), reference(),
               normal(2, 3, 5), normal(5, 4), normal(4), note="rank 3: each step by itself")


def same_padding(size, window, stride, dilation):
    """(before, after) as TensorFlow and Keras have it: the odd pixel comes after."""
    total = max((-(-size // stride) - 1) * stride + (window - 1) * dilation + 1 - size, 0)
    return total // 2, total - total // 2


def pad_same(x, window, strides, dilation, value):
    """x is NCHW."""
    top, bottom = same_padding(x.shape[2], window[0], strides[0], dilation[0])
    left, right = same_padding(x.shape[3], window[1], strides[1], dilation[1])
    return F.pad(x, (left, right, top, bottom), value=value)


def pair(value):
    return (value, value) if isinstance(value, int) else value


def pair_text(value):
    return str(value) if isinstance(value, int) else f"{value[0]}x{value[1]}"


def conv_case(case, shape, filters, kernel_size=3, strides=1, padding="valid", dilation=1, groups=1,
              activation=None, use_bias=True, note=None):
    spec = (
        f"conv2d {filters} kernel_size={pair_text(kernel_size)} strides={pair_text(strides)}"
        f" padding={padding} dilation_rate={pair_text(dilation)} groups={groups}"
        + (f" activation={activation}" if activation else "")
        + ("" if use_bias else " use_bias=false")
    )
    layer = keras.layers.Conv2D(filters, kernel_size, strides=strides, padding=padding,
                                dilation_rate=dilation, groups=groups, activation=activation,
                                use_bias=use_bias)

    def reference(x, kernel, bias):
        x = x.permute(0, 3, 1, 2)
        if padding == "same":
            x = pad_same(x, pair(kernel_size), pair(strides), pair(dilation), 0)
        y = F.conv2d(x, kernel.permute(3, 2, 0, 1), bias, strides, 0, dilation, groups)
        y = y.permute(0, 2, 3, 1)
        return clear_relu(y) if activation == "relu" else y

    channels = shape[-1] // groups
    layer_case(case, spec, layer, reference, normal(*shape),
               normal(*pair(kernel_size), channels, filters),
               normal(filters) if use_bias else None, note)


def conv_cases():
    odd_pixel = "the odd pixel of padding comes after"
    conv_case("conv2d_valid", (2, 6, 5, 2), 4)
    conv_case("conv2d_no_bias", (2, 6, 5, 2), 4, use_bias=False)
    conv_case("conv2d_one_channel_relu", (3, 10, 10, 1), 8, activation="relu")
    conv_case("conv2d_32_filters_relu", (1, 6, 6, 3), 32, activation="relu")
    conv_case("conv2d_pointwise", (2, 4, 5, 6), 5, kernel_size=1)
    conv_case("conv2d_same", (2, 6, 5, 2), 4, padding="same")
    conv_case("conv2d_same_even_kernel", (2, 5, 6, 2), 3, kernel_size=2, padding="same",
              note=odd_pixel)
    conv_case("conv2d_same_strides_2_even", (2, 6, 8, 2), 4, strides=2, padding="same",
              note=odd_pixel)
    conv_case("conv2d_same_strides_2_odd", (2, 7, 5, 2), 4, strides=2, padding="same")
    conv_case("conv2d_same_strides_3_5", (2, 7, 11, 1), 3, kernel_size=5, strides=3, padding="same")
    conv_case("conv2d_same_strides_beyond_kernel", (2, 7, 8, 2), 3, kernel_size=1, strides=2,
              padding="same")
    conv_case("conv2d_valid_strides_2", (2, 8, 7, 2), 4, strides=2,
              note="height 8: the last row is in no window")
    conv_case("conv2d_valid_strides_2x1", (2, 7, 6, 2), 3, strides=(2, 1),
              note="Keras takes it on this backend")
    conv_case("conv2d_kernel_3x2", (2, 6, 5, 2), 4, kernel_size=(3, 2))
    conv_case("conv2d_kernel_1x5_same", (2, 4, 7, 2), 3, kernel_size=(1, 5), padding="same")
    conv_case("conv2d_dilation_2_valid", (2, 8, 7, 2), 3, dilation=2)
    conv_case("conv2d_dilation_2_same", (2, 8, 7, 2), 3, dilation=2, padding="same")
    conv_case("conv2d_groups_2", (2, 6, 5, 4), 6, groups=2)
    conv_case("conv2d_depthwise_same", (2, 5, 5, 4), 4, groups=4, padding="same")


def pool_case(case, shape, kind, size, strides=None, padding="valid", note=None):
    name = {"max": "max_pooling2d", "average": "average_pooling2d"}[kind]
    spec = f"{name} pool_size={pair_text(size)}"
    if strides is not None:
        spec += f" strides={pair_text(strides)}"
    spec += f" padding={padding}"
    classes = {"max": keras.layers.MaxPooling2D, "average": keras.layers.AveragePooling2D}
    layer = classes[kind](size, strides=strides, padding=padding)
    step = pair(strides if strides is not None else size)

    def reference(x, kernel, bias):
        x = x.permute(0, 3, 1, 2)

        def padded(x, value):
            return pad_same(x, pair(size), step, (1, 1), value) if padding == "same" else x

        if kind == "max":
            y = F.max_pool2d(padded(x, float("-inf")), pair(size), step)
        else:
            count = F.avg_pool2d(padded(torch.ones_like(x), 0), pair(size), step)
            y = F.avg_pool2d(padded(x, 0), pair(size), step) / count
        return y.permute(0, 2, 3, 1)

    x = distinct(*shape) if kind == "max" else normal(*shape)
    layer_case(case, spec, layer, reference, x, note=note)


def pool_cases():
    real = "divides by the number of real pixels"
    pool_case("max_pooling2d_2", (2, 6, 4, 3), "max", 2)
    pool_case("max_pooling2d_2_odd", (2, 7, 5, 3), "max", 2,
              note="the last row and column are in no window")
    pool_case("max_pooling2d_2_same_odd", (2, 5, 7, 2), "max", 2, padding="same")
    pool_case("max_pooling2d_3_strides_2", (2, 7, 8, 2), "max", 3, 2)
    pool_case("max_pooling2d_3_strides_2_same", (2, 7, 8, 2), "max", 3, 2, "same")
    pool_case("max_pooling2d_2x3", (2, 6, 6, 2), "max", (2, 3))
    pool_case("average_pooling2d_2", (2, 6, 4, 3), "average", 2)
    pool_case("average_pooling2d_3_strides_2", (2, 7, 8, 2), "average", 3, 2)
    pool_case("average_pooling2d_3_strides_2_same", (2, 7, 8, 2), "average", 3, 2, "same", real)
    pool_case("average_pooling2d_3_strides_1_same", (2, 4, 5, 2), "average", 3, 1, "same", real)


def shape_cases():
    layer_case("flatten", "flatten", keras.layers.Flatten(),
               lambda x, kernel, bias: x.reshape(2, -1), normal(2, 3, 4, 2))
    layer_case("reshape", "reshape 4x6", keras.layers.Reshape((4, 6)),
               lambda x, kernel, bias: x.reshape(2, 4, 6), normal(2, 24))


def activation_cases():
    # 48 values from -6 to 6, none nearer to zero than 0.12.
    x = numpy.linspace(-6, 6, 48).astype(numpy.float32).astype(numpy.float64).reshape(4, 12)
    plain = {
        "linear": lambda z: z * 1,
        "relu": torch.relu,
        "sigmoid": torch.sigmoid,
        "tanh": torch.tanh,
        "elu": F.elu,
        "selu": F.selu,
        "gelu": F.gelu,
        "silu": F.silu,
        "softplus": F.softplus,
        "leaky_relu": lambda z: F.leaky_relu(z, 0.2),
    }
    notes = {
        "gelu": "exact, by the error function: Keras's default",
        "leaky_relu": "slope 0.2: the default of keras.activations.leaky_relu, which"
        " Activation('leaky_relu') and activation='leaky_relu' call; the layer LeakyReLU has 0.3",
        "softplus": "PyTorch turns linear above 20, beyond these values",
    }
    for name, function in plain.items():
        layer_case(f"activation_{name}", f"activation {name}", keras.layers.Activation(name),
                   lambda x, kernel, bias, function=function: function(x), x,
                   note=notes.get(name), clear_of=0)
    layer_case("leaky_relu", "leaky_relu", keras.layers.LeakyReLU(),
               lambda x, kernel, bias: F.leaky_relu(x, 0.3), x,
               note="slope 0.3: the default of keras.layers.LeakyReLU", clear_of=0)
    layer_case("leaky_relu_0.01", "leaky_relu negative_slope=0.01", keras.layers.LeakyReLU(0.01),
               lambda x, kernel, bias: F.leaky_relu(x, 0.01), x, clear_of=0)
    layer_case("elu", "elu alpha=0.5", keras.layers.ELU(0.5),
               lambda x, kernel, bias: F.elu(x, 0.5), x, clear_of=0)
    layer_case("activation_gelu_tanh", "activation gelu approximate=true",
               keras.layers.Activation(lambda z: keras.activations.gelu(z, approximate=True)),
               lambda x, kernel, bias: F.gelu(x, approximate="tanh"), x,
               note="the tanh approximation of GPT-2: keras.activations.gelu(x, approximate=True);"
               " Keras has no name for it that a layer takes, so the argument is ours")

    def softmax(x, kernel, bias):
        return torch.softmax(x, -1)

    layer_case("softmax", "activation softmax", keras.layers.Activation("softmax"), softmax,
               3 * normal(4, 10))
    layer_case("softmax_rank_3", "activation softmax", keras.layers.Activation("softmax"), softmax,
               3 * normal(2, 3, 5), note="over the last axis")
    large = numpy.array([[80.0, -80, 0, 79, 1], [-80, -80, -80, -80, -80.5],
                         [80, 80, 80, 80, 80], [-80, 80, 80, -80, 0]])
    layer_case("softmax_large", "activation softmax", keras.layers.Activation("softmax"), softmax,
               large, note="logits of ±80")
    saturated = numpy.array([[-80.0, -30, -15, -9], [9, 15, 30, 80]])
    for name, function in {**plain, "softplus": lambda z: F.softplus(z, threshold=100)}.items():
        if name in ("sigmoid", "tanh", "elu", "selu", "gelu", "silu", "softplus"):
            layer_case(f"activation_{name}_large", f"activation {name}",
                       keras.layers.Activation(name),
                       lambda x, kernel, bias, function=function: function(x), saturated,
                       note="values of ±80: nothing overflows")


# --- Losses -------------------------------------------------------------------------------------


def cross_entropy_case(case, x, labels, note=None):
    labels = numpy.array(labels)

    def rows(x):
        return keras.losses.sparse_categorical_crossentropy(labels, x, from_logits=True)

    y = rows(x)
    loss, dx = jax.value_and_grad(lambda x: rows(x).mean())(x)
    torch_x = torch.tensor(x, requires_grad=True)
    torch_loss = F.cross_entropy(torch_x, torch.tensor(labels))
    torch_loss.backward()
    agree(case, "loss", loss, torch_loss.detach())
    agree(case, "dx", dx, torch_x.grad)
    agree(case, "y", y, F.cross_entropy(torch_x, torch.tensor(labels), reduction="none").detach())
    description = {
        "loss": "sparse_categorical_crossentropy from_logits=true",
        "note": "y: of each row; loss: their mean; dx: gradient of the mean; p: probabilities"
        + (f"; {note}" if note else ""),
    }
    save(case, description, x=x, labels=labels, p=jax.nn.softmax(x), y=y, loss=[loss], dx=dx)


def loss_cases():
    cross_entropy_case("softmax_cross_entropy", 2 * normal(6, 10), [3, 0, 9, 9, 5, 1])
    cross_entropy_case(
        "softmax_cross_entropy_large",
        numpy.array([[80.0, -80, 0], [80, -80, 0], [-80, -80, -80], [80, 79, -80], [-80, 80, 80]]),
        [0, 1, 2, 1, 0],
        "logits of ±80: losses up to 160 and none infinite",
    )


# --- Optimizers ---------------------------------------------------------------------------------


def keras_steps(optimizer, start, gradients):
    """The parameters after each step."""
    variable = keras.Variable(start, dtype="float64")
    optimizer.build([variable])
    trail = []
    for gradient in gradients:
        optimizer.apply([gradient], [variable])
        trail.append(numpy.array(variable.value))
    return numpy.stack(trail)


def adam_by_formula(start, gradients, rate, beta_1=0.9, beta_2=0.999, epsilon=1e-7):
    """Keras's Adam: epsilon is added to the root of v before its bias is corrected (the second
    form in the paper's section 2), in PyTorch after."""
    p, m, v = start.copy(), 0.0, 0.0
    for t, g in enumerate(gradients, 1):
        m = m + (g - m) * (1 - beta_1)
        v = v + (g * g - v) * (1 - beta_2)
        p = p - rate * numpy.sqrt(1 - beta_2**t) / (1 - beta_1**t) * m / (numpy.sqrt(v) + epsilon)
    return p


def torch_steps(make, start, gradients):
    parameter = torch.tensor(start, requires_grad=True)
    optimizer = make([parameter])
    for gradient in gradients:
        parameter.grad = torch.tensor(gradient)
        optimizer.step()
    return parameter.detach().numpy()


def optimizer_cases():
    start = normal(6)
    gradients = normal(10, 6) * [1, 1, 1e-3, 1e-6, 30, 0]
    gradients = gradients.astype(numpy.float32).astype(numpy.float64)
    small = "gradients of very different sizes: the fourth shows where epsilon is added, the last is 0"
    o, t = keras.optimizers, torch.optim
    cases = (
        ("sgd", {"learning_rate": 0.0625}, o.SGD(0.0625), lambda p: t.SGD(p, 0.0625)),
        ("momentum", {"learning_rate": 0.0625, "momentum": 0.9}, o.SGD(0.0625, 0.9),
         lambda p: t.SGD(p, 0.0625, 0.9)),
        ("nesterov", {"learning_rate": 0.0625, "momentum": 0.9}, o.SGD(0.0625, 0.9, nesterov=True),
         lambda p: t.SGD(p, 0.0625, 0.9, nesterov=True)),
        ("adam", {"learning_rate": 0.03125, "beta_1": 0.9, "beta_2": 0.999, "epsilon": 1e-7},
         o.Adam(0.03125), None),
        ("adam_epsilon_0.01",
         {"optimizer": "adam", "learning_rate": 0.03125, "beta_1": 0.8, "beta_2": 0.95,
          "epsilon": 1e-2},
         o.Adam(0.03125, 0.8, 0.95, 1e-2), None),
        ("adamw", {"learning_rate": 0.03125, "beta_1": 0.9, "beta_2": 0.999, "epsilon": 1e-7,
                   "weight_decay": 0.004}, o.AdamW(0.03125), None),
        ("rmsprop", {"learning_rate": 0.03125, "rho": 0.9, "epsilon": 1e-7}, o.RMSprop(0.03125),
         None),
        ("adagrad", {"learning_rate": 0.03125, "initial_accumulator_value": 0.1, "epsilon": 1e-7},
         o.Adagrad(0.03125), None),
        ("adadelta", {"learning_rate": 0.5, "rho": 0.95, "epsilon": 1e-7}, o.Adadelta(0.5), None),
        ("amsgrad", {"learning_rate": 0.03125, "beta_1": 0.9, "beta_2": 0.999, "epsilon": 1e-7},
         o.Adam(0.03125, amsgrad=True), None),
        ("lion", {"learning_rate": 0.03125, "beta_1": 0.9, "beta_2": 0.99, "weight_decay": 0.0},
         o.Lion(0.03125), None),
        ("clipped", {"optimizer": "adam", "learning_rate": 0.03125, "global_clipnorm": 0.5},
         o.Adam(0.03125, global_clipnorm=0.5), None),
        ("clipvalue", {"optimizer": "sgd", "learning_rate": 0.0625, "clipvalue": 0.25},
         o.SGD(0.0625, clipvalue=0.25), None),
    )
    for name, settings, optimizer, make in cases:
        case = f"opt/{name}"
        trail = keras_steps(optimizer, start, gradients)
        if make is not None:
            agree(case, "p10", trail[-1], torch_steps(make, start, gradients))
        elif name in ("adam", "adam_epsilon_0.01"):
            betas = settings["beta_1"], settings["beta_2"]
            expected = adam_by_formula(start, gradients, settings["learning_rate"], *betas,
                                       settings["epsilon"])
            agree(case, "p10", trail[-1], expected)
        save(case, {"optimizer": name, **settings, "note": small},
             p0=start, grads=gradients, p10=trail[-1], trail=trail)


# --- A whole model ------------------------------------------------------------------------------


def model_case():
    spec = (
        "input 8x8x1\nconv2d 4 kernel_size=3 activation=relu\nmax_pooling2d pool_size=2\nflatten\n"
        "dense 5 activation=relu\ndense 3 activation=softmax"
    )
    logits_of = keras.Sequential([
        keras.Input((8, 8, 1)),
        keras.layers.Conv2D(4, 3, activation="relu", name="conv2d"),
        keras.layers.MaxPooling2D(2),
        keras.layers.Flatten(),
        keras.layers.Dense(5, activation="relu", name="dense"),
        keras.layers.Dense(3, name="dense_1"),
    ])
    names = [f"{layer}.{kind}" for layer in ("conv2d", "dense", "dense_1")
             for kind in ("kernel", "bias")]
    scales = (0.6, 0.1, 0.3, 0.1, 0.7, 0.1)
    start = [
        (normal(*v.shape) * s).astype(numpy.float32).astype(numpy.float64)
        for v, s in zip(logits_of.trainable_variables, scales)
    ]
    x = stream.random((6, 8, 8, 1)).astype(numpy.float32).astype(numpy.float64)
    labels = numpy.array([0, 2, 1, 1, 0, 2])

    def loss_of(parameters):
        logits = logits_of.stateless_call(parameters, [], x)[0]
        rows = keras.losses.sparse_categorical_crossentropy(labels, logits, from_logits=True)
        return rows.mean(), logits

    (loss, logits), gradients = jax.value_and_grad(loss_of, has_aux=True)(start)

    def torch_loss(p):
        y = F.conv2d(torch.tensor(x).permute(0, 3, 1, 2), p[0].permute(3, 2, 0, 1), p[1])
        y = F.max_pool2d(clear_relu(y), 2).permute(0, 2, 3, 1).reshape(6, -1)
        y = clear_relu(y @ p[2] + p[3]) @ p[4] + p[5]
        return F.cross_entropy(y, torch.tensor(labels))

    torch_start = [torch.tensor(p, requires_grad=True) for p in start]
    expected = torch_loss(torch_start)
    expected.backward()
    agree("model", "loss", loss, expected.detach())
    for name, g, p in zip(names, gradients, torch_start):
        agree("model", name, g, p.grad)
        assert numpy.abs(g).max() > 1e-4, f"{name} has no gradient: nothing would be tested"

    variables = [keras.Variable(p, dtype="float64") for p in start]
    optimizer = keras.optimizers.Adam(0.01)
    optimizer.build(variables)
    losses = []
    for _ in range(10):
        (now, _), g = jax.value_and_grad(loss_of, has_aux=True)([v.value for v in variables])
        losses.append(now)
        optimizer.apply(g, variables)
    assert losses[-1] < losses[0]
    values = {"x": x, "labels": labels, "probabilities": jax.nn.softmax(logits), "loss": [loss],
              "losses": losses}
    for name, p, g, after in zip(names, start, gradients, variables):
        values |= {name: p, f"d{name}": g, f"{name}.after10": numpy.array(after.value)}
    save("model", {
        "model": spec,
        "loss": "sparse_categorical_crossentropy from_logits=true",
        "optimizer": "adam", "learning_rate": 0.01, "beta_1": 0.9, "beta_2": 0.999,
        "epsilon": 1e-7,
        "note": "LAYER.kind: before; dLAYER.kind: gradient of the mean loss; LAYER.kind.after10:"
        " after 10 steps on this batch; losses: before each of them; all in float64",
    }, **values)


def write_safetensors(path):
    """With sorted metadata: the package's own writer orders it anew in every run."""
    header, data = {"__metadata__": dict(sorted(metadata.items()))}, b""
    for name, value in sorted(tensors.items(), key=lambda item: (-item[1].itemsize, item[0])):
        raw = value.astype(value.dtype.newbyteorder("<")).tobytes()
        header[name] = {
            "dtype": {"float32": "F32", "int64": "I64"}[value.dtype.name],
            "shape": list(value.shape),
            "data_offsets": [len(data), len(data) + len(raw)],
        }
        data += raw
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    path.write_bytes(len(text).to_bytes(8, "little") + text + data)
    for name, value in load_file(path).items():
        assert numpy.array_equal(value, tensors[name]), name


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--out", type=pathlib.Path,
                        default=pathlib.Path(__file__).with_name("ops.safetensors"))
    arguments = parser.parse_args()
    for cases in (dense_cases, conv_cases, pool_cases, shape_cases, activation_cases, loss_cases,
                  optimizer_cases, model_case):
        cases()
    for name, value in tensors.items():
        assert numpy.isfinite(value).all(), name
    write_safetensors(arguments.out)
    print(f"{arguments.out}: {len(metadata)} cases, {len(tensors)} tensors,"
          f" {arguments.out.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
