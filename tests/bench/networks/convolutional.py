"""Networks for pictures."""

from networks.benchmark import Benchmark, benchmark, images, trained


@benchmark
def cnn():
    """Day 5: Conv2D 32 3x3 ReLU, MaxPool 2x2, Flatten, Dense 64 ReLU, Dense 10."""

    def torch_network(form):
        from torch import nn

        return nn.Sequential(
            nn.Conv2d(1, 32, 3),
            nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Flatten(),
            nn.Linear(13 * 13 * 32, 64),
            nn.ReLU(),
            nn.Linear(64, 10),
        )

    def keras_network(data_format):
        import keras
        from keras import layers

        shape = (28, 28, 1) if data_format == "channels_last" else (1, 28, 28)
        return keras.Sequential(
            [
                keras.Input(shape),
                layers.Conv2D(32, 3, activation="relu", data_format=data_format),
                layers.MaxPooling2D(2, data_format=data_format),
                layers.Flatten(data_format=data_format),
                layers.Dense(64, activation="relu"),
                layers.Dense(10),
            ]
        )

    flops = trained(26 * 26 * 32 * 9 * 2, 13 * 13 * 32 * 64 * 2, 64 * 10 * 2)
    return Benchmark(
        torch_network, keras_network, images(28, 28, 1), flops, (32, 128), is_image=True
    )


