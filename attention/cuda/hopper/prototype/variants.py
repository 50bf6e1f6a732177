"""Writes one source file per variant into the build folder: variants.py <folder> [regular expression of names].

A variant's name says what it is: head dims, mask, tile, query stages, then what differs from the defaults.
"""
import pathlib
import re
import sys

RIGHT = ".mask = MaskShape::kRight"
BAND = ".mask = MaskShape::kBand"


def variant(name, qk=128, v=None, element="kBfloat16", mask=None, m=128, n=128, q=1, k=2, vs=2,
            overlap=None, turns=None, rescale=None, dynamic=False, longest=False, blocks=1, direct=False,
            join=False, narrow=False, section=32, packed=False, modifier="identity", user_mask=False,
            last=False, integer=False, cluster=1, positions=False):
    fields = [f".element = Element::{element}", f".qk_dim = {qk}", f".v_dim = {v or qk}"]
    fields += [mask] if mask else []
    fields += [".packed = true"] if packed else []
    fields += [f".block_m = {m}", f".block_n = {n}", f".q_stages = {q}", f".k_stages = {k}", f".v_stages = {vs}"]
    fields += [f".overlap = Overlap::{overlap}"] if overlap else []
    fields += [f".turns = Turns::{turns}"] if turns else []
    fields += [f".rescale = Rescale::{rescale}"] if rescale else []
    fields += [".row_maximum = RowMaximum::kInteger"] if integer else []
    fields += [".scheduler = Scheduler::kDynamic"] if dynamic else []
    fields += [".order = TileOrder::kLongestFirst"] if longest else []
    fields += [".store = Store::kRegisters"] if direct else []
    fields += [".narrow_first = true"] if narrow else []
    fields += [".narrow_last = true"] if last else []
    fields += [".join_tiles = true"] if join else []
    fields += [f".blocks_per_sm = {blocks}"] if blocks != 1 else []
    fields += [f".cluster = {cluster}"] if cluster != 1 else []
    fields += [".position_product = true"] if positions else []
    return name, ", ".join(fields), section, modifier, user_mask


SOFTMAX = dict(overlap="kNone", turns="kSoftmax")
LPT = dict(mask=RIGHT, dynamic=True, longest=True)

NONE = dict(overlap="kNone", turns="kNone")
FREE = dict(turns="kNone")


def both(name, **options):
    """Full, and causal longest first."""
    d, rest = name.split("_", 1)
    return [variant(f"{d}_full_{rest}", **options), variant(f"{d}_causal_{rest}", **options, **LPT)]


NARROW = dict(narrow=True)

DYNAMIC = dict(dynamic=True)


def sections(name, sizes, **options):
    """Causal, longest first, with sections of these MiB."""
    return [variant(f"{name}_s{size}", section=size, **options, **LPT) for size in sizes]


PAIR = dict(cluster=2)
ALIBI = dict(modifier="alibi", positions=True)

BLPT = dict(mask=BAND, dynamic=True, longest=True, section=9999)

