"""What runs in the process of a peer: one training step of one library, timed in many ways.

peers.py starts it and asks by lines of JSON. Each question is answered by a fork of the process, in
which the library is loaded and nothing else has happened: neither what was compiled nor what was
kept for the variant before can change time or memory of the next one.
"""

import ctypes
import gc
import itertools
import json
import os
import signal
import sys
import time
import traceback

from networks import BENCHMARKS

SERVED_BATCHES = 16  # different batches that go round, so that no cache holds just one
NOISE = 0.05  # the share of the processors others may use during a measurement
WARM_UP = 8  # steps before measuring
TIME_LIMIT = 570  # seconds for one variant, with what is compiled
# Adam at its usual rate would learn the few random batches by heart; then moments decay into
# denormal numbers, which processors compute many times slower and real training does not meet
# (PyTorch's step becomes a third slower). At this rate the arithmetic is the same and they do not.
LEARNING_RATE = 1e-8
# What --quick measures.
QUICK = ("eager, Adam fused", "compile, Adam fused", "fit x32, jit_compile=False")


# --- How quiet the machine is -------------------------------------------------------------------


def processor_ticks():
    """(all, idle) time of all processors so far, in ticks"""
    with open("/proc/stat") as file:
        numbers = [int(t) for t in file.readline().split()[1:9]]
    return sum(numbers), numbers[3] + numbers[4]


class Others:
    """From its making on, the share of the processors that others than `own` had.

    own() gives processor seconds; what the host of a virtual machine took counts as others'.
    """

    def __init__(self, own):
        self.own, self.began, self.own_began = own, processor_ticks(), own()

    def share(self):
        total, idle = (now - then for now, then in zip(processor_ticks(), self.began))
        own = (self.own() - self.own_began) * os.sysconf("SC_CLK_TCK")
        return max(0.0, (total - idle - own) / total) if total > 0 else 0.0


# --- PyTorch ------------------------------------------------------------------------------------


def torch_variants(bench):
    forms = ("contiguous", "channels_last") if bench.is_image else bench.torch_forms
    ways = (
        "eager, Adam fused",
        "eager, Adam foreach",
        "compile, Adam fused",
        "compile, Adam compiled",
        "compile whole step, Adam compiled",
        "compile max-autotune, Adam fused",
        "compile cpp-wrapper, Adam fused",
    )
    return [", ".join(filter(None, names)) for names in itertools.product(ways, forms)]


def torch_layout(form):
    import torch

    last = form == "channels_last"
    return {"memory_format": torch.channels_last if last else torch.contiguous_format}


def torch_data(bench, variant, batch, generator):
    import torch

    form = variant.split(", ")[-1]
    batches = []
    for _ in range(SERVED_BATCHES):
        x, y = (torch.from_numpy(part) for part in bench.make_batch(generator, batch))
        if bench.is_image:
            x = x.permute(0, 3, 1, 2).contiguous(**torch_layout(form))
        batches.append((x, y))
    return batches


def torch_losses(bench, network):
    """[(loss_of(x, y), the module whose weights are trained by it)]"""
    from torch import nn

    if bench.phases:

        def loss_for(phase):
            method = getattr(network, f"{phase}_loss")
            return lambda x, y: method(x)

        return [(loss_for(phase), getattr(network, phase)) for phase in bench.phases]
    categories = nn.CrossEntropyLoss()
    criterion = {
        "categories": lambda output, y: categories(output.flatten(0, -2), y.flatten()),
        "binary": nn.BCELoss(),
        "squares": nn.MSELoss(),
    }[bench.loss]
    return [(lambda x, y: criterion(network(x), y), network)]


def torch_phase(loss_of, module, network, way, adam):
    """A function that takes a step of one optimizer."""
    import torch

    switches = {"fused": {"fused": True}, "foreach": {"foreach": True}, "compiled": {}}
    optimizer = torch.optim.Adam(module.parameters(), lr=LEARNING_RATE, eps=1e-7, **switches[adam])
    update = optimizer.step
    if way not in ("eager", "compile whole step"):
        mode = "max-autotune-no-cudagraphs" if way == "compile max-autotune" else "default"
        loss_of = torch.compile(loss_of, mode=mode)
        if adam == "compiled":
            update = torch.compile(optimizer.step, fullgraph=False)
    trained = set(module.parameters())
    resting = [p for p in network.parameters() if p not in trained]

    def step(x, y):
        for parameter in resting:  # what is not trained now needs no gradient
            parameter.requires_grad_(False)
        loss_of(x, y).backward()
        update()
        optimizer.zero_grad(set_to_none=True)
        for parameter in resting:
            parameter.requires_grad_(True)

    return step


