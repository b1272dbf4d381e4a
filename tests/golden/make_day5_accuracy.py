"""The accuracy that PyTorch reaches on Day 5: what our own training is compared with.

Reads MNIST from $BATHYSCOPE_DATA/mnist (the four canonical IDX files, gzip), trains the Day 5
network with Keras's defaults and writes day5_accuracy.json beside this file: the test accuracy of
every seed after epochs 1, 2 and 8, and their means.

The recipe, which the file repeats in words:
  network   Conv2D 32 3x3 valid ReLU, MaxPool 2x2, Flatten, Dense 64 ReLU, Dense 10
  weights   Glorot uniform, biases zero (convolution: fan_in 9*in, fan_out 9*out), as Keras
  data      pixels / 255; train = the first 55,000 images, validation = the last 5,000
  training  Adam 0.001, 0.9, 0.999, epsilon 1e-7; batch 32 with the last, smaller one;
            shuffled anew every epoch; mean cross-entropy

The test set is scored after fixed epochs and chooses nothing.
"""

import argparse
import gzip
import json
import os
import pathlib
import statistics
import struct
import sys
import time

import numpy
import torch

TRAIN_IMAGES = 55_000
RECORDED_EPOCHS = (1, 2, 8)


def read_idx(path):
    """An IDX file of unsigned bytes, gzipped: big-endian magic, sizes, then the bytes."""
    with gzip.open(path, "rb") as file:
        raw = file.read()
    zero, kind, rank = struct.unpack(">HBB", raw[:4])
    if zero != 0 or kind != 8:
        raise ValueError(f"{path}: not an IDX file of unsigned bytes")
    shape = struct.unpack(f">{rank}I", raw[4 : 4 + 4 * rank])
    return numpy.frombuffer(raw, numpy.uint8, offset=4 + 4 * rank).reshape(shape)


def read_mnist(folder, part):
    images = read_idx(folder / f"{part}-images-idx3-ubyte.gz")
    labels = read_idx(folder / f"{part}-labels-idx1-ubyte.gz")
    if len(images) != len(labels):
        raise ValueError(f"{folder}: {len(images)} images but {len(labels)} labels")
    x = torch.from_numpy(images.astype(numpy.float32) / 255).unsqueeze(1)
    return x, torch.from_numpy(labels.astype(numpy.int64))


def build_network():
    network = torch.nn.Sequential(
        torch.nn.Conv2d(1, 32, 3),
        torch.nn.ReLU(),
        torch.nn.MaxPool2d(2),
        torch.nn.Flatten(),
        torch.nn.Linear(13 * 13 * 32, 64),
        torch.nn.ReLU(),
        torch.nn.Linear(64, 10),
    )
    for layer in network:
        if isinstance(layer, (torch.nn.Conv2d, torch.nn.Linear)):
            # PyTorch counts fans as Keras does: channels times the size of the kernel.
            torch.nn.init.xavier_uniform_(layer.weight)
            torch.nn.init.zeros_(layer.bias)
    return network


def score(network, x, y):
    """(mean loss, accuracy in percent)"""
    losses, right = 0.0, 0
    with torch.inference_mode():
        for begin in range(0, len(x), 1000):
            logits = network(x[begin : begin + 1000])
            labels = y[begin : begin + 1000]
            losses += torch.nn.functional.cross_entropy(logits, labels, reduction="sum").item()
            right += (logits.argmax(1) == labels).sum().item()
    return losses / len(x), 100 * right / len(x)


