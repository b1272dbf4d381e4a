"""How the cost of a training step grows with batch, width, length and threads.

    python tests/bench/scaling.py [--program PATH] [--out FOLDER] [--threads N] [--only lstm …]

Times four kinds of networks with `bathyscope bench --model`, each along four axes with the others
held still, and writes scaling.csv and scaling.svg. A cliff is a point whose time per unit of
arithmetic is more than half again that of the smaller one before it; all are listed at the end, and
the exit status is 1 if there are any. Needs no more than Python.
"""

import argparse
import csv
import json
import os
import pathlib
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
CLIFF = 1.5


def dense(width, length):
    return "classification", (
        f"input {98 * width}\ndense {64 * width} activation=relu\n"
        f"dense {64 * width} activation=relu\ndense 10 activation=softmax\n"
    )


def convolution(width, length):
    return "classification", (
        f"input {8 * length}x8x{8 * width}\n"
        f"conv2d {8 * width} 3 padding=same activation=relu\n"
        f"conv2d {8 * width} 3 padding=same activation=relu\n"
        "max_pooling2d\nflatten\ndense 10 activation=softmax\n"
    )


def lstm(width, length):
    return "regression", f"input {16 * length}x4\nlstm {16 * width}\ndense 1\n"


def transformer(width, length):
    return "language_model", (
        f"input {16 * length} dtype=int32\n"
        f"token_and_position_embedding 64 {16 * length} {32 * width}\n"
        f"transformer_decoder {64 * width} 2\ndense 64 activation=softmax\n"
    )


NETWORKS = {"dense": dense, "convolution": convolution, "lstm": lstm, "transformer": transformer}
BATCH, WIDTH, LENGTH = 32, 2, 2
BATCHES = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512]
FACTORS = [1, 2, 3, 4, 5, 6, 7, 8]
COLORS = {"dense": "#3584e4", "convolution": "#e66100", "lstm": "#2ec27e", "transformer": "#9141ac"}


def thread_counts(most):
    return [n for n in range(1, most + 1) if n <= 8 or n % 4 == 0 or n == most]


def points(most):
    """(axis, value, batch, width, length, threads)"""
    for batch in BATCHES:
        yield "batch", batch, batch, WIDTH, LENGTH, most
    for width in FACTORS:
        yield "width", width, BATCH, width, LENGTH, most
    for length in FACTORS:
        yield "length", length, BATCH, WIDTH, length, most
    for threads in thread_counts(most):
        yield "threads", threads, 128, 4, 4, threads


def measure(program, network, batch, width, length, threads):
    task, spec = NETWORKS[network](width, length)
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as file:
        file.write(spec)
        file.flush()
        done = subprocess.run(
            [program, "bench", "--model", file.name, "--task", task, "--batch", str(batch),
             "--threads", str(threads), "--json"],
            capture_output=True, text=True, check=True,
        )
    return json.loads(done.stdout)[0]


def cliffs(rows):
    """Pairs of neighbours of which the larger wastes what the smaller does not. Threads share the
    same work: there it is the step that may not become slower."""
    found = []
    for before, after in zip(rows, rows[1:]):
        if (before["network"], before["axis"]) != (after["network"], after["axis"]):
            continue
        ms = after["ms"] / before["ms"]
        work = after["gflops"] * after["ms"] / (before["gflops"] * before["ms"])
        if ms > CLIFF * max(work, 1):
            found.append((before, after, ms, work))
    return found


def panel(axis, rows, left, top, wide, high):
    """One axis as SVG: share of the peak over the axis; threads: speed-up."""
    mine = [row for row in rows if row["axis"] == axis]
    values = sorted({row["value"] for row in mine})
    parts = [f'<text x="{left}" y="{top - 8}" font-weight="bold">{axis}</text>',
             f'<rect x="{left}" y="{top}" width="{wide}" height="{high}" fill="none" stroke="#999"/>']

    def height_of(row, first):
        return first["ms"] / row["ms"] if axis == "threads" else row["share"]

    most = max(1.0 if axis != "threads" else 2.0,
               *(height_of(r, next(f for f in mine if f["network"] == r["network"])) for r in mine))
    for index, value in enumerate(values):
        x = left + wide * index / max(1, len(values) - 1)
        parts.append(f'<text x="{x}" y="{top + high + 14}" text-anchor="middle">{value}</text>')
    for fraction in (0, 0.5, 1):
        y = top + high * (1 - fraction)
        label = f"{most * fraction:.1f}×" if axis == "threads" else f"{100 * most * fraction:.0f} %"
        parts.append(f'<text x="{left - 6}" y="{y + 4}" text-anchor="end">{label}</text>')
    for name, color in COLORS.items():
        line = [row for row in mine if row["network"] == name]
        if not line:
            continue
        places = " ".join(
            f"{left + wide * values.index(row['value']) / max(1, len(values) - 1):.1f},"
            f"{top + high * (1 - height_of(row, line[0]) / most):.1f}" for row in line)
        parts.append(f'<polyline points="{places}" fill="none" stroke="{color}" stroke-width="2"/>')
    return parts


def plot(rows):
    parts = ['<svg xmlns="http://www.w3.org/2000/svg" width="900" height="620" '
             'font-family="sans-serif" font-size="11">',
             '<rect width="900" height="620" fill="white"/>',
             '<text x="60" y="24" font-size="14">Share of the multiply-add peak; threads: speed-up'
             "</text>"]
    for index, axis in enumerate(("batch", "width", "length", "threads")):
        parts += panel(axis, rows, 60 + 430 * (index % 2), 70 + 270 * (index // 2), 360, 190)
    for index, (name, color) in enumerate(COLORS.items()):
        parts.append(f'<text x="{60 + 130 * index}" y="608" fill="{color}">{name}</text>')
    return "\n".join(parts + ["</svg>\n"])


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--program", default=str(ROOT / "build/app/bathyscope"))
    parser.add_argument("--out", type=pathlib.Path, default=pathlib.Path("."))
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--only", nargs="*", choices=NETWORKS, default=list(NETWORKS))
    arguments = parser.parse_args()
    rows = []
    for network in arguments.only:
        for axis, value, batch, width, length, threads in points(arguments.threads):
            if axis == "length" and network == "dense":
                continue  # it has none
            result = measure(arguments.program, network, batch, width, length, threads)
            rows.append({"network": network, "axis": axis, "value": value,
                         "ms": result["ms_per_step"], "gflops": result["gflops"],
                         "share": result["peak_fraction"], "mib": result["peak_memory_mib"]})
            row = rows[-1]
            print(f"{network:12} {axis:8} {value:4} {row['ms']:10.3f} ms {row['gflops']:8.1f} "
                  f"GFLOP/s {100 * row['share']:5.1f} %", flush=True)
    arguments.out.mkdir(parents=True, exist_ok=True)
    with open(arguments.out / "scaling.csv", "w", newline="") as file:
        writer = csv.DictWriter(file, rows[0].keys())
        writer.writeheader()
        writer.writerows(rows)
    (arguments.out / "scaling.svg").write_text(plot(rows))
    found = cliffs(rows)
    for before, after, ms, work in found:
        print(f"cliff: {after['network']}, {after['axis']} {before['value']} → {after['value']}: "
              f"{ms:.2f} times the time for {work:.2f} times the work")
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
