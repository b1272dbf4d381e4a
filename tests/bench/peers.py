"""How long a training step takes: Bathyscope, PyTorch and Keras side by side, in one run.

  python tests/bench/peers.py [NAME…] [--quick] [--threads N] [--program PATH] [--json]

Every peer lives in a process of its own (peer_worker.py) and waits there, idle, for its turn. First
each variant of each peer (eager, compiled, memory layouts, optimizers, ways to call fit) is timed
briefly; then the fastest ones of each are timed again in rounds, with our program before and after
each of them, so that a slow minute of the machine is slow for everybody. All figures are medians.
Everything is float32 with the data already in memory; the batches are random, which costs what real
ones cost. The networks are in networks/.
"""

import argparse
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

from networks import BENCHMARKS
from peer_worker import NOISE, Others, variants_of

ROOT = pathlib.Path(__file__).resolve().parents[2]
WORKER = str(pathlib.Path(__file__).resolve().with_name("peer_worker.py"))
FINALISTS = 3  # variants of a family that are timed in rounds
FAMILIES = ("PyTorch", "Keras")


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
            [sys.executable, WORKER, peer, str(threads)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            env=environment,
            start_new_session=True,  # so that it ends with all its children
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
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


class Ours:
    """Our program: each run of it gives the figures of every batch size it measures."""

    def __init__(self, program, threads, processors):
        self.program, self.threads, self.processors = program, threads, processors
        self.rows = {}  # (bench, batch) -> [row of bench --json]
        self.others = []
        self.missing = {}  # bench -> why
        self.absent = None
        if not program.is_file() or not os.access(program, os.X_OK):
            self.absent = f"{program}: no such program; build it first, or name it with --program"

    def run(self, bench, patience):
        """Once more; an unquiet run is thrown away and repeated while patience lasts."""
        deadline = time.monotonic() + patience
        while not self.absent and bench not in self.missing:
            others = Others(children_seconds)
            rows = self.read(bench)
            share = others.share()
            if share <= NOISE or time.monotonic() > deadline:
                self.others.append(share)
                for row in rows:
                    self.rows.setdefault((bench, row["batch"]), []).append(row)
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
            return [row for row in json.loads(done.stdout) if row["name"] == bench]
        except (OSError, ValueError, subprocess.TimeoutExpired) as error:
            self.missing[bench] = f"{' '.join(command)}: {error}"
            return []

    def values(self, bench, batch, field):
        return [row[field] for row in self.rows.get((bench, batch), []) if row.get(field)]

    def peak_gflops(self):
        """Of these threads; the highest that was seen, as nothing makes a processor faster."""
        rows = [row for rows in self.rows.values() for row in rows if row.get("peak_fraction")]
        return max((row["gflops"] / row["peak_fraction"] for row in rows), default=None)


class Measurement:
    """Times every variant of every peer: self.results is {(bench, batch, worker, variant):
    {"screen": [ms], "final": [ms], "others": [share], "memory_mib": [MiB], "error"}}."""

    def __init__(self, arguments, ours, workers):
        self.arguments, self.ours = arguments, ours
        self.workers = {worker.name: worker for worker in workers}
        self.results = {}
        for bench in arguments.names:
            for batch, name in itertools.product(batches_of(arguments, bench), self.workers):
                for variant in variants_of(name, BENCHMARKS[bench], arguments.quick):
                    self.enter(bench, batch, name, variant)

    def enter(self, *key):
        only = self.arguments.only
        if not only or any(part in f"{key[2]}, {key[3]}" for part in only):
            self.results[key] = {"screen": [], "final": [], "others": [], "memory_mib": []}

    def note(self, text):
        if not self.arguments.quiet:
            print(text, file=sys.stderr, flush=True)

    def time(self, key, stage):
        bench, batch, name, variant = key
        entry = self.results[key]
        answer = self.workers[name].ask(
            bench=bench, variant=variant, batch=batch, seconds=self.arguments.seconds,
            repetitions=3, patience=self.arguments.patience,
        )
        if "error" in answer:
            entry["error"] = answer["error"]
            self.note(f"{bench} {batch}: {name}, {variant}: {answer['error']}")
            return
        entry[stage] += answer["ms"]
        entry["others"].append(answer["others"])
        entry["memory_mib"].append(answer["memory_mib"])
        noise = f", others {answer['others']:.0%}" if answer["others"] > NOISE else ""
        self.note(f"{bench} {batch}: {name}, {variant}: {min(answer['ms']):.3f} ms{noise}")

    def family(self, bench, batch, family):
        """The variants of PyTorch, or of Keras over all backends, that work."""
        return [
            key
            for key, entry in self.results.items()
            if key[:2] == (bench, batch) and key[2].startswith(family) and "error" not in entry
        ]

    def finalists(self, bench, batch, family):
        """The fastest of them, as first timed."""
        keys = self.family(bench, batch, family)
        return sorted(keys, key=lambda k: min(self.results[k]["screen"], default=0))[:FINALISTS]

    def screen(self, bench, batch):
        for family in FAMILIES:
            keys = self.family(bench, batch, family)
            if self.arguments.rounds and len(keys) <= FINALISTS:
                continue  # there is nothing to choose from
            for key in keys:
                self.time(key, "screen")
            for key in keys:  # what others disturbed has a second chance
                entry = self.results[key]
                if "error" not in entry and entry["others"][-1] > NOISE:
                    self.time(key, "screen")

    def final(self, bench):
        patience = self.arguments.patience
        self.ours.run(bench, patience)
        for batch in batches_of(self.arguments, bench):
            for family in FAMILIES:
                for key in self.finalists(bench, batch, family):
                    self.time(key, "final")
                    self.ours.run(bench, patience)

    def run(self):
        for bench in self.arguments.names:
            for batch in batches_of(self.arguments, bench):
                self.screen(bench, batch)
            for turn in range(self.arguments.rounds):
                self.final(bench)
                self.note(f"round {turn + 1} of {self.arguments.rounds} of {bench} done")
            if bench in self.ours.missing:
                self.note(self.ours.missing[bench])

    def best(self, bench, batch, family):
        """(its times, variant, memory) of the fastest finalist by median, or None. Without a single
        round, the first measurements count."""
        found = []
        for key in self.finalists(bench, batch, family):
            entry = self.results[key]
            times = entry["final"] or entry["screen"]
            if times:
                name = f"{key[2]}, {key[3]}".removeprefix("PyTorch, ")
                found.append((times, name, statistics.median(entry["memory_mib"])))
        return min(found, key=lambda f: statistics.median(f[0]), default=None)


def batches_of(arguments, bench):
    return arguments.batch or BENCHMARKS[bench].batches


# --- The report ---------------------------------------------------------------------------------


def figures(bench, batch, times, memory, peak):
    ms = statistics.median(times)
    return {
        "ms_per_step": ms,
        "samples_per_second": 1000 * batch / ms,
        "peak_fraction": BENCHMARKS[bench].flops * batch / ms / 1e6 / peak if peak else None,
        "fastest_ms": min(times),
        "peak_memory_mib": memory,
    }


def make_row(arguments, measurement, bench, batch):
    ours = measurement.ours
    peak = ours.peak_gflops() or arguments.peak
    row = {"name": bench, "batch": batch, "threads": arguments.threads, "ours": None}
    times = ours.values(bench, batch, "ms_per_step")
    if times:
        memory = ours.values(bench, batch, "peak_memory_mib")
        memory = statistics.median(memory) if memory else None
        row["ours"] = figures(bench, batch, times, memory, peak) | {"samples": times}
    for family in FAMILIES:
        best = measurement.best(bench, batch, family)
        if best is None:
            continue
        row[family.lower()] = peer = figures(bench, batch, best[0], best[2], peak)
        peer["variant"] = best[1]
        if times:
            peer["ratio"] = peer["ms_per_step"] / row["ours"]["ms_per_step"]
            peer["fastest_ratio"] = peer["fastest_ms"] / row["ours"]["fastest_ms"]
    row["variants"] = {
        f"{key[2]}, {key[3]}": entry
        for key, entry in measurement.results.items()
        if key[:2] == (bench, batch)
    }
    return row


def make_report(arguments, measurement, versions):
    ours = measurement.ours
    entries = measurement.results.values()
    others = ours.others + [share for entry in entries for share in entry["others"]]
    return {
        "threads": arguments.threads,
        "versions": versions,
        "quick": arguments.quick,
        "others_median": statistics.median(others) if others else 0.0,
        "others_max": max(others, default=0.0),
        "peak_gflops": ours.peak_gflops() or arguments.peak,
        "ours_missing": [ours.absent] if ours.absent else list(ours.missing.values()),
        "benchmarks": [
            make_row(arguments, measurement, bench, batch)
            for bench in arguments.names
            for batch in batches_of(arguments, bench)
        ],
    }


COLUMNS = (  # heading, field, its form
    ("ms/step", "ms_per_step", ".3f"),
    ("samples/s", "samples_per_second", ",.0f"),
    ("of peak", "peak_fraction", ".1%"),
    ("MiB", "peak_memory_mib", ",.0f"),
    ("ratio", "ratio", ".2f"),
    ("of fastest", "fastest_ratio", ".2f"),
)


def table_lines(report):
    lines = [["name", "batch", "", *(column[0] for column in COLUMNS), "variant"]]
    for row in report["benchmarks"]:
        for title, key in ("Bathyscope", "ours"), ("PyTorch", "pytorch"), ("Keras", "keras"):
            values = row.get(key)
            if values is None:
                continue
            cells = [
                "–" if values.get(field) is None else format(values[field], form)
                for _, field, form in COLUMNS
            ]
            lines.append([row["name"], str(row["batch"]), title, *cells, values.get("variant", "")])
    return lines


def print_table(report):
    lines = table_lines(report)
    widths = [max(map(len, column)) for column in zip(*lines)]
    last = len(widths) - 1
    for line in lines:
        cells = [
            cell.ljust(width) if i in (0, 2, last) else cell.rjust(width)
            for i, (cell, width) in enumerate(zip(line, widths))
        ]
        print("  ".join(cells).rstrip())
    print(
        f"\n{report['threads']} threads; {'; '.join(report['versions'])}. A ratio is the peer's"
        " time over ours, by medians and by the fastest repetitions. MiB: the most memory above"
        " what the process had before the network was built. During the measurements other"
        f" processes used {report['others_median']:.0%} of the processors (median; at most"
        f" {report['others_max']:.0%})."
    )
    if report["quick"]:
        print("Quick: few of the peers' variants were tried; faster ones may exist.")
    if report["others_median"] > NOISE:
        print("The machine was not quiet: these figures are no comparison. Run it again.")
    for why in report["ours_missing"]:
        print(f"Our program was not measured: {why}")


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(BENCHMARKS))
    parser.add_argument("--quick", action="store_true",
                        help="one round of the peers' usual variants, in short repetitions")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--batch", type=int, nargs="+", metavar="N",
                        help="batch sizes (default: each benchmark's own)")
    parser.add_argument("--program", type=pathlib.Path, default=ROOT / "build/app/bathyscope")
    parser.add_argument("--rounds", type=int,
                        help="of the finalists and our program (default 5; quick: 1)")
    parser.add_argument("--seconds", type=float,
                        help="of one repetition (default 0.7; quick: 0.3)")
    parser.add_argument("--peak", type=float,
                        help="GFLOP/s of these threads, where our program is missing")
    parser.add_argument("--patience", type=float, default=15,
                        help="seconds to repeat a measurement that others disturb (default 15)")
    parser.add_argument("--peers", nargs="+", choices=["PyTorch", "tensorflow", "jax", "torch"],
                        help="PyTorch, and Keras on its backends (default: all; quick: the first"
                        " two)")
    parser.add_argument("--only", nargs="+", metavar="TEXT",
                        help="only variants whose name has one of these in it")
    parser.add_argument("--json", action="store_true", help="the whole report, as JSON")
    parser.add_argument("--out", type=pathlib.Path, help="write that report to this file too")
    parser.add_argument("--log", type=pathlib.Path, help="keep what the peers print")
    parser.add_argument("--quiet", action="store_true")
    arguments = parser.parse_args()
    for name in arguments.names:
        if name not in BENCHMARKS:
            parser.error(f"no benchmark named {name}; there are: {', '.join(BENCHMARKS)}")
    defaults = {"rounds": (5, 1), "seconds": (0.7, 0.3), "names": (list(BENCHMARKS),) * 2,
                "peers": (["PyTorch", "tensorflow", "jax", "torch"], ["PyTorch", "tensorflow"])}
    for name, (full, quick) in defaults.items():
        if getattr(arguments, name) in (None, []):
            setattr(arguments, name, quick if arguments.quick else full)
    return arguments


def start_workers(arguments, processors, log):
    workers = []
    for peer in arguments.peers:
        keras = peer != "PyTorch"
        worker = Worker("Keras" if keras else peer, peer if keras else None, arguments.threads,
                        processors, log)
        if worker.error:
            print(f"{worker.name}: {worker.error}", file=sys.stderr)
            worker.close()
        else:
            workers.append(worker)
    return workers


def main():
    arguments = parse_arguments()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    processors = choose_processors(arguments.threads)
    ours = Ours(arguments.program, arguments.threads, processors)
    with open(arguments.log, "w") if arguments.log else tempfile.TemporaryFile("w") as log:
        workers = start_workers(arguments, processors, log)
        measurement = Measurement(arguments, ours, workers)
        try:
            measurement.run()
        except KeyboardInterrupt:
            print("interrupted: this is what was measured until then", file=sys.stderr)
        finally:
            for worker in workers:
                worker.close()
    report = make_report(arguments, measurement, [worker.versions for worker in workers])
    if arguments.out:
        arguments.out.write_text(json.dumps(report, indent=2) + "\n")
    if arguments.json:
        print(json.dumps(report, indent=2))
    else:
        print_table(report)


if __name__ == "__main__":
    main()
