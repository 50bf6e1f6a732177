"""Writes one source file per variant into the build folder: variants.py <folder>.

A variant's name says what it is: head dims, mask, tile, query stages, then what differs from the defaults.
"""
import pathlib
import sys

RIGHT = ".mask = MaskShape::kRight"
BAND = ".mask = MaskShape::kBand"


def variant(name, qk=128, v=None, element="kBfloat16", mask=None, m=128, n=128, q=1, k=2, vs=2,
            overlap=None, turns=None, rescale=None, dynamic=False, longest=False, join=False, blocks=1):
    fields = [f".element = Element::{element}", f".qk_dim = {qk}", f".v_dim = {v or qk}"]
    fields += [mask] if mask else []
    fields += [f".block_m = {m}", f".block_n = {n}", f".q_stages = {q}", f".k_stages = {k}", f".v_stages = {vs}"]
    fields += [f".overlap = Overlap::{overlap}"] if overlap else []
    fields += [f".turns = Turns::{turns}"] if turns else []
    fields += [f".rescale = Rescale::{rescale}"] if rescale else []
    fields += [".scheduler = Scheduler::kDynamic"] if dynamic else []
    fields += [".order = TileOrder::kLongestFirst"] if longest else []
    fields += [".join_tiles = true"] if join else []
    fields += [f".blocks_per_sm = {blocks}"] if blocks != 1 else []
    return name, ", ".join(fields)


SOFTMAX = dict(overlap="kNone", turns="kSoftmax")
LPT = dict(mask=RIGHT, dynamic=True, longest=True)

