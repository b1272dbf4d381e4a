"""Learning rates step by step: Keras's schedules, PyTorch's one cycle, Keras's plateau callback.

    KERAS_BACKEND=torch python make_schedules.py

writes schedules.safetensors beside this file.
"""

import os

import keras
import numpy as np
import torch
from safetensors.numpy import save_file

STEPS = 40


def keras_rates(schedule):
    return np.array([float(schedule(step)) for step in range(STEPS)], np.float32)


def one_cycle():
    parameter = torch.nn.Parameter(torch.zeros(1))
    optimizer = torch.optim.SGD([parameter], lr=1.0)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, max_lr=0.5, total_steps=STEPS, cycle_momentum=False)
    rates = []
    for step in range(STEPS):
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        if step < STEPS - 1:
            schedule.step()
    return np.array(rates, np.float32)


def plateau(losses):
    """The rate that each epoch ends with, and the epoch that early stopping would end at."""
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    model.compile(keras.optimizers.SGD(1.0), "mse")
    reduce = keras.callbacks.ReduceLROnPlateau(factor=0.5, patience=3, cooldown=0)
    stop = keras.callbacks.EarlyStopping(patience=4)
    rates, stopped = [], 0
    for callback in (reduce, stop):
        callback.set_model(model)
        callback.on_train_begin()
    for epoch, loss in enumerate(losses):
        for callback in (reduce, stop):
            callback.on_epoch_end(epoch, {"val_loss": loss})
        rates.append(float(model.optimizer.learning_rate))
        if model.stop_training and stopped == 0:
            stopped = epoch + 1
    return np.array(rates, np.float32), stopped


def main():
    schedules = keras.optimizers.schedules
    losses = np.array([1, 0.8, 0.81, 0.82, 0.79995, 0.7, 0.71, 0.72, 0.73, 0.74, 0.75, 0.76, 0.6,
                       0.61], np.float64)
    rates, stopped = plateau(losses)
    tensors = {
        "exponential": keras_rates(schedules.ExponentialDecay(0.5, 10, 0.6)),
        "step": keras_rates(schedules.ExponentialDecay(0.5, 10, 0.6, staircase=True)),
        "cosine": keras_rates(schedules.CosineDecay(0.5, 30, alpha=0.1)),
        "warm_cosine": keras_rates(schedules.CosineDecay(
            0.0, 30, alpha=0.1, warmup_target=0.5, warmup_steps=10)),
        "one_cycle": one_cycle(),
        "losses": losses,
        "plateau": rates,
        "stopped": np.array([stopped], np.float32),
    }
    folder = os.path.dirname(os.path.abspath(__file__))
    save_file(tensors, os.path.join(folder, "schedules.safetensors"))


if __name__ == "__main__":
    main()