def prepare_torch(bench, variant, batches):
    """A function that takes so many training steps and returns the seconds they took."""
    import torch

    way, adam, *form = variant.split(", ")
    adam = adam.removeprefix("Adam ")
    torch.manual_seed(1)
    torch._inductor.config.cpp_wrapper = way == "compile cpp-wrapper"
    # PyTorch's own recipe: backward inside the compiled region, through compiled autograd.
    torch._dynamo.config.compiled_autograd = way == "compile whole step"
    network = bench.torch_network(form[0] if form else "")
    if bench.is_image:
        network = network.to(**torch_layout(form[0]))
    phases = [
        torch_phase(loss_of, module, network, way, adam)
        for loss_of, module in torch_losses(bench, network)
    ]

    def step(x, y):
        for phase in phases:
            phase(x, y)

    if way == "compile whole step":
        step = torch.compile(step)

    def run(steps):
        started = time.perf_counter()
        for i in range(steps):
            step(*batches[i % SERVED_BATCHES])
        return time.perf_counter() - started

    return run


# --- Keras --------------------------------------------------------------------------------------


def keras_variants(backend, bench):
    ways = ["train_on_batch"] + [f"fit x{n}" for n in (1, 32, 256) if n <= bench.epoch_steps]
    switches = {
        "tensorflow": ("jit_compile=False", "jit_compile=True", "eager"),
        "jax": ("jit_compile=True", "eager"),
        "torch": ("jit_compile=False", "jit_compile=True"),
    }[backend]
    forms = ("channels_last",) if bench.is_image else bench.keras_forms
    if backend == "torch":
        ways = ["train_on_batch", "fit x1"]  # this backend takes one step per execution
        forms = ("channels_last", "channels_first") if bench.is_image else forms
    if backend == "jax" and bench.phases:
        ways, switches = ["own loop"], ["jit_compile=True"]
    return [
        ", ".join(filter(None, names))
        for names in itertools.product(ways, switches, forms)
        if names[0] == ways[0] or names[1] != "eager"
    ]


def keras_data(bench, variant, batch, generator):
    """A list of batches, or for fit the two arrays of an epoch."""
    import keras
    import numpy

    def make(n):
        x, y = bench.make_batch(generator, n)
        if variant.endswith("channels_first"):
            x = numpy.ascontiguousarray(x.transpose(0, 3, 1, 2))
        return [a.astype("int32") if a.dtype == "int64" else a for a in (x, y)]

    if variant.startswith("fit"):
        return [batch, *make(batch * bench.epoch_steps)]
    return [
        [keras.ops.convert_to_tensor(a) for a in make(batch)] for _ in range(SERVED_BATCHES)
    ]


def compile_keras(bench, network, way, switch):
    import keras

    arguments = {"jit_compile": switch == "jit_compile=True", "run_eagerly": switch == "eager"}
    if way.startswith("fit x"):
        arguments["steps_per_execution"] = int(way.removeprefix("fit x"))
    if bench.phases:
        import keras_phases

        network.train_step = keras_phases.train_step(network, bench.phases, LEARNING_RATE)
        network.compile(optimizer=None, loss=None, **arguments)
        return
    losses = {
        "categories": keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        "binary": keras.losses.BinaryCrossentropy(),
        "squares": keras.losses.MeanSquaredError(),
    }
    network.compile(
        optimizer=keras.optimizers.Adam(LEARNING_RATE), loss=losses[bench.loss], **arguments
    )


def prepare_keras(bench, variant, data):
    import keras

    way, switch, *form = variant.split(", ")
    keras.utils.set_random_seed(1)
    network = bench.keras_network(form[0] if form else "")
    if way == "own loop":
        import keras_phases

        step = keras_phases.own_loop(network, bench.phases, LEARNING_RATE)
    else:
        compile_keras(bench, network, way, switch)
        step = network.train_on_batch
    if way.startswith("fit x"):
        return fit_runner(network, int(way.removeprefix("fit x")), *data)
    return batch_runner(step, data)


def batch_runner(step, batches):
    def run(steps):
        started = time.perf_counter()
        for i in range(steps):
            step(*batches[i % SERVED_BATCHES])
        return time.perf_counter() - started

    return run


def fit_runner(network, steps_at_once, batch, x, y):
    import keras

    class Clock(keras.callbacks.Callback):
        """The time inside epochs only: what fit does once in a call is not charged to steps."""

        def on_epoch_begin(self, epoch, logs=None):
            self.began = time.perf_counter()

        def on_epoch_end(self, epoch, logs=None):
            self.seconds = time.perf_counter() - self.began

    epoch_steps = len(x) // batch

    def run(steps):
        clock = Clock()
        epochs = max(1, round(steps / epoch_steps))
        seconds = 0.0
        for _ in range(epochs):
            network.fit(
                x, y, batch_size=batch, epochs=1, shuffle=False, verbose=0, callbacks=[clock]
            )
            seconds += clock.seconds
        return seconds * steps / (epochs * epoch_steps)

    def warm_up():
        # Few samples, as the other ways have in memory: fit copies what it is given.
        n = batch * max(WARM_UP, steps_at_once)
        network.fit(x[:n], y[:n], batch_size=batch, epochs=1, shuffle=False, verbose=0)

    run.least, run.warm_up = epoch_steps, warm_up
    return run


