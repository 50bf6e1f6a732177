"""Writes one source file per variant into the build folder: variants.py <folder>.

A variant's name says what it is: head dims, mask, tile, query stages, then what differs from the defaults.
"""
import pathlib
import sys

RIGHT = ".mask = MaskShape::kRight"
BAND = ".mask = MaskShape::kBand"


def variant(name, qk=128, v=None, element="kBfloat16", mask=None, m=128, n=128, q=1, k=2, vs=2,
            overlap=None, turns=None, rescale=None, dynamic=False, longest=False, blocks=1, direct=False, join=False, narrow=False, section=32):
    fields = [f".element = Element::{element}", f".qk_dim = {qk}", f".v_dim = {v or qk}"]
    fields += [mask] if mask else []
    fields += [f".block_m = {m}", f".block_n = {n}", f".q_stages = {q}", f".k_stages = {k}", f".v_stages = {vs}"]
    fields += [f".overlap = Overlap::{overlap}"] if overlap else []
    fields += [f".turns = Turns::{turns}"] if turns else []
    fields += [f".rescale = Rescale::{rescale}"] if rescale else []
    fields += [".scheduler = Scheduler::kDynamic"] if dynamic else []
    fields += [".order = TileOrder::kLongestFirst"] if longest else []
    fields += [".store = Store::kRegisters"] if direct else []
    fields += [".narrow_first = true"] if narrow else []
    fields += [".join_tiles = true"] if join else []
    fields += [f".blocks_per_sm = {blocks}"] if blocks != 1 else []
    return name, ", ".join(fields), section


SOFTMAX = dict(overlap="kNone", turns="kSoftmax")
LPT = dict(mask=RIGHT, dynamic=True, longest=True)

NONE = dict(overlap="kNone", turns="kNone")
FREE = dict(turns="kNone")


def both(name, **options):
    """Full, and causal longest first."""
    d, rest = name.split("_", 1)
    return [variant(f"{d}_full_{rest}", **options), variant(f"{d}_causal_{rest}", **options, **LPT)]


NARROW = dict(narrow=True)

B3 = dict(qk=64, m=64, blocks=3, turns="kNone")

VARIANTS = [
    # Head dim 128.
    *both("128_128x128_q2_j", q=2, join=True),
    variant("128_causal_128x128_q2_j_n", q=2, join=True, **NARROW, **LPT),
    *both("128_192x80_q2", m=192, n=80, q=2),
    variant("128_causal_192x80_q2_free_n", m=192, n=80, q=2, **NARROW, **FREE, **LPT),
    variant("128_causal_192x80_q2_n", m=192, n=80, q=2, **NARROW, **LPT),
    variant("128_causal_192x80_q2_n_s16", m=192, n=80, q=2, section=16, **NARROW, **LPT),
    variant("128_causal_192x80_q2_n_s24", m=192, n=80, q=2, section=24, **NARROW, **LPT),
    variant("128_causal_192x80_q2_n_s64", m=192, n=80, q=2, section=64, **NARROW, **LPT),
    variant("128_causal_192x80_q2_n_s9999", m=192, n=80, q=2, section=9999, **NARROW, **LPT),
    variant("128_causal_192x64_q2_k3_j_free", m=192, n=64, q=2, k=3, vs=3, join=True, **FREE, **LPT),
    # Head dim 64.
    *both("64_192x128_q2", qk=64, m=192, q=2),
    variant("64_full_192x128_q2_free", qk=64, m=192, q=2, **FREE),
    variant("64_full_192x128_q2_dynamic", qk=64, m=192, q=2, dynamic=True),
    variant("64_causal_192x128_q2_n", qk=64, m=192, q=2, **NARROW, **LPT),
    variant("64_causal_192x128_q2_n_s16", qk=64, m=192, q=2, section=16, **NARROW, **LPT),
    variant("64_causal_192x128_q2_n_s64", qk=64, m=192, q=2, section=64, **NARROW, **LPT),
    variant("64_full_128x48_q2_b2_j_free", qk=64, n=48, q=2, k=3, vs=3, blocks=2, join=True, turns="kNone"),
    variant("64_causal_128x48_q2_b2_n_free", qk=64, n=48, q=2, k=3, vs=3, blocks=2, turns="kNone", **NARROW, **LPT),
    variant("64_full_64x96_q2_b3", n=96, q=2, **B3),
    variant("64_full_64x80_q2_b3", n=80, q=2, **B3),
    variant("64_full_64x80_q2_b3_j", n=80, q=2, join=True, **B3),
    variant("64_causal_64x64_q2_b3", n=64, q=2, **B3, **LPT),
    variant("64_causal_64x80_q2_b3", n=80, q=2, **B3, **LPT),
    variant("64_full_64x128_q2_b2", qk=64, m=64, n=128, q=2, blocks=2, turns="kNone"),
    # Head dim 256.
    *both("256_128x80_d", qk=256, n=80, direct=True),
    variant("256_full_128x64_k3_d", qk=256, n=64, k=3, direct=True, **FREE),
    variant("256_causal_128x64_k3_d", qk=256, n=64, k=3, direct=True, **FREE, **LPT),
    variant("256_causal_128x64_k3_d_s17", qk=256, n=64, k=3, direct=True, section=17, **FREE, **LPT),
    variant("256_causal_128x64_k3_d_s64", qk=256, n=64, k=3, direct=True, section=64, **FREE, **LPT),
    variant("256_causal_128x64_k3_d_s9999", qk=256, n=64, k=3, direct=True, section=9999, **FREE, **LPT),
    variant("256_causal_128x80_d_s17", qk=256, n=80, direct=True, section=17, **LPT),
    variant("256_causal_128x80_d_s9999", qk=256, n=80, direct=True, section=9999, **LPT),
]

SOURCE = """#include "attention/cuda/hopper/prototype/launcher.h"
namespace attune::hopper {{
constexpr HopperForwardConfiguration kVariant{{{fields}}};
extern "C" __global__ void __launch_bounds__(Threads(kVariant), kVariant.blocks_per_sm)
    attune_{name}(const __grid_constant__ ForwardArguments arguments) {{
  HopperForward<kVariant>(arguments);
}}
static const bool registered =
    Register({{"{name}", kVariant, reinterpret_cast<const void*>(&attune_{name}),
              static_cast<int>(sizeof(ForwardShared<kVariant>)), {section}}});
static_assert(sizeof(ForwardShared<kVariant>) <= 227 * 1024);
}}
"""


def main():
    folder = pathlib.Path(sys.argv[1])
    wanted = set()
    for name, fields, section in VARIANTS:
        path = folder / f"{name}.cu"
        wanted.add(path.name)
        text = SOURCE.format(name=name, fields=fields, section=section)
        if not path.exists() or path.read_text() != text:
            path.write_text(text)
    for path in folder.glob("*.cu"):
        if path.name not in wanted:
            path.unlink()


main()