def train(seed, epochs, batch, train_set, validation_set, test_set):
    torch.manual_seed(seed)
    network = build_network()
    optimizer = torch.optim.Adam(
        network.parameters(), lr=0.001, betas=(0.9, 0.999), eps=1e-7, fused=True
    )
    x, y = train_set
    after = {}
    for epoch in range(1, epochs + 1):
        started = time.monotonic()
        total = 0.0
        for rows in torch.randperm(len(x)).split(batch):
            loss = torch.nn.functional.cross_entropy(network(x[rows]), y[rows])
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            optimizer.step()
            total += loss.item() * len(rows)
        seconds = time.monotonic() - started
        print(f"seed {seed} epoch {epoch}: loss {total / len(x):.4f}, {seconds:.1f} s", flush=True)
        if epoch in RECORDED_EPOCHS:
            val_loss, val_accuracy = score(network, *validation_set)
            test_loss, test_accuracy = score(network, *test_set)
            after[str(epoch)] = {
                "train_loss": round(total / len(x), 5),
                "val_loss": round(val_loss, 5),
                "val_accuracy": round(val_accuracy, 2),
                "test_loss": round(test_loss, 5),
                "test_accuracy": round(test_accuracy, 2),
            }
            print(f"  validation {val_accuracy:.2f}%, test {test_accuracy:.2f}%", flush=True)
    return after


def summarize(seeds, epochs):
    summary = {}
    for epoch in (str(e) for e in RECORDED_EPOCHS if e <= epochs):
        tests = [after[epoch]["test_accuracy"] for after in seeds.values()]
        summary[epoch] = {
            "test_accuracy_mean": round(statistics.fmean(tests), 3),
            "test_accuracy_min": min(tests),
            "test_accuracy_max": max(tests),
            "test_accuracy_standard_deviation": round(
                statistics.stdev(tests) if len(tests) > 1 else 0.0, 3
            ),
            "val_accuracy_mean": round(
                statistics.fmean(after[epoch]["val_accuracy"] for after in seeds.values()), 3
            ),
            "train_loss_mean": round(
                statistics.fmean(after[epoch]["train_loss"] for after in seeds.values()), 5
            ),
        }
    return summary


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--seeds", type=int, default=5, help="seeds 1 … N (default 5)")
    parser.add_argument("--epochs", type=int, default=8)
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument(
        "--out",
        type=pathlib.Path,
        default=pathlib.Path(__file__).with_name("day5_accuracy.json"),
    )
    arguments = parser.parse_args()
    if "BATHYSCOPE_DATA" not in os.environ:
        sys.exit("set BATHYSCOPE_DATA to the folder that holds mnist/")
    folder = pathlib.Path(os.environ["BATHYSCOPE_DATA"]) / "mnist"

    torch.set_num_threads(arguments.threads)
    x, y = read_mnist(folder, "train")
    train_set = x[:TRAIN_IMAGES], y[:TRAIN_IMAGES]
    validation_set = x[TRAIN_IMAGES:], y[TRAIN_IMAGES:]
    test_set = read_mnist(folder, "t10k")

    seeds = {}
    for seed in range(1, arguments.seeds + 1):
        seeds[str(seed)] = train(
            seed, arguments.epochs, arguments.batch, train_set, validation_set, test_set
        )
    result = {
        "made_by": "tests/golden/make_day5_accuracy.py",
        "reference": f"PyTorch {torch.__version__.split('+')[0]}, CPU, float32",
        "recipe": {
            "network": "conv2d 32 3x3 valid relu, max_pooling2d 2x2, flatten, dense 64 relu, dense 10",
            "initializer": "glorot_uniform, biases zero",
            "data": "MNIST, pixels / 255; train first 55,000, validation last 5,000, test 10,000",
            "optimizer": "adam learning_rate=0.001 beta_1=0.9 beta_2=0.999 epsilon=1e-7",
            "batch": arguments.batch,
            "last_partial_batch": True,
            "shuffle": "every epoch",
            "loss": "mean cross-entropy from logits",
            "threads": arguments.threads,
        },
        "after_epoch": summarize(seeds, arguments.epochs),
        "seeds": seeds,
    }
    arguments.out.write_text(json.dumps(result, indent=2) + "\n")
    for epoch, line in result["after_epoch"].items():
        print(f"after epoch {epoch}: mean test accuracy {line['test_accuracy_mean']:.3f}%")


if __name__ == "__main__":
    main()
