"""Runs variants once each, for a profiler: prof.py <library> <variant>:<length> ... 16k tokens, hidden size 2048."""
import sys

sys.argv, args = sys.argv[:1], sys.argv[1:]
from features import Lengths, Runner, load
import torch

lib = load(args[0])
names = [lib.attune_variant_name(i).decode() for i in range(lib.attune_variant_count())]
for item in args[1:]:
    name, length = item.split(":")
    runner = Runner(lib, names.index(name), name, Lengths([int(length)] * (16384 // int(length))))
    runner.run()
    torch.cuda.synchronize()
    runner.close()
