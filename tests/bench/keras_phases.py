"""Training steps for Keras in which several optimizers take turns, as those of a GAN do.

A phase is named; the network has a part of that name, whose weights it trains, and a method
NAME_loss(x). Keras lets the backends' own ways of taking gradients show here, so each has one.
"""

import keras


def make_phases(network, names, learning_rate):
    """[(loss_of(x), the part's weights, optimizer)]"""
    phases = []
    for name in names:
        weights = getattr(network, name).trainable_variables
        optimizer = keras.optimizers.Adam(learning_rate)
        optimizer.build(weights)
        phases.append((getattr(network, f"{name}_loss"), weights, optimizer))
    return phases


def train_step(network, names, learning_rate):
    """To override the network's train_step with."""
    phases = make_phases(network, names, learning_rate)
    take = {"tensorflow": take_tensorflow, "torch": take_torch}[keras.backend.backend()]

    def step(data):
        return {name: take(data[0], *phase) for name, phase in zip(names, phases)}

    return step


def take_tensorflow(x, loss_of, weights, optimizer):
    import tensorflow

    with tensorflow.GradientTape() as tape:
        loss = loss_of(x)
    optimizer.apply(tape.gradient(loss, [w.value for w in weights]), weights)
    return loss


def take_torch(x, loss_of, weights, optimizer):
    import torch

    loss = loss_of(x)
    gradients = torch.autograd.grad(loss, [w.value for w in weights])
    with torch.no_grad():
        optimizer.apply(gradients, weights)
    return loss


def own_loop(network, names, learning_rate):
    """For JAX, whose trainer carries the state of one optimizer only: a compiled function of the
    state of everything, which changes no variable, called in a loop."""
    import jax

    phases = make_phases(network, names, learning_rate)
    variables = list(network.variables)
    for _, _, optimizer in phases:
        variables += optimizer.variables

    def under(state, function, *more):
        """What the function gives where the variables are the state, and the state after it."""
        mapping = list(zip(variables, state)) + list(more)
        with keras.StatelessScope(state_mapping=mapping) as scope:
            result = function()
        after = [scope.get_current_value(v) for v in variables]
        return result, [old if new is None else new for old, new in zip(state, after)]

    def take(state, x, loss_of, weights, optimizer):
        def lost(values):
            return under(state, lambda: loss_of(x), *zip(weights, values))

        places = {id(v): i for i, v in enumerate(variables)}
        values = [state[places[id(w)]] for w in weights]
        gradients, state = jax.grad(lost, has_aux=True)(values)
        return under(state, lambda: optimizer.apply(gradients, weights))[1]

    @jax.jit
    def step(state, x):
        for phase in phases:
            state = take(state, x, *phase)
        return state

    kept = [[v.value for v in variables]]

    def run_step(x, y):
        kept[0] = step(kept[0], x)
        jax.block_until_ready(kept[0])

    return run_step
