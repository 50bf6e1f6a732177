"""Result files with as many rows as asked for, none of them measured: runs of the same benchmarks, one a day."""

import os
import random

RUNS = 10
SAMPLES = 6
RIVALS = ("portable_forward", "hopper_forward", "torch_cudnn", "torch_flash")
DIMS = ("64", "96", "128", "192", "256")
LENGTHS = (512, 1024, 2048, 4096, 8192)
ROW = (
    '{"name": "%s", "run_type": "iteration", "repetition_index": %d, "real_time": %.6g, "time_unit": "ms", '
    '"TFLOP/s": %.6g, "GB/s": %.6g}'
)


def name(i):
    rival, i = RIVALS[i % 4], i // 4
    mask, i = ("full", "causal")[i % 2], i // 2
    dtype, i = ("bf16", "fp16")[i % 2], i // 2
    dim, i = DIMS[i % 5], i // 5
    length, i = LENGTHS[i % 5], i // 5
    return f"forward/{dtype}/{dim}/{mask}/{length}/{1 + i}x16/{rival}/manual_time"


def rows(run, benchmark, noise):
    # One in seven becomes faster half-way through the runs.
    level = (1 + benchmark % 7) * (0.9 if benchmark % 7 == 3 and run >= RUNS // 2 else 1)
    for repetition in range(SAMPLES):
        milliseconds = level * noise[(benchmark * SAMPLES + repetition + 31 * run) % len(noise)]
        rate = 500 / milliseconds
        yield ROW % (name(benchmark), repetition, milliseconds, rate, 2 * rate / (1 + benchmark % 5))


def write(folder, count):
    """`count` rows in files of RUNS runs."""
    os.makedirs(os.path.join(folder, "machine", "program"), exist_ok=True)
    rng = random.Random(1)
    noise = [rng.gauss(1, 0.01) for _ in range(9973)]
    for run in range(RUNS):
        lines = (row for benchmark in range(count // RUNS) for row in rows(run, benchmark, noise))
        context = f'{{"date": "2026-01-{run + 1:02}T00:00:00", "commit": "{run:012}"}}'
        with open(os.path.join(folder, "machine", "program", f"{run}.json"), "w", encoding="utf-8") as file:
            file.write(f'{{"context": {context}, "benchmarks": [' + ",\n".join(lines) + "]}")
