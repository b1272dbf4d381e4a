"""Batch normalization and global pooling in Keras: three steps of training, then use.

    KERAS_BACKEND=torch python make_normalization.py

writes normalization.safetensors beside this file. Of each case: the spec of the layer, x and dy of
three batches (x0, dy0, …), y and the gradients dx, dgamma, dbeta of each, the moving moments after
each, and y of the third batch when the model is used.
"""

import os

import keras
import numpy as np
import torch
from safetensors.numpy import save_file

STEPS = 3


def numbers(generator, *shape):
    return generator.normal(0.5, 1.5, shape).astype(np.float32)


def array(tensor):
    return tensor.detach().cpu().numpy().astype(np.float32)


def batch_norm(name, shape, tensors, **arguments):
    generator = np.random.default_rng(len(tensors) + 7)
    layer = keras.layers.BatchNormalization(**arguments)
    layer.build((None, *shape[1:]))
    for weight in layer.weights:
        if weight.name == "gamma" or weight.name == "beta":
            weight.assign(numbers(generator, shape[-1]))
            tensors[f"{name}/{weight.name}"] = array(weight.value)
    for step in range(STEPS):
        x = torch.tensor(numbers(generator, *shape), requires_grad=True)
        dy = torch.tensor(numbers(generator, *shape))
        y = layer(x, training=True)
        for weight in layer.trainable_weights:
            weight.value.grad = None
        y.backward(dy)
        tensors[f"{name}/x{step}"], tensors[f"{name}/dy{step}"] = array(x), array(dy)
        tensors[f"{name}/y{step}"], tensors[f"{name}/dx{step}"] = array(y), array(x.grad)
        for weight in layer.trainable_weights:
            tensors[f"{name}/d{weight.name}{step}"] = array(weight.value.grad)
        tensors[f"{name}/moving_mean{step}"] = array(layer.moving_mean.value)
        tensors[f"{name}/moving_variance{step}"] = array(layer.moving_variance.value)
    tensors[f"{name}/used"] = array(layer(x, training=False))


def pooling(name, layer, shape, tensors, mask=None):
    generator = np.random.default_rng(len(tensors) + 11)
    x = numbers(generator, *shape)
    arguments = {} if mask is None else {"mask": torch.tensor(mask)}
    tensors[f"{name}/x"] = x
    if mask is not None:
        tensors[f"{name}/mask"] = mask.astype(np.float32)
    tensors[f"{name}/y"] = array(layer(torch.tensor(x), **arguments))


def main():
    tensors = {}
    batch_norm("plain", (6, 5), tensors)
    batch_norm("image", (3, 4, 5, 18), tensors, momentum=0.9, epsilon=0.01)
    batch_norm("no_scale", (20, 3, 7), tensors, scale=False)
    batch_norm("bare", (4, 33), tensors, center=False, scale=False, momentum=0.5)
    mask = np.arange(6)[None, :] < np.array([6, 2, 1, 4])[:, None]
    layers = keras.layers
    pooling("global_average_pooling1d", layers.GlobalAveragePooling1D(), (4, 6, 5), tensors)
    pooling("global_average_pooling1d_masked", layers.GlobalAveragePooling1D(), (4, 6, 5), tensors,
            mask)
    pooling("global_max_pooling1d", layers.GlobalMaxPooling1D(), (4, 6, 5), tensors)
    pooling("global_average_pooling2d", layers.GlobalAveragePooling2D(), (3, 4, 5, 6), tensors)
    pooling("global_max_pooling2d", layers.GlobalMaxPooling2D(), (3, 4, 5, 6), tensors)
    folder = os.path.dirname(os.path.abspath(__file__))
    save_file(tensors, os.path.join(folder, "normalization.safetensors"))


if __name__ == "__main__":
    main()
