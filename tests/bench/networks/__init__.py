"""The networks whose training is timed, each in PyTorch and in Keras."""

from networks import dense, convolutional, sequences  # in the order of the table
from networks.benchmark import BENCHMARKS

__all__ = ["BENCHMARKS", "convolutional", "dense", "sequences"]
