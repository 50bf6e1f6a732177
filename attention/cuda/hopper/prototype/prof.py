"""Runs one variant once, for a profiler: prof.py <library> <variant> <length>. 16k tokens, hidden size 2048."""
import ctypes
import sys

import torch

sys.argv, args = sys.argv[:1], sys.argv[1:]
from features import load, plain_problem

lib = load(args[0])
s = int(args[2])
names = [lib.attune_variant_name(i).decode() for i in range(lib.attune_variant_count())]
i = names.index(args[1])
qk, v = (lib.attune_variant_field(i, f) for f in (b"qk_dim", b"v_dim"))
heads, batch = 2048 // v, 16384 // s
q, k = (torch.randn(batch, s, heads, qk, device="cuda", dtype=torch.bfloat16) for _ in range(2))
val, out = (torch.randn(batch, s, heads, v, device="cuda", dtype=torch.bfloat16) for _ in range(2))
lse = torch.empty(batch, heads, s, device="cuda")
problem = plain_problem(q, k, val, out, lse)
plan = lib.attune_prepare(i, ctypes.byref(problem))
for _ in range(3):
    lib.attune_run(plan, 0)
torch.cuda.synchronize()