VARIANTS = [
    # Head dim 128.
    variant("128_full_128x176", n=176),
    variant("128_full_128x176_always", n=176, rescale="kAlways"),
    variant("128_full_128x176_noturns", n=176, turns="kNone"),
    variant("128_full_128x176_dynamic", n=176, dynamic=True),
    variant("128_full_128x160_q2", n=160, q=2),
    variant("128_full_128x160_q2_join", n=160, q=2, join=True),
    variant("128_full_128x160_q2_join_noturns", n=160, q=2, join=True, turns="kNone"),
    variant("128_full_128x128_q2", q=2),
    variant("128_full_128x128_q2_join", q=2, join=True),
    variant("128_full_128x128_q2_join_softmax", q=2, join=True, **SOFTMAX),
    variant("128_full_128x128_q2_join_none", q=2, join=True, overlap="kNone", turns="kNone"),
    variant("128_full_192x80", m=192, n=80),
    variant("128_full_192x80_none", m=192, n=80, overlap="kNone", turns="kNone"),
    variant("128_causal_128x128_static", mask=RIGHT),
    variant("128_causal_128x128_lpt", **LPT),
    variant("128_causal_128x128_lpt_noturns", turns="kNone", **LPT),
    variant("128_causal_128x128_q2_lpt", q=2, **LPT),
    variant("128_causal_128x128_q2_join_static_longest", mask=RIGHT, q=2, join=True, longest=True),
    variant("128_causal_128x128_q2_join_lpt", q=2, join=True, **LPT),
    variant("128_causal_128x128_q2_join_lpt_softmax", q=2, join=True, **SOFTMAX, **LPT),
    variant("128_causal_128x96_q2_join_lpt", n=96, q=2, join=True, **LPT),
    variant("128_causal_128x160_q2_join_lpt", n=160, q=2, join=True, **LPT),
    variant("128_causal_128x176_lpt", n=176, **LPT),
    variant("128_causal_192x80_lpt", m=192, n=80, **LPT),
    # Head dim 64.
    variant("64_full_192x128_q2", qk=64, m=192, q=2),
    variant("64_full_192x128_q2_join", qk=64, m=192, q=2, join=True),
    variant("64_full_192x128_q2_join_noturns", qk=64, m=192, q=2, join=True, turns="kNone"),
    variant("64_full_192x128_q2_join_softmax", qk=64, m=192, q=2, join=True, **SOFTMAX),
    variant("64_full_192x128_q2_join_none", qk=64, m=192, q=2, join=True, overlap="kNone", turns="kNone"),
    variant("64_full_192x96_q2_join", qk=64, m=192, n=96, q=2, k=3, vs=3, join=True),
    variant("64_full_128x128_q2_join", qk=64, q=2, join=True),
    variant("64_full_128x160_q2_join", qk=64, n=160, q=2, join=True),
    variant("64_full_128x192_q2_join", qk=64, n=192, q=2, join=True),
    variant("64_full_128x192_q2_join_noturns", qk=64, n=192, q=2, join=True, turns="kNone"),
    variant("64_causal_192x128_q2_lpt", qk=64, m=192, q=2, **LPT),
    variant("64_causal_192x128_q2_join_lpt", qk=64, m=192, q=2, join=True, **LPT),
    variant("64_causal_192x128_q2_join_lpt_none", qk=64, m=192, q=2, join=True, overlap="kNone", turns="kNone", **LPT),
    variant("64_causal_192x96_q2_join_lpt", qk=64, m=192, n=96, q=2, join=True, **LPT),
    variant("64_causal_128x128_q2_join_lpt", qk=64, q=2, join=True, **LPT),
    variant("64_causal_128x160_q2_join_lpt", qk=64, n=160, q=2, join=True, **LPT),
    variant("64_causal_128x192_q2_join_lpt", qk=64, n=192, q=2, join=True, **LPT),
    # Head dim 256.
    variant("256_full_128x80", qk=256, n=80),
    variant("256_full_128x80_noturns", qk=256, n=80, turns="kNone"),
    variant("256_full_128x80_softmax", qk=256, n=80, **SOFTMAX),
    variant("256_full_128x96_v1", qk=256, n=96, vs=1),
    variant("256_full_128x64_noturns_k3", qk=256, n=64, k=3, turns="kNone"),
    variant("256_causal_128x80_static", qk=256, n=80, mask=RIGHT),
    variant("256_causal_128x80_lpt", qk=256, n=80, **LPT),
    variant("256_causal_128x80_lpt_noturns", qk=256, n=80, turns="kNone", **LPT),
    variant("256_causal_128x64_lpt", qk=256, n=64, **LPT),
    # Other head dims, element types and masks: one or two each, for correctness first.
    variant("80_full_128x176", qk=80, n=176),
    variant("96_full_192x128", qk=96, m=192, n=80, q=2),
    variant("96_causal_128x128_lpt", qk=96, q=2, join=True, **LPT),
    variant("112_full_128x160", qk=112, n=160, q=2),
    variant("160_full_128x112", qk=160, n=112),
    variant("192_full_128x112", qk=192, n=112),
    variant("192_128_full_128x128", qk=192, v=128),
    variant("192_128_causal_128x128_lpt", qk=192, v=128, **LPT),
    variant("128_half_full_128x160_q2_join", element="kHalf", n=160, q=2, join=True),
    variant("128_half_causal_128x128_q2_join_lpt", element="kHalf", q=2, join=True, **LPT),
    variant("128_band_128x128_q2_join_lpt", q=2, join=True, **{**LPT, "mask": BAND}),
    variant("64_band_192x128_q2_static", qk=64, m=192, q=2, mask=BAND),
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
              static_cast<int>(sizeof(ForwardShared<kVariant>))}});
static_assert(sizeof(ForwardShared<kVariant>) <= 227 * 1024);
}}
"""


def main():
    folder = pathlib.Path(sys.argv[1])
    wanted = set()
    for name, fields in VARIANTS:
        path = folder / f"{name}.cu"
        wanted.add(path.name)
        text = SOURCE.format(name=name, fields=fields)
        if not path.exists() or path.read_text() != text:
            path.write_text(text)
    for path in folder.glob("*.cu"):
        if path.name not in wanted:
            path.unlink()


main()