VARIANTS = [
    variant("256_full_128x80_d", qk=256, n=80, direct=True),
    variant("256_full_128x80_d_c2", qk=256, n=80, direct=True, **PAIR),
    variant("256_full_128x80_d_free_c2", qk=256, n=80, direct=True, **FREE, **PAIR),
    variant("256_full_128x64_k3_d_free_c2", qk=256, n=64, k=3, direct=True, **FREE, **PAIR),
    variant("128_full_192x80_q2", m=192, n=80, q=2),
    variant("128_full_192x80_q2_c2", m=192, n=80, q=2, **PAIR),
    variant("128_full_192x80_q2_k3_c2", m=192, n=80, q=2, k=3, vs=2, **PAIR),
    variant("128_full_128x128_q2_j", q=2, join=True),
    variant("128_full_128x128_q2_j_c2", q=2, join=True, **PAIR),
    variant("192_128_full_128x128_d_j", qk=192, v=128, direct=True, join=True),
    variant("192_128_full_128x128_d_j_c2", qk=192, v=128, direct=True, join=True, **PAIR),
    variant("64_full_192x128_q2_i_dynamic", qk=64, m=192, q=2, integer=True, **DYNAMIC),
    variant("64_full_192x128_q2_i_free_c2", qk=64, m=192, q=2, integer=True, **FREE, **PAIR),
    variant("64_full_192x128_q2_i_dynamic_palibi", qk=64, m=192, q=2, integer=True, **DYNAMIC, **ALIBI),
    variant("64_full_192x128_q2_dynamic_modest", qk=64, m=192, q=2, modifier="modestcap", **DYNAMIC),
    variant("64_full_192x112_q2_dynamic_modest", qk=64, m=192, n=112, q=2, modifier="modestcap", **DYNAMIC),
    variant("128_full_192x80_q2_palibi", m=192, n=80, q=2, **ALIBI),
    variant("128_full_192x80_q2_i_palibi", m=192, n=80, q=2, integer=True, **ALIBI),
    variant("128_full_192x80_q2_free_dynamic_i_palibi", m=192, n=80, q=2, integer=True, **DYNAMIC, **FREE, **ALIBI),
    variant("128_half_full_192x80_q2_palibi", element="kHalf", m=192, n=80, q=2, **ALIBI),
    variant("128_full_192x80_q2_modest", m=192, n=80, q=2, modifier="modestcap"),
    variant("256_full_128x80_d_palibi", qk=256, n=80, direct=True, **ALIBI),
    variant("256_full_128x80_d_modest", qk=256, n=80, direct=True, modifier="modestcap"),
    *sections("64_causal_192x128_q2_i_n", (32,), qk=64, m=192, q=2, integer=True, **NARROW),
    variant("64_causal_192x128_q2_free_modest", qk=64, m=192, q=2, modifier="modestcap", **FREE, **LPT),
    variant("64_causal_192x112_q2_free_modest", qk=64, m=192, n=112, q=2, modifier="modestcap", **FREE, **LPT),
    variant("64_causal_192x128_q2_i_palibi", qk=64, m=192, q=2, integer=True, **ALIBI, **LPT),
    *sections("128_causal_192x80_q2_free_i_n", (32, 64), m=192, n=80, q=2, integer=True, **NARROW, **FREE),
    *sections("128_causal_192x80_q2_free_n_modest", (32, 64), m=192, n=80, q=2, modifier="modestcap", **NARROW, **FREE),
    *sections("128_causal_192x80_q2_free_i_palibi", (32, 64), m=192, n=80, q=2, integer=True, **FREE, **ALIBI),
    variant("128_band_192x64_q2_k3_free_l", m=192, n=64, q=2, k=3, vs=3, **FREE, **BLPT),
    variant("128_full_packed_192x80_q2_d", m=192, n=80, q=2, direct=True, packed=True, **DYNAMIC),
    variant("128_half_full_192x80_q2", element="kHalf", m=192, n=80, q=2),
]

MODIFIERS = {
    "identity": ("functors::Identity", "kIdentity"), "scaled": ("functors::Scaled", "kScaled"),
    "softcap": ("functors::SoftCap", "kSoftCap"),
    "modestcap": ("ModestSoftCap", "kSoftCap"), "alibi": ("functors::Alibi", "kAlibi"),
    "softcapalibi": ("functors::Then<functors::SoftCap, functors::Alibi>", "kSoftCapAlibi"),
    "user": ("functors::Then<functors::Identity, functors::UserScore>", "kUser")}

SOURCE = """#include "attention/cuda/functors/prototype/user_example.cuh"
#include "attention/cuda/hopper/prototype/launcher.h"
namespace attune::hopper {{
constexpr HopperForwardConfiguration kVariant{{{fields}}};
extern "C" __global__ void __launch_bounds__(Threads(kVariant), kVariant.blocks_per_sm)
    attune_{name}(const __grid_constant__ ForwardArguments arguments) {{
  HopperForward<kVariant, {modifier}, functors::{predicate}>(arguments);
}}
static const bool registered =
    Register({{"{name}", kVariant, reinterpret_cast<const void*>(&attune_{name}),
              static_cast<int>(sizeof(ForwardShared<kVariant>)), {section},
              ModifierKind::{kind}, {user_mask}}});
static_assert(sizeof(ForwardShared<kVariant>) <= 227 * 1024);
}}
"""


def main():
    folder = pathlib.Path(sys.argv[1])
    wanted = set()
    pattern = re.compile(sys.argv[2] if len(sys.argv) > 2 else "")
    for name, fields, section, modifier, user_mask in VARIANTS:
        if not pattern.search(name):
            continue
        path = folder / f"{name}.cu"
        wanted.add(path.name)
        functor, kind = MODIFIERS[modifier]
        text = SOURCE.format(name=name, fields=fields, section=section, modifier=functor, kind=kind,
                             predicate="UserMask" if user_mask else "Everything",
                             user_mask="true" if user_mask else "false")
        if not path.exists() or path.read_text() != text:
            path.write_text(text)
    for path in folder.glob("*.cu"):
        if path.name not in wanted:
            path.unlink()


main()
