"""The networks whose training is timed, each in PyTorch and in Keras."""

from networks import convolutional, dense, sequences
from networks.benchmark import BENCHMARKS

__all__ = ["BENCHMARKS", "convolutional", "dense", "sequences"]
