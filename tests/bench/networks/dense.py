"""Networks of dense layers."""

from networks.benchmark import Benchmark, benchmark, images, trained


def torch_dense(activation, last, *sizes):
    """Layers from size to size; `last` is the activation of the last one, or None."""
    from torch import nn

    layers = []
    for inputs, outputs in zip(sizes, sizes[1:]):
        layers += [nn.Linear(inputs, outputs), activation()]
    return nn.Sequential(*layers[:-1], *([last()] if last else []))


def keras_dense(activation, last, *sizes):
    import keras
    from keras import layers

    activations = [activation] * (len(sizes) - 2) + [last]
    dense = [layers.Dense(size, activation=a) for size, a in zip(sizes[1:], activations)]
    return keras.Sequential([keras.Input((sizes[0],)), *dense])


def dense_flops(*sizes):
    return trained(*(2 * inputs * outputs for inputs, outputs in zip(sizes, sizes[1:])))


@benchmark
def mlp():
    """Dense 784-128-10, ReLU."""
    sizes = 784, 128, 10

    def torch_network(form):
        from torch import nn

        return torch_dense(nn.ReLU, None, *sizes)

    def keras_network(form):
        return keras_dense("relu", None, *sizes)

    return Benchmark(torch_network, keras_network, images(784), dense_flops(*sizes), (128,))


@benchmark
def playground():
    """Dense 2-8-8-1, tanh, sigmoid."""
    sizes = 2, 8, 8, 1

    def torch_network(form):
        from torch import nn

        return torch_dense(nn.Tanh, nn.Sigmoid, *sizes)

    def keras_network(form):
        return keras_dense("tanh", "sigmoid", *sizes)

    def make_batch(generator, n):
        points = generator.random((n, 2), dtype="float32")
        return points, generator.integers(0, 2, (n, 1)).astype("float32")

    return Benchmark(
        torch_network, keras_network, make_batch, dense_flops(*sizes), (32,), loss="binary"
    )


@benchmark
def autoencoder():
    """Dense 784-128-32-128-784, ReLU, sigmoid."""
    sizes = 784, 128, 32, 128, 784

    def torch_network(form):
        from torch import nn

        return torch_dense(nn.ReLU, nn.Sigmoid, *sizes)

    def keras_network(form):
        return keras_dense("relu", "sigmoid", *sizes)

    def make_batch(generator, n):
        x = generator.random((n, 784), dtype="float32")
        return x, x

    return Benchmark(
        torch_network, keras_network, make_batch, dense_flops(*sizes), (128,), loss="binary"
    )