# --- Measuring ----------------------------------------------------------------------------------


def variants_of(worker, bench, quick):
    if worker == "PyTorch":
        names = torch_variants(bench)
    else:
        names = keras_variants(worker.removeprefix("Keras/"), bench)
    if not quick:
        return names
    firsts = [next((n for n in names if n.startswith(part)), None) for part in QUICK]
    return [name for name in firsts if name] or names[:1]


def measure(run, seconds, repetitions, patience):
    """The milliseconds a step takes: one figure for each repetition.

    A repetition during which other processes had more than 5% of the processors is thrown away
    and repeated while patience lasts; then the quietest ones seen are taken.
    Returns (milliseconds, shares of the others).
    """
    least = getattr(run, "least", 8)  # steps that are worth a call
    steps = least
    while (took := run(steps)) < seconds / 4:
        steps *= 2
    steps = max(1, round(steps * seconds / took / least)) * least
    seen = []
    deadline = time.monotonic() + patience
    while True:
        others = Others(time.process_time)
        ms = 1000 * run(steps) / steps
        seen.append((others.share(), ms))
        quiet = [pair for pair in seen if pair[0] <= NOISE]
        if len(quiet) >= repetitions:
            break
        if len(seen) >= repetitions and time.monotonic() > deadline:
            quiet = sorted(seen)[:repetitions]
            break
    return [ms for _, ms in quiet], [share for share, _ in quiet]


def resident_mib(field):
    """Of this process: VmRSS now, or VmHWM, the most so far; without mapped files, which are the
    code of the libraries. That is only ever loaded, so the most of the rest is known as well."""
    with open("/proc/self/status") as file:
        status = {name: rest for name, rest in (line.split(":", 1) for line in file)}
    kib = [int(status[name].split()[0]) for name in (field, "RssFile")]
    return (kib[0] - kib[1]) / 1024


def forget_peak():
    """Lets VmHWM begin anew; where that is not allowed it has the making of the data in it."""
    try:
        with open("/proc/self/clear_refs", "w") as file:
            file.write("5")
    except OSError:
        pass


def answer(make_data, prepare, request):
    """In the fork: {"ms", "others", "memory_mib"} or {"error"}."""
    import numpy

    try:
        bench, variant = BENCHMARKS[request["bench"]], request["variant"]
        data = make_data(bench, variant, request["batch"], numpy.random.default_rng(1))
        gc.collect()
        forget_peak()
        before = resident_mib("VmRSS")
        run = prepare(bench, variant, data)
        getattr(run, "warm_up", lambda: run(WARM_UP))()
        memory = resident_mib("VmHWM") - before
        ms, others = measure(run, request["seconds"], request["repetitions"], request["patience"])
        return {"ms": ms, "others": max(others), "memory_mib": memory}
    except Exception as error:  # a variant that a release does not support is no reason to stop
        traceback.print_exc()
        return {"error": f"{type(error).__name__}: {error}".split("\n")[0][:200]}


def load(peer, threads):
    """(make_data, prepare, versions)"""
    backend = os.environ["KERAS_BACKEND"] if peer == "Keras" else "torch"
    if backend == "tensorflow":
        import tensorflow

        tensorflow.config.threading.set_intra_op_parallelism_threads(threads)
        tensorflow.config.threading.set_inter_op_parallelism_threads(threads)
        versions = f"TensorFlow {tensorflow.__version__}"
    elif backend == "jax":
        import jax

        versions = f"JAX {jax.__version__}"
    else:
        import torch
        import torch._inductor.compile_fx  # or it is loaded while the first network is built

        torch.set_num_threads(threads)
        versions = f"PyTorch {torch.__version__.split('+')[0]}"
    if peer == "PyTorch":
        return torch_data, prepare_torch, versions
    import keras

    return keras_data, prepare_keras, f"Keras {keras.__version__} on {versions}"


def serve(peer, threads):
    """Reads requests, one JSON object a line, and answers each with one."""
    out = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what libraries print must not get between the answers
    *library, versions = load(peer, threads)
    print(json.dumps({"versions": versions}), file=out, flush=True)
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # ends with its parent
            signal.alarm(TIME_LIMIT)
            print(json.dumps(answer(*library, json.loads(line))), file=out, flush=True)
            os._exit(0)
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        if status != 0:
            reason = f"took longer than {TIME_LIMIT} s" if -status == signal.SIGALRM else (
                f"ended by {signal.Signals(-status).name}" if status < 0 else f"exit {status}"
            )
            print(json.dumps({"error": reason}), file=out, flush=True)


if __name__ == "__main__":
    serve(sys.argv[1], int(sys.argv[2]))
