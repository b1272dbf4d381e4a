"""Are our exported files right? Run by hand on a trained Day 5 model:

  bathyscope train day05 --out RUN
  bathyscope export RUN/model.safetensors RUN/model.onnx
  python tests/golden/check_export.py RUN/model.safetensors RUN/model.onnx [--data DIR] [--program PATH]

The safetensors file is opened with Python's own package and the network rebuilt in PyTorch from the
spec in its metadata; the ONNX file must pass ONNX's checker and runs in ONNX Runtime with 1, 7 and
256 images at a time. Both get real MNIST test images, [N, 28, 28, 1], and must give the same
probabilities to 1e-5. With --program, so must `bathyscope predict` on the first of them.

Exit status: 0 all agree, 1 they do not, 2 wrong usage.
"""

import argparse
import itertools
import json
import os
import pathlib
import subprocess
import sys
import tempfile

import numpy
import onnx
import onnxruntime
import torch
from safetensors import safe_open

from make_day5_accuracy import read_idx

TOLERANCE = 1e-5
BATCHES = (1, 7, 256)


# --- The network, from the spec and the tensors -------------------------------------------------


def parse_spec(spec):
    """[(layer, positional arguments, {argument: value})], each with a name: its own, or conv2d,
    conv2d_1, … as the layers above leave free."""
    layers, used = [], set()
    for line in spec.splitlines():
        words = line.split("#")[0].split()
        if not words:
            continue
        named = dict(word.split("=", 1) for word in words[1:] if "=" in word)
        if "name" not in named:
            free = (f"{words[0]}_{n}" if n else words[0] for n in itertools.count())
            named["name"] = next(name for name in free if name not in used)
        used.add(named["name"])
        layers.append((words[0], [word for word in words[1:] if "=" not in word], named))
    return layers


def activate(x, name):
    functions = {
        "linear": lambda x: x,
        "relu": torch.relu,
        "sigmoid": torch.sigmoid,
        "tanh": torch.tanh,
        "softmax": lambda x: torch.softmax(x, -1),
    }
    if name not in functions:
        raise ValueError(f"activation {name}: this check does not know it")
    return functions[name](x)


def pair(text):
    sizes = [int(size) for size in text.split("x")]
    return (sizes[0], sizes[-1])


def only(named, *known):
    """Refuses what would be silently ignored."""
    for name, value in named.items():
        if name not in ("name", *known):
            raise ValueError(f"{name}={value}: this check does not know it")


def take(tensors, layer, kind, shape):
    key = f"{layer}.{kind}"
    if key not in tensors:
        raise ValueError(f"no tensor {key}; there are: {', '.join(tensors)}")
    if tuple(tensors[key].shape) != shape:
        raise ValueError(f"{key} is {tuple(tensors[key].shape)}, the spec says {shape}")
    return tensors[key]


def run_layer(x, layer, positional, named, tensors):
    """x and the result have the layout of the spec: images NHWC."""
    name = named["name"]
    if layer == "input":
        shape = tuple(int(size) for size in positional[0].split("x"))
        if tuple(x.shape[1:]) != shape:
            raise ValueError(f"the model wants inputs of {positional[0]}")
        return x
    if layer == "conv2d":
        only(named, "filters", "kernel_size", "strides", "padding", "activation",
             "kernel_initializer")
        if named.get("padding", "valid") != "valid":
            raise ValueError("padding=same: this check does not know it")
        size = pair(named["kernel_size"] if "kernel_size" in named else positional[1])
        filters = int(named["filters"] if "filters" in named else positional[0])
        kernel = take(tensors, name, "kernel", (*size, x.shape[-1], filters))
        bias = take(tensors, name, "bias", (filters,))
        y = torch.nn.functional.conv2d(
            x.permute(0, 3, 1, 2), kernel.permute(3, 2, 0, 1), bias, pair(named.get("strides", "1"))
        )
        return activate(y.permute(0, 2, 3, 1), named.get("activation", "linear"))
    if layer == "max_pooling2d":
        only(named, "pool_size", "strides", "padding")
        if named.get("padding", "valid") != "valid":
            raise ValueError("padding=same: this check does not know it")
        size = named.get("pool_size", positional[0] if positional else "2")
        y = torch.nn.functional.max_pool2d(
            x.permute(0, 3, 1, 2), pair(size), pair(named.get("strides", size))
        )
        return y.permute(0, 2, 3, 1)
    if layer == "flatten":
        return x.reshape(len(x), -1)
    if layer == "dense":
        only(named, "units", "activation", "kernel_initializer")
        units = int(named["units"] if "units" in named else positional[0])
        kernel = take(tensors, name, "kernel", (x.shape[-1], units))
        bias = take(tensors, name, "bias", (units,))
        return activate(x @ kernel + bias, named.get("activation", "linear"))
    if layer == "dropout":
        return x
    raise ValueError(f"layer {layer}: this check does not know it")


class Network:
    def __init__(self, path):
        with safe_open(path, "pt") as file:
            metadata = file.metadata() or {}
            # What a saved session holds beside the parameters has other names.
            self.tensors = {name: file.get_tensor(name) for name in file.keys()}
        if "spec" not in metadata:
            raise ValueError(f'{path}: no "spec" in the metadata')
        self.spec = metadata["spec"]
        self.layers = parse_spec(self.spec)

    def __call__(self, images):
        x = torch.from_numpy(images)
        with torch.inference_mode():
            for layer, positional, named in self.layers:
                x = run_layer(x, layer, positional, named, self.tensors)
        return x.numpy()


# --- The checks ---------------------------------------------------------------------------------


