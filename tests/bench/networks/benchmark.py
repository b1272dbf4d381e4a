"""What a benchmark is: one function entered by @benchmark.

Its name is the one that `bathyscope bench` has for the same network, in core/session/benchmarks.c.
Libraries are imported inside of functions, because each process has only the one it measures.
"""

import dataclasses


@dataclasses.dataclass
class Benchmark:
    torch_network: object  # (form) -> torch.nn.Module
    keras_network: object  # (form) -> keras.Model
    make_batch: object  # (numpy generator, n) -> (x, images NHWC; y)
    flops: int  # of one sample's training step: 2 a multiply-add, no gradient for the input
    batches: tuple
    loss: str = "categories"  # of logits; or "binary" of probabilities; or "squares"
    is_image: bool = False  # its forms are the layouts of images
    torch_forms: tuple = ("",)  # ways to write the network, of which the fastest counts
    keras_forms: tuple = ("",)
    # Where a step has several, one after the other, each with an optimizer of its own: of phase
    # NAME, the network has the part NAME, which is trained, and the method NAME_loss(x).
    phases: tuple = ()
    epoch_steps: int = 256  # of Keras's fit: what an epoch costs besides is spread over these


BENCHMARKS = {}


def benchmark(function):
    BENCHMARKS[function.__name__] = function()
    return function


def images(*shape, classes=10):
    """A make_batch: pictures and what they show."""

    def make_batch(generator, n):
        return generator.random((n, *shape), dtype="float32"), generator.integers(0, classes, n)

    return make_batch


def trained(first, *others):
    """Of layers' forward arithmetic, that of a training step."""
    return 2 * first + 3 * sum(others)
