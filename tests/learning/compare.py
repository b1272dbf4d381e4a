"""Trains the experiments of this folder with our program and, unless told not to, in PyTorch, and
prints both in one table: the mean over the seeds, and how far apart the seeds are.

    python3 compare.py gpt names --program ../../build/app/bathyscope --data ../../../datasets
    python3 compare.py --reference reference.jsonl …     (what reference.py has printed)
"""
import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).parent

# What is compared, in which direction it is better, and what the program is told besides the seed.
FIGURES = {
    "autoencoder": ("test_loss", "lower", []),
    "vae": ("test_loss", "lower", []),
    "resnet": ("test_accuracy", "higher", []),
    "names": ("val_loss", "lower", []),
    "stocks": ("test_mean_absolute_error", "lower", []),
    "dates": ("test_sequence_accuracy", "higher", []),
    "sst2": ("test_accuracy", "higher", []),
    "gpt": ("val_loss", "lower", ["--steps", "2000"]),
    "dcgan": ("frechet_distance", "lower", []),
}
# The program measures in scaled prices, the reference in points: by the range of the training part.
POINTS = {"stocks": 2130.820068 - 676.530029}


def judged(model, arguments):
    command = [sys.executable, HERE / "judge.py", model, "--data", arguments.data]
    found = subprocess.run([str(part) for part in command], check=True, capture_output=True, text=True).stdout
    print("dcgan:", found.strip(), file=sys.stderr, flush=True)
    return json.loads(found)


def ours(name, seed, arguments):
    environment = dict(os.environ, BATHYSCOPE_DATA=str(arguments.data), BATHYSCOPE_LESSONS=str(HERE.parent.parent / "data/lessons"))
    with tempfile.TemporaryDirectory() as out:
        command = [arguments.program, "train", HERE / name, "--seed", seed, "--threads", arguments.threads, "--out", out, "--quiet"]
        subprocess.run([str(part) for part in command + FIGURES[name][2]], check=True, env=environment, stdout=subprocess.DEVNULL)
        report = json.loads((Path(out) / "report.json").read_text())
        if name == "dcgan":
            report["metrics"] = judged(Path(out) / "model.safetensors", arguments)
    return report["metrics"][FIGURES[name][0]] * POINTS.get(name, 1), report["wall_seconds"]


def theirs(name, arguments):
    if arguments.reference is not None:
        lines = arguments.reference.read_text().splitlines()
    else:
        command = [sys.executable, HERE / "reference.py", name, "--data", arguments.data, "--threads", arguments.threads, "--seeds", *arguments.seeds]
        lines = subprocess.run([str(part) for part in command], check=True, capture_output=True, text=True).stdout.splitlines()
    runs = [run for run in map(json.loads, lines) if run["experiment"] == name]
    return [(run[FIGURES[name][0]], run["seconds"]) for run in runs]


def show(runs):
    if not runs:
        return "–", "–"
    values = [value for value, _ in runs]
    spread = statistics.stdev(values) if len(values) > 1 else 0
    return f"{statistics.mean(values):.4f} ± {spread:.4f}", f"{statistics.mean(seconds for _, seconds in runs):.0f}"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("experiment", nargs="*", default=list(FIGURES), help="default: all")
    parser.add_argument("--program", default="build/app/bathyscope")
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--reference", type=Path)
    arguments = parser.parse_args()
    print("| experiment | figure | better | ours | seconds | PyTorch | seconds |\n|---|---|---|---|---|---|---|")
    for name in arguments.experiment:
        mine = show([ours(name, seed, arguments) for seed in arguments.seeds])
        other = show(theirs(name, arguments))
        print("|", " | ".join([name, FIGURES[name][0], FIGURES[name][1], *mine, *other]), "|", flush=True)


if __name__ == "__main__":
    main()
