"""How long a training step takes: Bathyscope, PyTorch and Keras side by side, in one run.

  python tests/bench/peers.py [NAME…] [--threads N] [--batch 32 128] [--program PATH] [--json]

Every peer lives in a process of its own and waits there, idle, for its turn. First each variant of
each peer (eager, compiled, memory layouts, optimizers, ways to call fit) is timed briefly; then the
fastest ones of each are timed again in rounds, with our program before and after each of them, so
that a slow minute of the machine is slow for everybody. All figures are medians. Everything is
float32 with the data already in memory; the batches are random, which costs what real ones cost.

A benchmark is one function below, entered by @benchmark: it gives the network in PyTorch and in
Keras, the shape of a batch and the arithmetic of one sample.
"""

import argparse
import dataclasses
import itertools
import json
import os
import pathlib
import resource
import select
import signal
import statistics
import subprocess
import sys
import tempfile
import time
import traceback

ROOT = pathlib.Path(__file__).resolve().parents[2]
SERVED_BATCHES = 16  # different batches that go round, so that no cache holds just one
NOISE = 0.05  # the share of the processors others may use during a measurement
# Adam at its usual rate would learn the few random batches by heart; then moments decay into
# denormal numbers, which processors compute many times slower and real training does not meet
# (PyTorch's step becomes a third slower). At this rate the arithmetic is the same and they do not.
LEARNING_RATE = 1e-8
EPOCH_STEPS = 256  # steps of one epoch of Keras's fit: its cost per epoch is spread over these


# --- The benchmarks -----------------------------------------------------------------------------


@dataclasses.dataclass
class Benchmark:
    torch_network: object  # () -> torch.nn.Module giving logits
    keras_network: object  # (data_format) -> keras.Model giving logits
    make_batch: object  # (numpy generator, n) -> (x float32, images NHWC; y int64)
    flops: int  # of one sample's training step: 2 a multiply-add, no gradient for the input
    is_image: bool = False  # whether layouts of images (channels last or first) are worth trying


BENCHMARKS = {}


def benchmark(function):
    BENCHMARKS[function.__name__] = function()
    return function


@benchmark
def cnn():
    """Day 5: Conv2D 32 3x3 ReLU, MaxPool 2x2, Flatten, Dense 64 ReLU, Dense 10."""

    def torch_network():
        from torch import nn

        return nn.Sequential(
            nn.Conv2d(1, 32, 3),
            nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Flatten(),
            nn.Linear(13 * 13 * 32, 64),
            nn.ReLU(),
            nn.Linear(64, 10),
        )

    def keras_network(data_format):
        import keras
        from keras import layers

        shape = (28, 28, 1) if data_format == "channels_last" else (1, 28, 28)
        return keras.Sequential(
            [
                keras.Input(shape),
                layers.Conv2D(32, 3, activation="relu", data_format=data_format),
                layers.MaxPooling2D(2, data_format=data_format),
                layers.Flatten(data_format=data_format),
                layers.Dense(64, activation="relu"),
                layers.Dense(10),
            ]
        )

    def make_batch(generator, n):
        x = generator.random((n, 28, 28, 1), dtype="float32")
        return x, generator.integers(0, 10, n)

    convolution = 26 * 26 * 32 * 9 * 2
    dense = (13 * 13 * 32 * 64 + 64 * 10) * 2
    return Benchmark(torch_network, keras_network, make_batch, 2 * convolution + 3 * dense, True)


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


# --- The workers: one process for each peer -----------------------------------------------------


def torch_variants(bench):
    layouts = ("contiguous", "channels_last") if bench.is_image else ("contiguous",)
    ways = (
        ("eager", "fused"),
        ("eager", "foreach"),
        ("compile", "fused"),
        ("compile", "compiled"),
        ("compile whole step", "compiled"),
        ("compile max-autotune", "fused"),
        ("compile cpp-wrapper", "fused"),
    )
    return [
        f"{way}, Adam {adam}, {layout}"
        for (way, adam), layout in itertools.product(ways, layouts)
    ]


