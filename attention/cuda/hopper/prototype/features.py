"""Times what is more than plain attention against the plain variants: features.py <library> <passed> <out.json> <seconds>.

<passed>: names of variants that passed the check. Every line is one group of variants, interleaved in one process, CUDA
events, L2 flushed before every sample, medians of 25 rounds. 16k tokens, hidden size 2048.
"""
import ctypes
import json
import math
import random
import statistics
import sys
import time

import torch


class Problem(ctypes.Structure):
    _fields_ = [(n, ctypes.c_void_p) for n in (
        "query", "key", "value", "out", "lse", "cumulative_q", "cumulative_k", "slopes", "bias")] + [
        (n, ctypes.c_int) for n in ("batch", "q_heads", "kv_heads", "q_len", "kv_len", "total_q", "total_kv",
                                    "heads_outermost", "left", "right", "offset")] + [
        (n, ctypes.c_float) for n in ("scale", "soft_cap")]


ROUNDS = 25
WINDOW = 1024


def load(path):
    lib = ctypes.CDLL(path)
    lib.attune_variant_name.restype = ctypes.c_char_p
    lib.attune_variant_field.argtypes = [ctypes.c_int, ctypes.c_char_p]
    lib.attune_prepare.restype = ctypes.c_void_p
    lib.attune_prepare.argtypes = [ctypes.c_int, ctypes.POINTER(Problem)]
    lib.attune_run.argtypes = [ctypes.c_void_p, ctypes.c_void_p]
    lib.attune_destroy.argtypes = [ctypes.c_void_p]
    assert lib.attune_variant_field(0, b"problem_bytes") == ctypes.sizeof(Problem)
    return lib


def plain_problem(query, key, value, out, lse):
    """Of tensors [batch, length, heads, dim]; the bounds are a causal mask's."""
    batch, length, heads, dim = query.shape
    problem = Problem(*[t.data_ptr() for t in (query, key, value, out, lse)])
    problem.batch, problem.q_heads, problem.kv_heads = batch, heads, key.shape[2]
    problem.q_len, problem.kv_len = length, key.shape[1]
    problem.scale = 1 / math.sqrt(dim)
    return problem


def pairs(q_len, mask, window):
    """Scores that one sequence needs."""
    if mask == 0:
        return q_len * q_len
    if mask == 1:
        return q_len * (q_len + 1) // 2
    w = min(window, q_len)
    return w * (w + 1) // 2 + (q_len - w) * w


class Lengths:
    """A batch: its sequences' lengths, and their cumulative sums on the device."""

    def __init__(self, lengths):
        self.lengths = lengths
        sums = [0]
        for n in lengths:
            sums.append(sums[-1] + n)
        self.total = sums[-1]
        self.cumulative = torch.tensor(sums, dtype=torch.int32, device="cuda")


