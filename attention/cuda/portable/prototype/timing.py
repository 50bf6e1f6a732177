"""Times variants interleaved with PyTorch's SDPA backends; checks each against the others first.

timing.py DIRECTORY [seconds budget] [workload substring]

Writes DIRECTORY/portable_times.json, prints a short table.
"""
import ctypes, json, math, os, statistics, sys, time

import torch
import torch.nn.functional as F
from torch.nn.attention import SDPBackend, sdpa_kernel

HERE = os.path.dirname(os.path.abspath(__file__))
BUILD = os.path.join(HERE, "build")
LIB = ctypes.CDLL(os.path.join(BUILD, "libportable.so"))
LIB.variant_name.restype = ctypes.c_char_p
LIB.launch.argtypes = [ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p]
UNBOUNDED = 1 << 22


class Strides(ctypes.Structure):
    _fields_ = [(n, ctypes.c_longlong) for n in ("batch", "head", "length")]


class Parameters(ctypes.Structure):
    _fields_ = [(n, ctypes.c_void_p) for n in ("query", "key", "value", "out")] + \
        [(n, Strides) for n in ("query_strides", "key_strides", "value_strides", "out_strides")] + \
        [("log_sum_exp", ctypes.c_void_p), ("log_sum_exp_batch_stride", ctypes.c_longlong),
         ("log_sum_exp_head_stride", ctypes.c_longlong), ("cumulative_query_lengths", ctypes.c_void_p),
         ("cumulative_key_lengths", ctypes.c_void_p)] + \
        [(n, ctypes.c_int) for n in ("q_len", "kv_len", "q_heads", "group", "q_blocks", "heads",
                                     "heads_per_section", "left", "right", "bottom_right")] + \
        [(n, ctypes.c_float) for n in ("scale", "scale_log2", "soft_cap")] + \
        [("alibi_slopes", ctypes.c_void_p), ("buffers", ctypes.c_void_p * 8)]


assert ctypes.sizeof(Parameters) == LIB.parameters_bytes()

# element, head dim, length, batch, heads, kv heads, causal
WORKLOADS = [
    ("bf16", 128, 4096, 4, 16, 16, 0), ("bf16", 128, 4096, 4, 16, 16, 1),
    ("bf16", 64, 4096, 4, 32, 32, 0), ("bf16", 64, 4096, 4, 32, 32, 1),
    ("fp32", 64, 2048, 4, 32, 32, 1), ("fp32", 64, 2048, 4, 32, 32, 0),
    ("bf16", 128, 1024, 16, 16, 16, 1), ("bf16", 128, 16384, 1, 16, 16, 1),
    ("bf16", 128, 8192, 1, 32, 8, 1), ("fp16", 128, 4096, 4, 16, 16, 0),
    ("bf16", 256, 4096, 4, 8, 8, 1), ("fp32", 128, 2048, 4, 16, 16, 1),
]
DTYPES = {"bf16": torch.bfloat16, "fp16": torch.float16, "fp32": torch.float32}


def strides(x):  # [batch, length, head, dim]
    return Strides(x.stride(0), x.stride(2), x.stride(1))