def prepare_torch(bench, variant, batch):
    """A function that takes so many training steps and returns the seconds they took."""
    import numpy
    import torch

    way, adam, layout = variant.split(", ")
    adam = adam.removeprefix("Adam ")
    torch.manual_seed(1)
    torch.compiler.reset()
    import torch._inductor.config as inductor

    inductor.cpp_wrapper = way == "compile cpp-wrapper"
    generator = numpy.random.default_rng(1)
    memory_format = {"contiguous": torch.contiguous_format, "channels_last": torch.channels_last}
    batches = []
    for _ in range(SERVED_BATCHES):
        x, y = bench.make_batch(generator, batch)
        x = torch.from_numpy(x)
        if bench.is_image:
            x = x.permute(0, 3, 1, 2).contiguous(memory_format=memory_format[layout])
        batches.append((x, torch.from_numpy(y)))
    network = bench.torch_network()
    if bench.is_image:
        network = network.to(memory_format=memory_format[layout])
    criterion = torch.nn.CrossEntropyLoss()
    switches = {"fused": {"fused": True}, "foreach": {"foreach": True}, "compiled": {}}
    optimizer = torch.optim.Adam(network.parameters(), lr=LEARNING_RATE, eps=1e-7, **switches[adam])

    def loss_of(x, y):
        return criterion(network(x), y)

    def step(x, y):
        loss = loss_of(x, y)
        loss.backward()
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)

    if way == "compile whole step":
        # PyTorch's own recipe: backward inside the compiled region, through compiled autograd.
        torch._dynamo.config.compiled_autograd = True
        step = torch.compile(step)
    else:
        torch._dynamo.config.compiled_autograd = False
        mode = "max-autotune-no-cudagraphs" if way == "compile max-autotune" else "default"
        if way != "eager":
            loss_of = torch.compile(loss_of, mode=mode)
        if adam == "compiled":
            update = torch.compile(optimizer.step, fullgraph=False)

            def step(x, y):
                loss = loss_of(x, y)
                loss.backward()
                update()
                optimizer.zero_grad(set_to_none=True)

    def run(steps):
        started = time.perf_counter()
        for i in range(steps):
            step(*batches[i % SERVED_BATCHES])
        return time.perf_counter() - started

    return run


def keras_variants(backend, bench):
    ways = ["fit x1", "fit x32", "fit x256", "train_on_batch"]
    switches = {
        "tensorflow": ("jit_compile=False", "jit_compile=True", "eager"),
        "jax": ("jit_compile=True", "eager"),
        "torch": ("jit_compile=False", "jit_compile=True"),
    }[backend]
    formats = ["channels_last"]
    if backend == "torch" and bench.is_image:
        formats.append("channels_first")
    if backend == "torch":
        ways = ["fit x1", "train_on_batch"]  # this backend takes one step per execution
    names = []
    for switch in switches:
        for way in ["train_on_batch"] if switch == "eager" else ways:
            names += [f"{way}, {switch}, {data_format}" for data_format in formats]
    return names


def prepare_keras(bench, variant, batch):
    import keras
    import numpy

    way, switch, data_format = variant.split(", ")
    keras.backend.clear_session()
    keras.utils.set_random_seed(1)
    network = bench.keras_network(data_format)
    compile_arguments = (
        {"run_eagerly": True, "jit_compile": False}
        if switch == "eager"
        else {"jit_compile": switch == "jit_compile=True"}
    )
    if way.startswith("fit x"):
        compile_arguments["steps_per_execution"] = int(way.removeprefix("fit x"))
    network.compile(
        optimizer=keras.optimizers.Adam(LEARNING_RATE),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        **compile_arguments,
    )
    generator = numpy.random.default_rng(1)

    def make_data(n):
        x, y = bench.make_batch(generator, n)
        if data_format == "channels_first":
            x = numpy.ascontiguousarray(x.transpose(0, 3, 1, 2))
        return x, y.astype("int32")

    if way == "train_on_batch":
        batches = [
            [keras.ops.convert_to_tensor(a) for a in make_data(batch)]
            for _ in range(SERVED_BATCHES)
        ]

        def run(steps):
            started = time.perf_counter()
            for i in range(steps):
                network.train_on_batch(*batches[i % SERVED_BATCHES])
            return time.perf_counter() - started

        return run

    class Clock(keras.callbacks.Callback):
        """The time inside epochs only: what fit does once in a call is not charged to steps."""

        def on_epoch_begin(self, epoch, logs=None):
            self.began = time.perf_counter()

        def on_epoch_end(self, epoch, logs=None):
            self.seconds = time.perf_counter() - self.began

    x, y = make_data(batch * EPOCH_STEPS)

    def run(steps):
        clock = Clock()
        epochs = max(1, round(steps / EPOCH_STEPS))
        seconds = 0.0
        for _ in range(epochs):
            network.fit(
                x, y, batch_size=batch, epochs=1, shuffle=False, verbose=0, callbacks=[clock]
            )
            seconds += clock.seconds
        return seconds * steps / (epochs * EPOCH_STEPS)

    run.least = EPOCH_STEPS
    return run


