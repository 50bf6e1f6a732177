"""Times variants against cuDNN in one process: timing.py <library> <names of variants that passed the check> <out.json>.

Interleaved rounds, CUDA events, L2 flushed before every sample, medians. 16k tokens, hidden size 2048, bf16.
"""
import collections
import ctypes
import json
import statistics
import sys
import time

import torch
from torch.nn.attention import SDPBackend, sdpa_kernel
import torch.nn.functional as F

from features import load, plain_problem


def main():
    lib = load(sys.argv[1])
    passed = set(open(sys.argv[2]).read().split())
    deadline = time.time() + float(sys.argv[4])
    torch.manual_seed(1)
    flush = torch.empty(128 << 20, dtype=torch.uint8, device="cuda")
    stream = torch.cuda.current_stream().cuda_stream
    groups = collections.defaultdict(list)
    for i in range(lib.attune_variant_count()):
        name = lib.attune_variant_name(i).decode()
        get = lambda f: lib.attune_variant_field(i, f.encode())
        if name in passed and get("mask") < 2 and not get("packed") and not get("modifier") and not get("user_mask"):
            groups[(get("qk_dim"), get("v_dim"), get("mask"), get("element"))].append((i, name))

    rows = []
    main_points = [(128, 128, 0), (128, 128, 1), (64, 64, 0), (64, 64, 1), (256, 256, 0), (256, 256, 1)]
    points = [(p, s) for p in main_points for s in (512, 1024, 2048, 4096, 8192, 16384)]
    points += [(g[:3], s) for g in sorted(groups) for s in (1024, 4096, 8192) if g[:3] not in main_points and g[3] == 0]
    last = None
    for (qk, v, causal), s in points:
        if time.time() > deadline:
            print("out of time")
            break
        heads, batch = 2048 // v if qk == v else 16, 16384 // s
        q, k = (torch.randn(batch, s, heads, qk, device="cuda", dtype=torch.bfloat16) for _ in range(2))
        val = torch.randn(batch, s, heads, v, device="cuda", dtype=torch.bfloat16)
        lse = torch.empty(batch, heads, s, device="cuda")
        flops = 2 * batch * heads * s * s * (qk + v) / (2 if causal else 1)
        runs, plans, outs = {}, [], {}
        for i, name in groups[(qk, v, causal, 0)]:
            out = torch.full((batch, s, heads, v), float("nan"), device="cuda", dtype=torch.bfloat16)
            problem = plain_problem(q, k, val, out, lse)
            plan = lib.attune_prepare(i, ctypes.byref(problem))
            if not plan:
                continue
            plans.append(plan)
            outs[name] = out
            runs[name] = lambda plan=plan: lib.attune_run(plan, stream)
        reference = None
        qt, kt, vt = (x.transpose(1, 2) for x in (q, k, val))
        def cudnn():
            with sdpa_kernel(SDPBackend.CUDNN_ATTENTION):
                return F.scaled_dot_product_attention(qt, kt, vt, is_causal=bool(causal))
        try:
            reference = cudnn().transpose(1, 2).float()
            runs["cudnn"] = cudnn
        except RuntimeError as error:
            print("cudnn:", str(error)[:100])
        for run in runs.values():
            run()
        torch.cuda.synchronize()
        wrong = []
        if reference is not None:
            scale = reference.norm()
            for name, out in outs.items():
                error = ((out.float() - reference).norm() / scale).item()
                if not error < 1e-2:
                    wrong.append((name, error))
        rounds = 9 if s >= 8192 else 15
        samples = {name: [] for name in runs}
        for r in range(rounds):
            for name, run in runs.items():
                flush.zero_()
                a, b = (torch.cuda.Event(enable_timing=True) for _ in range(2))
                a.record()
                run()
                b.record()
                samples[name].append((a, b))
        torch.cuda.synchronize()
        tflops = {}
        for name, pairs in samples.items():
            times = sorted(a.elapsed_time(b) for a, b in pairs)
            ms = statistics.median(times)
            tflops[name] = flops / ms / 1e9
            rows.append(dict(name=name, qk=qk, v=v, causal=causal, s=s, ms=ms, best=times[0], worst=times[-1],
                             tflops=tflops[name]))
        if (qk, v, causal) != last:
            print(f"== {qk}/{v} {'causal' if causal else 'full'}")
            last = (qk, v, causal)
        ours = sorted(((t, n) for n, t in tflops.items() if n != "cudnn"), reverse=True)
        print(f"S={s:5d} cudnn {tflops.get('cudnn', 0):4.0f} | " +
              " ".join(f"{n.split('_', 2)[2]}={t:.0f}" for t, n in ours), flush=True)
        if wrong:
            print("   WRONG:", wrong, flush=True)
        for plan in plans:
            lib.attune_destroy(plan)
        json.dump(rows, open(sys.argv[3], "w"))
        del q, k, val, outs, runs, reference, qt, kt, vt, lse
        torch.cuda.empty_cache()


if __name__ == "__main__":
    main()