def main():
    budget = float(sys.argv[2]) if len(sys.argv) > 2 else 100
    pattern = sys.argv[3] if len(sys.argv) > 3 else ""
    torch.manual_seed(1)
    torch.backends.cuda.matmul.allow_tf32 = False
    names = [LIB.variant_name(i).decode() for i in range(LIB.load(BUILD.encode()))]
    flush = torch.empty(64 << 20, dtype=torch.float32, device="cuda")
    l2 = torch.cuda.get_device_properties(0).L2_cache_size
    workloads = [w for w in WORKLOADS if pattern in "{}_{}_{}".format(*w[:3])]
    rows = []
    stream = torch.cuda.current_stream().cuda_stream
    start = time.time()
    for index, (element, dim, length, batch, heads, kv_heads, causal) in enumerate(workloads):
        deadline = time.time() + (budget - (time.time() - start)) / (len(workloads) - index)
        make = lambda h: torch.randn(batch, length, h, dim, device="cuda", dtype=DTYPES[element])
        q, k, v = make(heads), make(kv_heads), make(kv_heads)
        out = torch.empty_like(q)
        lse = torch.empty(batch, heads, length, device="cuda")
        p = Parameters(query=q.data_ptr(), key=k.data_ptr(), value=v.data_ptr(), out=out.data_ptr(),
                       query_strides=strides(q), key_strides=strides(k), value_strides=strides(v),
                       out_strides=strides(out), log_sum_exp=lse.data_ptr(),
                       log_sum_exp_batch_stride=heads * length, log_sum_exp_head_stride=length,
                       q_len=length, kv_len=length, q_heads=heads, group=heads // kv_heads,
                       heads=batch * heads, left=UNBOUNDED, right=0 if causal else UNBOUNDED, bottom_right=1,
                       scale=dim ** -0.5, scale_log2=dim ** -0.5 * math.log2(math.e))
        kv_bytes = 2 * length * dim * q.element_size()
        p.heads_per_section = max(heads // kv_heads, min(batch * heads, l2 // 2 // kv_bytes * (heads // kv_heads)))
        flops = 4 * batch * heads * length * length * dim / (2 if causal else 1)
        # fp64 of the first head of the last batch
        qd, kd, vd = (x[-1, :, 0].double() for x in (q, k, v))
        s = qd @ kd.T * dim ** -0.5
        if causal:
            s.masked_fill_(torch.triu(torch.ones_like(s, dtype=torch.bool), 1), -math.inf)
        reference = torch.softmax(s, 1) @ vd
        del s
        rivals = {}
        t = [x.transpose(1, 2) for x in (q, k, v)]
        for backend in (SDPBackend.FLASH_ATTENTION, SDPBackend.CUDNN_ATTENTION, SDPBackend.EFFICIENT_ATTENTION):
            def run(backend=backend):
                with sdpa_kernel(backend):
                    return F.scaled_dot_product_attention(*t, is_causal=bool(causal), enable_gqa=kv_heads != heads)
            try:
                got = run()[-1, 0].double()
                torch.cuda.synchronize()
            except RuntimeError:
                continue
            rivals[backend.name] = (run, got)
        for i, n in enumerate(names):
            if not n.startswith(f"{element}_d{dim}x{dim}_") or "_v" in n or n[-1] not in "01":
                continue
            if "l1o" in n and not causal:
                continue
            def run(i=i):
                error = LIB.launch(i, ctypes.addressof(p), stream)
                assert error == 0, f"{names[i]}: CUDA error {error}"
            out.fill_(math.nan)
            run()
            torch.cuda.synchronize()
            rivals[n] = (run, out[-1, :, 0].double())
        samples = {n: [] for n in rivals}
        rounds = 0
        while rounds < 3 or (time.time() < deadline and rounds < 40):
            for n, (run, _) in rivals.items():
                if rounds >= 5 and statistics.median(samples[n]) > 1.6 * best:
                    continue
                # Twice: long enough that the host has enqueued the launch before the first event.
                flush.zero_()
                flush.zero_()
                begin, end = torch.cuda.Event(enable_timing=True), torch.cuda.Event(enable_timing=True)
                begin.record()
                run()
                end.record()
                end.synchronize()
                if rounds or n in samples:
                    samples[n].append(begin.elapsed_time(end))
            rounds += 1
            best = min(statistics.median(x) for x in samples.values())
        for n, (_, got) in rivals.items():
            e = (got - reference).abs()
            row = dict(element=element, dim=dim, length=length, batch=batch, heads=heads, kv_heads=kv_heads,
                       causal=causal, name=n, ms=statistics.median(samples[n]), low=min(samples[n]),
                       rounds=len(samples[n]), mae=e.mean().item(), rmse=e.pow(2).mean().sqrt().item(),
                       max_error=e.max().item())
            row["tflops"] = flops / row["ms"] / 1e9
            if n in names:
                a = (ctypes.c_int * 4)()
                LIB.attributes(names.index(n), a)
                row.update(registers=a[0], local_bytes=a[1], shared_bytes=a[2], blocks_per_sm=a[3])
            rows.append(row)
        json.dump(rows, open(os.path.join(sys.argv[1], "portable_times.json"), "w"), indent=1)
        mine = sorted((r for r in rows[-len(rivals):]), key=lambda r: r["ms"])
        print(f"{element} d{dim} len{length} b{batch} h{heads}/{kv_heads} causal={causal}")
        shown = 0
        for r in mine:
            if r["name"] in names:
                shown += 1
                if shown > 5:
                    continue
            print(f"  {r['tflops']:6.1f} {r['ms']:.4f}ms mae {r['mae']:.1e} max {r['max_error']:.1e} "
                  f"{r['name']} {r.get('registers', '')} {r.get('blocks_per_sm', '')}")
        sys.stdout.flush()


main()