def variants_of(worker, bench):
    if worker == "PyTorch":
        return torch_variants(bench)
    return keras_variants(worker.removeprefix("Keras/"), bench)


def measure(run, seconds, repetitions, patience):
    """Warm-up, then the milliseconds a step takes: one figure for each repetition.

    A repetition during which other processes had more than 5% of the processors is thrown away
    and repeated while patience lasts; then the quietest ones seen are taken.
    Returns (milliseconds, shares of the others).
    """
    least = getattr(run, "least", 8)  # steps that are worth a call
    run(3)
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


def serve(peer, threads):
    """The worker: reads requests, one JSON object a line, and answers each with one."""
    out = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what libraries print must not get between the answers
    if peer == "PyTorch":
        import torch

        torch.set_num_threads(threads)
        versions = f"PyTorch {torch.__version__.split('+')[0]}"
        prepare = prepare_torch
    else:
        backend = os.environ["KERAS_BACKEND"]
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

            torch.set_num_threads(threads)
            versions = f"PyTorch {torch.__version__.split('+')[0]}"
        import keras

        versions = f"Keras {keras.__version__} on {versions}"
        prepare = prepare_keras
    print(json.dumps({"versions": versions}), file=out, flush=True)
    prepared = {}
    for line in sys.stdin:
        request = json.loads(line)
        key = request["bench"], request["variant"], request["batch"]
        try:
            if key not in prepared:
                prepared.clear()  # compiled code is kept by its library; data need not be
                prepared[key] = prepare(BENCHMARKS[key[0]], *key[1:])
            ms, others = measure(
                prepared[key], request["seconds"], request["repetitions"], request["patience"]
            )
            answer = {"ms": ms, "others": max(others)}
        except Exception as error:  # a variant that a release does not support is no reason to stop
            traceback.print_exc()
            answer = {"error": f"{type(error).__name__}: {error}".split("\n")[0][:200]}
        print(json.dumps(answer), file=out, flush=True)


# --- The director -------------------------------------------------------------------------------


def choose_processors(n):
    """N processors, on as many different cores as there are."""
    allowed = sorted(os.sched_getaffinity(0))
    cores = {}
    for cpu in allowed:
        path = pathlib.Path(f"/sys/devices/system/cpu/cpu{cpu}/topology/thread_siblings_list")
        cores.setdefault(path.read_text() if path.exists() else cpu, []).append(cpu)
    turns = itertools.zip_longest(*cores.values())  # first one of every core, then its siblings
    return set([cpu for turn in turns for cpu in turn if cpu is not None][:n])


