"""Result files of as many benchmarks as asked for, none of them measured."""

import json
import os
import random

DIMS = ("64", "96", "128", "192", "256")
LENGTHS = (512, 1024, 2048, 4096, 8192)
ROWS_PER_FILE = 1000
SAMPLES = 9


def name(i):
    rival = ("portable_forward", "hopper_forward", "torch_cudnn", "torch_flash")[i % 4]
    mask = ("full", "causal")[i // 4 % 2]
    dtype = ("bf16", "fp16")[i // 8 % 2]
    heads = f"{1 + i // 400}x16"
    dim, length = DIMS[i // 16 % 5], LENGTHS[i // 80 % 5]
    return f"forward/{dtype}/{dim}/{mask}/{length}/{heads}/{rival}/manual_time"


def row(series, repetition, rng):
    milliseconds = (1 + series % 7) * rng.gauss(1, 0.01)
    rates = {"TFLOP/s": 500 / milliseconds, "GB/s": 1000 / milliseconds / (1 + series % 5)}
    return {
        "name": name(series),
        "run_type": "iteration",
        "repetition_index": repetition,
        "real_time": milliseconds,
        "time_unit": "ms",
        **rates,
    }


def write(folder, count):
    """`count` benchmarks in files of ROWS_PER_FILE, one a minute."""
    os.makedirs(os.path.join(folder, "machine"), exist_ok=True)
    rng = random.Random(1)
    for first in range(0, count, ROWS_PER_FILE):
        benchmarks = range(min(ROWS_PER_FILE, count - first))
        rows = [row(s, r, rng) for s in benchmarks for r in range(SAMPLES)]
        run = first // ROWS_PER_FILE
        context = {"date": f"2026-01-01T{run // 60:02}:{run % 60:02}:00", "commit": f"{run:012}"}
        path = os.path.join(folder, "machine", f"{run:04}.json")
        with open(path, "w", encoding="utf-8") as file:
            json.dump({"context": context, "benchmarks": rows}, file)