@benchmark
def resnet():
    """Three residual blocks of 16, 32 and 64 channels on 32x32x3 (He et al. 2015)."""
    blocks = (16, 1), (32, 2), (64, 2)  # channels, stride

    def torch_network(form):
        from torch import nn

        def convolution(inputs, channels, size, stride):
            return nn.Sequential(
                nn.Conv2d(inputs, channels, size, stride, size // 2), nn.BatchNorm2d(channels)
            )

        class Block(nn.Module):
            def __init__(self, inputs, channels, stride):
                super().__init__()
                self.first = convolution(inputs, channels, 3, stride)
                self.second = convolution(channels, channels, 3, 1)
                same = inputs == channels and stride == 1
                self.skip = nn.Identity() if same else convolution(inputs, channels, 1, stride)
                self.relu = nn.ReLU()

            def forward(self, x):
                return self.relu(self.second(self.relu(self.first(x))) + self.skip(x))

        inputs = [16] + [channels for channels, _ in blocks]
        return nn.Sequential(
            convolution(3, 16, 3, 1),
            nn.ReLU(),
            *(Block(before, *block) for before, block in zip(inputs, blocks)),
            nn.AdaptiveAvgPool2d(1),
            nn.Flatten(),
            nn.Linear(64, 10),
        )

    def keras_network(data_format):
        import keras
        from keras import layers

        axis = -1 if data_format == "channels_last" else 1

        def convolution(x, channels, size, stride):
            x = layers.Conv2D(
                channels, size, strides=stride, padding="same", data_format=data_format
            )(x)
            return layers.BatchNormalization(axis=axis)(x)

        x = inputs = keras.Input((32, 32, 3) if axis == -1 else (3, 32, 32))
        x = layers.ReLU()(convolution(x, 16, 3, 1))
        for channels, stride in blocks:
            y = layers.ReLU()(convolution(x, channels, 3, stride))
            y = convolution(y, channels, 3, 1)
            if stride != 1 or x.shape[axis] != channels:
                x = convolution(x, channels, 1, stride)
            x = layers.ReLU()(layers.Add()([y, x]))
        x = layers.GlobalAveragePooling2D(data_format=data_format)(x)
        return keras.Model(inputs, layers.Dense(10)(x))

    def convolution(side, inputs, channels, size):
        return side * side * channels * inputs * size * size * 2

    flops = trained(
        convolution(32, 3, 16, 3),
        2 * convolution(32, 16, 16, 3),
        convolution(16, 16, 32, 3) + convolution(16, 32, 32, 3) + convolution(16, 16, 32, 1),
        convolution(8, 32, 64, 3) + convolution(8, 64, 64, 3) + convolution(8, 32, 64, 1),
        64 * 10 * 2,
    )
    return Benchmark(
        torch_network,
        keras_network,
        images(32, 32, 3),
        flops,
        (64,),
        is_image=True,
        epoch_steps=32,
    )


@benchmark
def dcgan():
    """Deep convolutional GAN on 28x28 (Radford et al. 2015), non-saturating loss.

    A step teaches the discriminator with a real and a false batch, one after the other through
    it, and then the generator with fresh noise.
    """

    def torch_network(form):
        import torch
        from torch import nn

        class Gan(nn.Module):
            def __init__(self):
                super().__init__()
                self.generator = nn.Sequential(
                    nn.Linear(64, 7 * 7 * 128),
                    nn.BatchNorm1d(7 * 7 * 128),
                    nn.ReLU(),
                    nn.Unflatten(1, (128, 7, 7)),
                    nn.ConvTranspose2d(128, 64, 4, 2, 1),
                    nn.BatchNorm2d(64),
                    nn.ReLU(),
                    nn.ConvTranspose2d(64, 1, 4, 2, 1),
                    nn.Tanh(),
                )
                self.discriminator = nn.Sequential(
                    nn.Conv2d(1, 64, 4, 2, 1),
                    nn.LeakyReLU(0.2),
                    nn.Conv2d(64, 128, 4, 2, 1),
                    nn.BatchNorm2d(128),
                    nn.LeakyReLU(0.2),
                    nn.Flatten(),
                    nn.Linear(7 * 7 * 128, 1),
                )
                self.loss = nn.BCEWithLogitsLoss()

            def make(self, n):
                return self.generator(torch.randn(n, 64))

            def lost(self, x, is_real):
                score = self.discriminator(x)
                return self.loss(score, torch.full_like(score, is_real))

            def discriminator_loss(self, x):
                with torch.no_grad():
                    fakes = self.make(len(x))
                return self.lost(x, 1.0) + self.lost(fakes, 0.0)

            def generator_loss(self, x):
                return self.lost(self.make(len(x)), 1.0)

        return Gan()

    def keras_network(data_format):
        import keras
        from keras import layers, ops

        axis = -1 if data_format == "channels_last" else 1
        small, large = ((7, 7, 128), (28, 28, 1)) if axis == -1 else ((128, 7, 7), (1, 28, 28))
        ways = {"strides": 2, "padding": "same", "data_format": data_format}

        class Gan(keras.Model):
            def __init__(self):
                super().__init__()
                self.generator = keras.Sequential(
                    [
                        keras.Input((64,)),
                        layers.Dense(7 * 7 * 128),
                        layers.BatchNormalization(),
                        layers.ReLU(),
                        layers.Reshape(small),
                        layers.Conv2DTranspose(64, 4, **ways),
                        layers.BatchNormalization(axis=axis),
                        layers.ReLU(),
                        layers.Conv2DTranspose(1, 4, activation="tanh", **ways),
                    ]
                )
                self.discriminator = keras.Sequential(
                    [
                        keras.Input(large),
                        layers.Conv2D(64, 4, **ways),
                        layers.LeakyReLU(0.2),
                        layers.Conv2D(128, 4, **ways),
                        layers.BatchNormalization(axis=axis),
                        layers.LeakyReLU(0.2),
                        layers.Flatten(),
                        layers.Dense(1),
                    ]
                )
                self.loss_of = keras.losses.BinaryCrossentropy(from_logits=True)
                self.seeds = keras.random.SeedGenerator(1)
                self.built = True

            def make(self, n):
                noise = keras.random.normal((n, 64), seed=self.seeds)
                return self.generator(noise, training=True)

            def lost(self, x, is_real):
                score = self.discriminator(x, training=True)
                return self.loss_of(ops.full_like(score, is_real), score)

            def discriminator_loss(self, x):
                fakes = ops.stop_gradient(self.make(ops.shape(x)[0]))
                return self.lost(x, 1.0) + self.lost(fakes, 0.0)

            def generator_loss(self, x):
                return self.lost(self.make(ops.shape(x)[0]), 1.0)

        return Gan()

    def make_batch(generator, n):
        x, y = images(28, 28, 1)(generator, n)
        return 2 * x - 1, y

    ends = 64 * 7 * 7 * 128 * 2, 7 * 7 * 128 * 2  # generator's and discriminator's Dense
    middle = 7 * 7 * 128 * 16 * 64 * 2  # the convolutions of both: 128 to 64 channels and back
    picture = 14 * 14 * 64 * 16 * 2  # and between 64 channels and the picture
    generator, discriminator = ends[0] + middle + picture, ends[1] + middle + picture
    # Of both steps: forward; then backward, where noise and, in the discriminator's step, pictures
    # need no gradient; nor do the discriminator's weights in the generator's step.
    flops = 2 * generator + 3 * discriminator
    flops += 2 * (2 * discriminator - picture) + (discriminator + 2 * generator - ends[0])
    return Benchmark(
        torch_network,
        keras_network,
        make_batch,
        flops,
        (64,),
        is_image=True,
        phases=("discriminator", "generator"),
        epoch_steps=32,
    )