def children_seconds():
    """Processor seconds of the processes that were started here and have ended."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


class Worker:
    def __init__(self, peer, backend, threads, processors, log):
        environment = dict(os.environ)
        environment.update(
            OMP_NUM_THREADS=str(threads),
            MKL_NUM_THREADS=str(threads),
            OPENBLAS_NUM_THREADS=str(threads),
            TF_NUM_INTRAOP_THREADS=str(threads),
            TF_NUM_INTEROP_THREADS=str(threads),
            NPROC=str(threads),
            XLA_FLAGS=f"--xla_cpu_multi_thread_eigen={'true' if threads > 1 else 'false'}"
            + f" intra_op_parallelism_threads={threads}",
            JAX_PLATFORMS="cpu",
            CUDA_VISIBLE_DEVICES="",
            TF_CPP_MIN_LOG_LEVEL="2",
        )
        if backend:
            environment["KERAS_BACKEND"] = backend
        self.name = f"Keras/{backend}" if backend else peer
        self.process = subprocess.Popen(
            [sys.executable, __file__, "--serve", peer, "--threads", str(threads)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            env=environment,
            preexec_fn=lambda: os.sched_setaffinity(0, processors),
        )
        hello = self.read(300)
        self.versions = hello.get("versions")
        self.error = hello.get("error")

    def read(self, seconds):
        if not select.select([self.process.stdout], [], [], seconds)[0]:
            self.close()
            return {"error": f"no answer within {seconds} s"}
        line = self.process.stdout.readline()
        return json.loads(line) if line else {"error": "the process ended"}

    def ask(self, **request):
        if self.process.poll() is not None:
            return {"error": "the process ended"}
        self.process.stdin.write(json.dumps(request) + "\n")
        self.process.stdin.flush()
        return self.read(600)

    def close(self):
        self.process.kill()
        self.process.wait()


class Ours:
    """Our program: each run of it gives the time of every batch size it measures."""

    def __init__(self, program, threads, processors):
        self.program, self.threads, self.processors = program, threads, processors
        self.samples = {}  # (bench, batch) -> [ms]
        self.others = []
        self.peak_gflops = None
        self.missing = None
        if not program.is_file() or not os.access(program, os.X_OK):
            self.missing = f"{program}: no such program; build it first, or name it with --program"

    def run(self, bench, patience):
        """Once more; an unquiet run is thrown away and repeated while patience lasts."""
        deadline = time.monotonic() + patience
        while not self.missing:
            others = Others(children_seconds)
            rows = self.read(bench)
            share = others.share()
            if share <= NOISE or time.monotonic() > deadline:
                self.others.append(share)
                self.take(bench, rows)
                return

    def read(self, bench):
        command = [str(self.program), "bench", bench, "--threads", str(self.threads), "--json"]
        try:
            done = subprocess.run(
                command,
                capture_output=True,
                text=True,
                timeout=600,
                preexec_fn=lambda: os.sched_setaffinity(0, self.processors),
            )
            if done.returncode != 0:
                raise ValueError(done.stderr.strip() or f"exit status {done.returncode}")
            rows = json.loads(done.stdout)
        except (OSError, ValueError, subprocess.TimeoutExpired) as error:
            self.missing = f"{' '.join(command)}: {error}"
            return []
        return rows

    def take(self, bench, rows):
        for row in rows:
            if row["name"] != bench:
                continue
            self.samples.setdefault((bench, row["batch"]), []).append(row["ms_per_step"])
            if row.get("peak_fraction"):
                self.peak_gflops = row["gflops"] / row["peak_fraction"]


def measure_all(arguments, ours, workers, results):
    """Fills results: {(bench, batch, worker, variant):
    {"screen": [ms], "final": [ms], "others": [share], "error"}}"""

    def note(text):
        if not arguments.quiet:
            print(text, file=sys.stderr, flush=True)

    by_name = {worker.name: worker for worker in workers}
    for bench, worker, batch in itertools.product(arguments.names, workers, arguments.batch):
        for variant in variants_of(worker.name, BENCHMARKS[bench]):
            name = f"{worker.name}, {variant}"
            if not arguments.only or any(part in name for part in arguments.only):
                key = bench, batch, worker.name, variant
                results[key] = {"screen": [], "final": [], "others": []}
    for turn, key in itertools.product(range(2), list(results)):
        entry = results[key]
        if turn == 1 and ("error" in entry or entry["others"][-1] <= NOISE):
            continue  # only what others disturbed has a second chance
        bench, batch, name, variant = key
        answer = by_name[name].ask(
            bench=bench, variant=variant, batch=batch, seconds=arguments.seconds, repetitions=3,
            patience=arguments.patience,
        )
        if "error" in answer:
            entry["error"] = answer["error"]
            note(f"{bench} {batch}: {name}, {variant}: {answer['error']}")
            continue
        entry["screen"] += answer["ms"]
        entry["others"].append(answer["others"])
        noise = f", others {answer['others']:.0%}" if answer["others"] > NOISE else ""
        note(f"{bench} {batch}: {name}, {variant}: {min(answer['ms']):.3f} ms{noise}")

    for turn, bench in itertools.product(range(arguments.rounds), arguments.names):
        ours.run(bench, arguments.patience)
        if ours.missing and turn == 0:
            note(ours.missing)
        for batch, family in itertools.product(arguments.batch, ("PyTorch", "Keras")):
            for key in finalists(results, bench, batch, family):
                answer = by_name[key[2]].ask(
                    bench=bench, variant=key[3], batch=batch, seconds=arguments.seconds,
                    repetitions=3, patience=arguments.patience,
                )
                results[key]["final"] += answer.get("ms", [])
                results[key]["others"] += [answer["others"]] if "others" in answer else []
                ours.run(bench, arguments.patience)
        note(f"round {turn + 1} of {arguments.rounds} of {bench} done")


def finalists(results, bench, batch, family, count=3):
    """The fastest variants of PyTorch, or of Keras over all backends, as first timed."""
    keys = [
        key
        for key, entry in results.items()
        if key[:2] == (bench, batch) and key[2].startswith(family) and entry["screen"]
    ]
    return sorted(keys, key=lambda key: min(results[key]["screen"]))[:count]


def best(results, bench, batch, family):
    """(median ms, fastest ms, variant) of the fastest finalist, or None. Without a single round,
    the first measurements count."""

    def samples(key):
        return results[key]["final"] or results[key]["screen"]

    found = [
        (
            statistics.median(samples(key)),
            min(samples(key)),
            f"{key[2]}, {key[3]}".removeprefix("PyTorch, "),
        )
        for key in finalists(results, bench, batch, family)
    ]
    return min(found, default=None)


def make_rows(arguments, results, ours):
    rows = []
    for bench, batch in itertools.product(arguments.names, arguments.batch):
        row = {"name": bench, "batch": batch, "threads": arguments.threads}
        samples = ours.samples.get((bench, batch))
        peak = ours.peak_gflops or arguments.peak

        def share(ms):
            return BENCHMARKS[bench].flops * batch / ms / 1e6 / peak if peak and ms else None

        ms = statistics.median(samples) if samples else None
        row["ours"] = {
            "ms_per_step": ms,
            "samples_per_second": 1000 * batch / ms if ms else None,
            "peak_fraction": share(ms),
            "fastest_ms": min(samples) if samples else None,
            "samples": samples or [],
        }
        for family in ("PyTorch", "Keras"):
            peer = best(results, bench, batch, family)
            if peer is None:
                continue
            row[family.lower()] = {
                "ms_per_step": peer[0],
                "samples_per_second": 1000 * batch / peer[0],
                "peak_fraction": share(peer[0]),
                "variant": peer[2],
                "ratio": peer[0] / ms if ms else None,
                "fastest_ms": peer[1],
                "fastest_ratio": peer[1] / min(samples) if samples else None,
            }
        row["variants"] = {
            f"{key[2]}, {key[3]}": entry
            for key, entry in results.items()
            if key[:2] == (bench, batch)
        }
        rows.append(row)
    return rows


def print_table(report):
    def text(value, form, missing="–"):
        return missing if value is None else format(value, form)

    header = ("name", "batch", "ours ms/step", "images/s", "of peak", "PyTorch ms", "ratio",
              "of fastest", "Keras ms", "ratio", "of fastest", "PyTorch variant; Keras variant")
    lines = [header]
    for row in report["benchmarks"]:
        torch, keras, ours = row.get("pytorch", {}), row.get("keras", {}), row["ours"]
        lines.append((
            row["name"],
            str(row["batch"]),
            text(ours["ms_per_step"], ".3f"),
            text(ours["samples_per_second"], ",.0f"),
            text(ours["peak_fraction"], ".0%"),
            text(torch.get("ms_per_step"), ".3f"),
            text(torch.get("ratio"), ".2f"),
            text(torch.get("fastest_ratio"), ".2f"),
            text(keras.get("ms_per_step"), ".3f"),
            text(keras.get("ratio"), ".2f"),
            text(keras.get("fastest_ratio"), ".2f"),
            f"{torch.get('variant', '–')}; {keras.get('variant', '–')}",
        ))
    widths = [max(len(line[i]) for line in lines) for i in range(len(header))]
    for line in lines:
        cells = [
            cell.ljust(width) if i in (0, len(header) - 1) else cell.rjust(width)
            for i, (cell, width) in enumerate(zip(line, widths))
        ]
        print("  ".join(cells).rstrip())
    print(
        f"\n{report['threads']} threads; {'; '.join(report['versions'])}. A ratio is the peer's"
        f" time over ours, by medians and by the fastest repetitions. During the measurements other processes used"
        f" {report['others_median']:.0%} of the processors (median; at most"
        f" {report['others_max']:.0%})."
    )
    if report["others_median"] > NOISE:
        print("The machine was not quiet: these figures are no comparison. Run it again.")
    if report["ours_missing"]:
        print(f"Our program was not measured: {report['ours_missing']}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(BENCHMARKS))
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--batch", type=int, nargs="+", default=[32, 128])
    parser.add_argument("--program", type=pathlib.Path, default=ROOT / "build/app/bathyscope")
    parser.add_argument("--rounds", type=int, default=5, help="of the finalists and our program")
    parser.add_argument("--seconds", type=float, default=0.7, help="of one repetition")
    parser.add_argument("--peak", type=float, help="GFLOP/s of these threads, where ours is missing")
    parser.add_argument("--patience", type=float, default=15,
                        help="seconds to repeat a measurement that others disturb (default 15)")
    parser.add_argument("--peers", nargs="+", metavar="PEER",
                        default=["PyTorch", "tensorflow", "jax", "torch"],
                        help="PyTorch, and Keras's backends (default: all four)")
    parser.add_argument("--only", nargs="+", metavar="TEXT",
                        help="only variants whose name has one of these in it")
    parser.add_argument("--json", action="store_true", help="the whole report, as JSON")
    parser.add_argument("--out", type=pathlib.Path, help="write that report to this file too")
    parser.add_argument("--log", type=pathlib.Path, help="keep what the peers print")
    parser.add_argument("--quiet", action="store_true")
    parser.add_argument("--serve", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.serve:
        return serve(arguments.serve, arguments.threads)
    arguments.names = arguments.names or list(BENCHMARKS)
    for name in arguments.names:
        if name not in BENCHMARKS:
            parser.error(f"no benchmark named {name}; there are: {', '.join(BENCHMARKS)}")

    processors = choose_processors(arguments.threads)
    ours = Ours(arguments.program, arguments.threads, processors)
    log = open(arguments.log, "w") if arguments.log else tempfile.TemporaryFile("w")
    workers, results = [], {}
    try:
        for peer in arguments.peers:
            keras = peer != "PyTorch"
            worker = Worker("Keras" if keras else peer, peer if keras else None,
                            arguments.threads, processors, log)
            if worker.error:
                print(f"{worker.name}: {worker.error}", file=sys.stderr)
                worker.close()
            else:
                workers.append(worker)
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        measure_all(arguments, ours, workers, results)
    except KeyboardInterrupt:
        print("interrupted: this is what was measured until then", file=sys.stderr)
    finally:
        versions = [worker.versions for worker in workers]
        for worker in workers:
            worker.close()
        log.close()
    others = ours.others + [share for entry in results.values() for share in entry["others"]]
    report = {
        "threads": arguments.threads,
        "versions": versions,
        "others_median": statistics.median(others) if others else 0.0,
        "others_max": max(others, default=0.0),
        "peak_gflops": ours.peak_gflops or arguments.peak,
        "ours_missing": ours.missing,
        "benchmarks": make_rows(arguments, results, ours),
    }
    if arguments.out:
        arguments.out.write_text(json.dumps(report, indent=2) + "\n")
    if arguments.json:
        print(json.dumps(report, indent=2))
    else:
        print_table(report)


if __name__ == "__main__":
    main()
