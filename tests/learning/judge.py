"""What a generator of digits is worth: which digits it draws, and its Fréchet distance (Heusel et al.
2017) to the test pictures of MNIST, by the features (the hidden dense layer) of the Day 5 network.

    python3 judge.py MODEL.safetensors --data ../../../datasets

Prints a line of JSON. The judge is trained here in the same way every time, so that all generators
have the same one.
"""
import argparse
import functools
import json
import struct
from pathlib import Path

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from reference import adam, batches, keras_weights, mnist

NOISE = 64
SAMPLES, COUNTED = 10000, 1000


class Day5(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv, self.dense, self.last = nn.Conv2d(1, 32, 3), nn.Linear(5408, 64), nn.Linear(64, 10)

    def features(self, x):
        return F.relu(self.dense(F.max_pool2d(F.relu(self.conv(x)), 2).flatten(1)))


def train_judge(folder):
    torch.manual_seed(1)
    net, generator = keras_weights(Day5()), torch.Generator().manual_seed(1)
    x, y, test, test_y = mnist(folder)
    optimizer = adam(net)
    for _ in range(2):
        for i in batches(len(x), 128, generator):
            optimizer.zero_grad()
            F.cross_entropy(net.last(net.features(x[i].view(-1, 1, 28, 28))), y[i]).backward()
            optimizer.step()
    with torch.no_grad():
        real = net.features(test.view(-1, 1, 28, 28))
        assert (net.last(real).argmax(1) == test_y).float().mean() > 0.97
    return net, real.double().numpy()


def root(matrix):
    """Of a symmetric matrix without negative eigenvalues but for rounding."""
    values, vectors = np.linalg.eigh(matrix)
    return vectors * np.sqrt(np.maximum(values, 0)) @ vectors.T


def frechet_distance(a, b):
    """Between the normal distributions with the means and covariances of rows."""
    means, covariances = [x.mean(0) for x in (a, b)], [np.cov(x, rowvar=False) for x in (a, b)]
    half = root(covariances[0])
    both = root(half @ covariances[1] @ half)
    return float(((means[0] - means[1]) ** 2).sum() + np.trace(covariances[0] + covariances[1] - 2 * both))


@functools.cache
def cached_judge(folder):
    with torch.random.fork_rng():
        threads = torch.get_num_threads()
        torch.set_num_threads(1)  # sums in the same order on every machine
        judge = train_judge(folder)
        torch.set_num_threads(threads)
    return judge


def judge(draw, folder):
    """draw: noise (n, 64) to pictures (n, 1, 28, 28) from 0 to 1."""
    net, real = cached_judge(folder)
    noise = torch.randn(SAMPLES, NOISE, generator=torch.Generator().manual_seed(1))
    with torch.no_grad():
        features = torch.cat([net.features(draw(part)) for part in noise.split(500)])
        shares = net.last(features[:COUNTED]).argmax(1).bincount(minlength=10) / COUNTED
    return {
        "frechet_distance": frechet_distance(features.double().numpy(), real),
        "digits": int((shares > 0).sum()),
        "smallest_share": round(float(shares.min()), 4),
        "largest_share": round(float(shares.max()), 4),
    }


# --- our generator ---


def read_safetensors(path):
    raw = path.read_bytes()
    n = struct.unpack("<Q", raw[:8])[0]
    header = json.loads(raw[8 : 8 + n])
    return {
        name: torch.from_numpy(np.frombuffer(raw, np.float32, offset=8 + n + what["data_offsets"][0], count=int(np.prod(what["shape"]))).reshape(what["shape"]).copy())
        for name, what in header.items()
        if name != "__metadata__" and what["dtype"] == "F32"
    }


def our_generator(path):
    """As Keras computes it in use: normalized by the moving moments."""
    weights = {name.removeprefix("generator."): w for name, w in read_safetensors(path).items()}

    def normalize(x, name):
        shape = (1, -1) + (1,) * (x.dim() - 2)
        mean, variance, gamma, beta = (weights[f"{name}.{part}"].view(shape) for part in ("moving_mean", "moving_variance", "gamma", "beta"))
        return F.relu((x - mean) / torch.sqrt(variance + 1e-3) * gamma + beta)

    def transposed(x, name):
        # Keras: (height, width, out, in); PyTorch: (in, out, height, width).
        return F.conv_transpose2d(x, weights[f"{name}.kernel"].permute(3, 2, 0, 1), weights[f"{name}.bias"], stride=2, padding=1)

    def draw(noise):
        x = normalize(noise @ weights["dense.kernel"] + weights["dense.bias"], "batch_normalization")
        x = x.view(-1, 7, 7, 128).permute(0, 3, 1, 2)
        x = normalize(transposed(x, "conv2d_transpose"), "batch_normalization_1")
        return torch.sigmoid(transposed(x, "conv2d_transpose_1"))

    return draw


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", type=Path)
    parser.add_argument("--data", type=Path, required=True)
    arguments = parser.parse_args()
    print(json.dumps(judge(our_generator(arguments.model), arguments.data)))


if __name__ == "__main__":
    main()
