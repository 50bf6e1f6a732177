#!/usr/bin/env python3
"""Rewrites the results of the GPU kernels' first prototypes, lists of summaries, in Google Benchmark's format:
convert_prototypes.py FILE...

Only medians were kept of them, so each benchmark is one repetition, which no verdict is made of; the fastest and the
slowest round stay as counters. A file that is converted already is left as it is.
"""

import json
import pathlib
import re
import sys

TOKENS = 16384
HIDDEN = 2048
DATE = "2026-11-22"
CONTEXT = {
    "date": DATE,
    "executable": "prototype",
    "device": "cuda:0: NVIDIA H200 (sm_90, 132 multiprocessors)",
    "driver": "580.159.04",
    "toolkit": "13.0",
    "samples": "medians of interleaved rounds, the only ones that were kept",
}
PEERS = {"cudnn": "torch_cudnn", "CUDNN_ATTENTION": "torch_cudnn", "FLASH_ATTENTION": "torch_flash",
         "EFFICIENT_ATTENTION": "torch_efficient"}


def dims(qk, v):
    return f"{qk}" if qk == v else f"{qk}_{v}"


def flops(length, batch, heads, qk, v, causal):
    return 2 * length * length * (qk + v) * heads * batch / (2 if causal else 1)


def hopper_problem(row):
    """A run of one length (runs 1 to 7), of as many tokens and heads as its rate says."""
    length, qk, v, causal = row["s"], row["qk"], row["v"], row["causal"]
    batch = TOKENS // length
    heads = round(row["tflops"] * row["ms"] * 1e9 / flops(length, batch, 1, qk, v, causal))
    assert heads > 0 and abs(
        flops(length, batch, heads, qk, v, causal) / (row["tflops"] * row["ms"] * 1e9) - 1) < 1e-3, row
    mask = "causal" if causal else "full"
    return f"forward/bf16/{dims(qk, v)}/{mask}/{length}/{batch}x{heads}"


def case_name(row):
    """A run of cases with names of their own (8 to 12), some of them patterns; packed ones differ by their lengths."""
    lengths = row["lengths"]
    shape = f"{len(lengths)}x{lengths[0]}" if len(set(lengths)) == 1 else f"packed_{len(lengths)}_of_{sum(lengths)}"
    words = re.sub(r"[^A-Za-z0-9.]+", "_", row["case"]).strip("_")
    return f"prototype/{words}/{shape}"


def portable_problem(row):
    mask = "causal" if row["causal"] else "full"
    heads = dims(row["heads"], row["kv_heads"])
    return f"forward/{row['element']}/{row['dim']}/{mask}/{row['length']}/{row['batch']}x{heads}"


def name_of(row):
    if "case" in row:
        problem, family = case_name(row), "hopper_prototype"
    elif "element" in row:
        problem, family = portable_problem(row), "portable_prototype"
    else:
        problem, family = hopper_problem(row), "hopper_prototype"
    if row["name"] in PEERS:
        return f"{problem}/{PEERS[row['name']]}"
    return f"{problem}/{family}/{row['name']}"


def converted(row):
    benchmark = {
        "name": name_of(row) + "/manual_time",
        "run_type": "iteration",
        "repetitions": 1,
        "repetition_index": 0,
        "threads": 1,
        "iterations": row.get("rounds", 1),
        "real_time": row["ms"],
        "cpu_time": row["ms"],
        "time_unit": "ms",
        "label": "median",
        "TFLOP/s": row["tflops"],
        "fastest_ms": row.get("best", row.get("low")),
    }
    if "worst" in row:
        benchmark["slowest_ms"] = row["worst"]
    for key in ("mae", "rmse", "max_error", "registers", "local_bytes", "shared_bytes", "blocks_per_sm"):
        if key in row:
            benchmark[key] = row[key]
    if "lengths" in row and len(set(row["lengths"])) > 1:
        benchmark["label"] = f"median; lengths {row['lengths']}"
    return benchmark


def convert(path):
    rows = json.loads(path.read_text())
    if isinstance(rows, dict):
        return
    benchmarks = [converted(row) for row in rows]
    names = [benchmark["name"] for benchmark in benchmarks]
    repeated = {name for name in names if names.count(name) > 1}
    if repeated:
        sys.exit(f"{path}: two rows are called {sorted(repeated)[0]}")
    lines = ",\n".join(json.dumps(benchmark) for benchmark in benchmarks)
    path.write_text(f'{{"context": {json.dumps(CONTEXT, indent=1)},\n"benchmarks": [\n{lines}\n]}}\n')


for argument in sys.argv[1:]:
    convert(pathlib.Path(argument))