class Checks:
    def __init__(self):
        self.failed = 0

    def say(self, good, text):
        self.failed += not good
        print(f"{'ok    ' if good else 'FAILED'} {text}", flush=True)


def check_onnx(path, network, images, labels, checks):
    model = onnx.load(path)
    try:
        onnx.checker.check_model(model, full_check=True)
        complaint = None
    except (onnx.checker.ValidationError, onnx.shape_inference.InferenceError) as error:
        complaint = str(error).split("\n")[0]
    opsets = ", ".join(f"{o.domain or 'ai.onnx'} {o.version}" for o in model.opset_import)
    checks.say(complaint is None,
               f"onnx.checker (IR {model.ir_version}, opset {opsets}): {complaint or 'passes'}")

    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    source = session.get_inputs()[0]
    checks.say(
        len(session.get_inputs()) == 1 and source.shape[1:] == [28, 28, 1],
        f"one input, {source.name} {source.shape}",
    )

    def infer(batch):
        return session.run(None, {source.name: batch})[0]

    for n in BATCHES:
        # Several batches of each size, and the last images of the test set among them.
        for begin in (0, 300, len(images) - n):
            batch = images[begin : begin + n]
            expected, got = network(batch), infer(batch)
            same_shape = got.shape == expected.shape == (n, 10)
            difference = numpy.abs(got - expected).max() if same_shape else float("inf")
            checks.say(difference <= TOLERANCE,
                       f"batch {n} from image {begin}: largest difference {difference:.1e}")

    begins = range(0, len(images), 256)
    by_torch = numpy.concatenate([network(images[b : b + 256]) for b in begins])
    by_onnx = numpy.concatenate([infer(images[b : b + 256]) for b in begins])
    sums = numpy.abs(by_torch.sum(1) - 1).max()
    checks.say(sums <= TOLERANCE, f"probabilities sum to 1 within {sums:.1e}")
    difference = numpy.abs(by_torch - by_onnx).max()
    checks.say(difference <= TOLERANCE,
               f"all {len(images):,} test images: largest difference {difference:.1e}")
    accuracies = [100 * (p.argmax(1) == labels).mean() for p in (by_torch, by_onnx)]
    checks.say(
        accuracies[0] == accuracies[1],
        f"test accuracy: PyTorch {accuracies[0]:.2f}%, ONNX Runtime {accuracies[1]:.2f}%",
    )


def write_png(path, image):
    """An 8-bit grey PNG, so that the check needs no imaging package."""
    import struct
    import zlib

    def chunk(kind, data):
        body = kind + data
        return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))

    height, width = image.shape
    rows = b"".join(b"\0" + row.tobytes() for row in image)
    path.write_bytes(
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
        + chunk(b"IDAT", zlib.compress(rows))
        + chunk(b"IEND", b"")
    )


def predicted(answer):
    """The probabilities by class, wherever `predict --json` has them."""
    if isinstance(answer, dict) and isinstance(answer.get("probabilities"), list):
        return answer["probabilities"]
    entries = answer if isinstance(answer, list) else answer.get("predictions", [])
    scores = {str(entry["label"]): entry["score"] for entry in entries}
    return [scores.get(str(digit), float("nan")) for digit in range(10)]


def check_predict(program, model, network, pixels, checks, count=5):
    with tempfile.TemporaryDirectory() as folder:
        for i in range(count):
            png = pathlib.Path(folder) / f"{i}.png"
            write_png(png, pixels[i])
            command = [str(program), "predict", model, "--image", str(png), "--json"]
            done = subprocess.run(command, capture_output=True, text=True)
            if done.returncode != 0:
                checks.say(False, f"bathyscope predict: {done.stderr.strip()}")
                return
            got = numpy.array(predicted(json.loads(done.stdout)), dtype=numpy.float64)
            expected = network(pixels[i][None, :, :, None].astype(numpy.float32) / 255)[0]
            difference = numpy.abs(got - expected).max() if len(got) == 10 else float("inf")
            checks.say(difference <= TOLERANCE,
                       f"bathyscope predict, image {i}: largest difference {difference:.1e}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("safetensors", metavar="MODEL.safetensors")
    parser.add_argument("onnx", metavar="MODEL.onnx")
    parser.add_argument("--data", type=pathlib.Path,
                        help="the folder that holds mnist/ (default: $BATHYSCOPE_DATA)")
    parser.add_argument("--program", type=pathlib.Path, help="compare its predictions too")
    arguments = parser.parse_args()
    data = arguments.data or os.environ.get("BATHYSCOPE_DATA")
    if not data:
        parser.error("name the folder that holds mnist/ with --data or BATHYSCOPE_DATA")
    pixels = read_idx(pathlib.Path(data) / "mnist" / "t10k-images-idx3-ubyte.gz")
    labels = read_idx(pathlib.Path(data) / "mnist" / "t10k-labels-idx1-ubyte.gz")
    images = pixels[..., None].astype(numpy.float32) / 255

    checks = Checks()
    try:
        network = Network(arguments.safetensors)
        count = sum(v.numel() for k, v in network.tensors.items()
                    if k.rsplit(".", 1)[-1] in ("kernel", "bias")
                    and k.rsplit(".", 1)[0] in {named["name"] for _, _, named in network.layers})
        checks.say(True, f"safetensors opens: {len(network.tensors)} tensors, {count:,} parameters")
        check_onnx(arguments.onnx, network, images, labels, checks)
        if arguments.program:
            check_predict(arguments.program, arguments.safetensors, network, pixels, checks)
    except Exception as error:
        checks.say(False, f"{type(error).__name__}: {error}")
    print("all agree" if not checks.failed else f"{checks.failed} checks failed")
    return 1 if checks.failed else 0


if __name__ == "__main__":
    sys.exit(main())