class Runner:
    """One variant on one batch; packed or not, the same tokens."""

    def __init__(self, lib, index, name, lengths, window=WINDOW):
        get = lambda f: lib.attune_variant_field(index, f.encode())
        self.lib, self.name = lib, name
        qk, v, mask, packed = get("qk_dim"), get("v_dim"), get("mask"), get("packed")
        dtype = torch.float16 if get("element") else torch.bfloat16
        heads = max(1, 2048 // v)
        n = lengths.total
        self.tensors = [torch.randn(n, heads, d, device="cuda", dtype=dtype) for d in (qk, qk, v, v)]
        self.lse = torch.empty(n * heads, device="cuda")
        self.slopes = torch.tensor([2.0 ** (-8 * (h + 1) / heads) for h in range(heads)], device="cuda")
        self.lengths = lengths
        longest = max(lengths.lengths)
        assert packed or len(set(lengths.lengths)) == 1
        problem = Problem(*[t.data_ptr() for t in self.tensors], self.lse.data_ptr(),
                          *[lengths.cumulative.data_ptr()] * 2, self.slopes.data_ptr(), self.slopes.data_ptr(),
                          len(lengths.lengths), heads, heads, longest, longest, n, n, 0, window - 1, 0, 0,
                          1 / math.sqrt(qk), 50.0)
        self.plan = lib.attune_prepare(index, ctypes.byref(problem))
        assert self.plan
        self.flops = 2 * heads * (qk + v) * sum(pairs(s, mask, window) for s in lengths.lengths)

    def run(self):
        self.lib.attune_run(self.plan, torch.cuda.current_stream().cuda_stream)

    def close(self):
        self.lib.attune_destroy(self.plan)


def time_group(runners):
    flush = torch.empty(128 << 20, dtype=torch.uint8, device="cuda")
    for r in runners:
        r.run()
    torch.cuda.synchronize()
    samples = [[] for _ in runners]
    for _ in range(ROUNDS):
        for r, s in zip(runners, samples):
            flush.zero_()
            a, b = (torch.cuda.Event(enable_timing=True) for _ in range(2))
            a.record()
            r.run()
            b.record()
            s.append((a, b))
    torch.cuda.synchronize()
    return [sorted(a.elapsed_time(b) for a, b in s) for s in samples]


def main():
    lib = load(sys.argv[1])
    passed = set(open(sys.argv[2]).read().split())
    deadline = time.time() + float(sys.argv[4])
    torch.manual_seed(1)
    index = {lib.attune_variant_name(i).decode(): i for i in range(lib.attune_variant_count())}
    random.seed(20261122)
    drawn = []
    while sum(drawn) < 16384:
        drawn.append(min(random.randint(128, 4096), max(128, 16384 - sum(drawn))))
    many = [random.randint(128, 4096) for _ in range(32)]
    tokens = Lengths(drawn)
    equal = lambda s: Lengths([s] * (16384 // s))
    mean = lambda l: Lengths([sum(l) // len(l) // 8 * 8] * len(l))
    cases = []  # title, name prefix of a group, batch for plain variants, batch for packed ones
    for d in ("64", "128", "256"):
        for m in ("full", "causal"):
            cases.append((f"{d} {m} 4096", f"{d}_{m}_", equal(4096), None))
    cases.append(("128 window 1024 of 16384", ("128_band_", "128_causal_", "128_full_"), equal(16384), None))
    cases.append(("64 window 1024 of 16384", ("64_band_", "64_causal_", "64_full_"), equal(16384), None))
    for d in ("64", "128", "256"):
        for m in ("full", "causal"):
            cases.append((f"{d} {m} packed {len(drawn)} sequences", f"{d}_{m}_", mean(drawn), tokens))
    for m in ("full", "causal"):
        cases.append((f"128 {m} packed {len(many)} sequences", f"128_{m}_", mean(many), Lengths(many)))
    cases.append(("fp16 4096", ("128_half_", "128_causal_192x80", "128_full_192x80"), equal(4096), None))
    for d in ("40", "72", "80", "96", "112", "160", "192", "192_128"):
        cases.append((f"{d} 4096", tuple(f"{d}_{m}_" for m in ("full", "causal")), equal(4096), None))
    rows = []
    print("lengths", drawn)
    for title, prefix, plain, packed in cases:
        if time.time() > deadline:
            print("out of time")
            break
        runners = []
        for name in sorted(index):
            is_packed = "_packed_" in name
            if name not in passed or not name.startswith(prefix) or is_packed != (packed is not None) and is_packed:
                continue
            if packed is not None and not is_packed and any(
                    m in name for m in ("softcap", "alibi", "user", "scaled")):
                continue
            runners.append(Runner(lib, index[name], name, packed if is_packed else plain))
        if not runners:
            continue
        times = time_group(runners)
        line = []
        for r, t in zip(runners, times):
            ms = statistics.median(t)
            tflops = r.flops / ms / 1e9
            rows.append(dict(case=title, name=r.name, lengths=r.lengths.lengths, ms=ms, best=t[0], worst=t[-1],
                             tflops=tflops))
            line.append((tflops, r.name.split("_", 1)[1]))
            r.close()
        print(f"== {title}: " + " ".join(f"{n}={t:.0f}" for t, n in sorted(line, reverse=True)), flush=True)
        json.dump(rows, open(sys.argv[3], "w"), indent=0)
        del runners
        torch.cuda.empty_cache()


if __name__ == "__main__":
    main()
