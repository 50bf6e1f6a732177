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
            last=False, integer=False):
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


# The winners of docs/hopper_forward_log.md, and one or two each of everything else for correctness.
VARIANTS = [
    # Head dim 128.
    variant("128_full_128x128_q2_j", q=2, join=True),
    variant("128_full_192x80_q2", m=192, n=80, q=2),
    variant("128_full_192x80_q2_free_dynamic", m=192, n=80, q=2, **FREE, **DYNAMIC),
    *sections("128_causal_128x128_q2_j", (16, 32), q=2, join=True),
    *sections("128_causal_192x80_q2_free_n", (32, 64, 9999), m=192, n=80, q=2, **NARROW, **FREE),
    *sections("128_causal_192x64_q2_k3_j_free", (16,), m=192, n=64, q=2, k=3, vs=3, join=True, **FREE),
    # Head dim 64.
    variant("64_full_192x128_q2_dynamic", qk=64, m=192, q=2, **DYNAMIC),
    variant("64_full_192x128_q2_free", qk=64, m=192, q=2, **FREE),
    *sections("64_causal_192x128_q2_n", (16, 32, 9999), qk=64, m=192, q=2, **NARROW),
    *sections("64_causal_64x64_q2_b3", (16,), qk=64, m=64, n=64, q=2, blocks=3, **FREE),
    # Head dim 256.
    variant("256_full_128x80_d", qk=256, n=80, direct=True),
    variant("256_full_128x64_k3_d_dynamic", qk=256, n=64, k=3, direct=True, **FREE, **DYNAMIC),
    *sections("256_causal_128x64_k3_d", (32, 64, 9999), qk=256, n=64, k=3, direct=True, **FREE),
    # Row maxima of integers.
    *(variant(f"64_full_192x128_q2_i{r}", qk=64, m=192, q=2, integer=True, **o)
      for r, o in (("_dynamic", DYNAMIC), ("_free", FREE), ("_softcap", dict(modifier="softcap")),
                   ("_alibi", dict(modifier="alibi")))),
    variant("64_causal_192x128_q2_i_n_s32", qk=64, m=192, q=2, integer=True, **NARROW, **LPT),
    variant("64_causal_192x128_q2_i_alibi", qk=64, m=192, q=2, integer=True, modifier="alibi", **LPT),
    variant("64_full_packed_192x128_q2_d_i", qk=64, m=192, q=2, direct=True, packed=True, integer=True, **DYNAMIC),
    *(variant(f"128_full_192x80_q2_i_{m}", m=192, n=80, q=2, integer=True, modifier=m) for m in ("softcap", "alibi")),
    *(variant(f"128_full_128x128_q2_i_{m}", q=2, integer=True, modifier=m) for m in ("softcap", "alibi")),
    variant("128_causal_192x80_q2_free_i_n_s9999", m=192, n=80, q=2, integer=True, section=9999, **NARROW, **FREE, **LPT),
    # Other head dims, element types and masks.
    variant("80_full_128x176_d", qk=80, n=176, direct=True),
    variant("96_full_192x80_q2_dynamic", qk=96, m=192, n=80, q=2, **DYNAMIC),
    variant("160_full_128x112", qk=160, n=112),
    variant("192_128_full_128x128_d_j", qk=192, v=128, direct=True, join=True),
    *sections("192_128_causal_128x128_d_j_n", (32, 64), qk=192, v=128, direct=True, join=True, **NARROW),
    variant("128_half_causal_192x80_q2_free_n", element="kHalf", m=192, n=80, q=2, **NARROW, **FREE, **LPT),
    variant("128_band_192x64_q2", q=2, m=192, n=64, **{**LPT, "mask": BAND}),
    variant("128_band_128x128_q2_softmax", q=2, **SOFTMAX, mask=BAND),
    variant("64_band_192x128_q2_static", qk=64, m=192, q=2, mask=BAND),
    variant("128_half_full_192x80_q2", element="kHalf", m=192, n=80, q=2),
    variant("128_band_128x128_q2_j", q=2, mask=BAND, join=True),
    variant("128_band_128x128_q2_j_n", q=2, mask=BAND, join=True, narrow=True, last=True),
    variant("128_band_192x80_q2_n", m=192, n=80, q=2, mask=BAND, narrow=True),
    variant("128_band_192x64_q2_k3_j_free", m=192, n=64, q=2, k=3, vs=3, join=True, mask=BAND, **FREE),
    variant("64_band_128x128_q2_j_n", qk=64, q=2, mask=BAND, join=True, narrow=True, last=True),
    variant("64_band_192x64_q2_k3_j", qk=64, m=192, n=64, q=2, k=3, vs=3, mask=BAND, join=True),
    variant("128_band_128x64_q2_k4_j_free", n=64, q=2, k=4, vs=4, join=True, mask=BAND, **FREE),
    variant("128_band_192x64_q2_k3_free_dynamic", m=192, n=64, q=2, k=3, vs=3, mask=BAND, **FREE, **DYNAMIC),
    # Score modifiers and user masks.
    *(variant(f"128_full_128x128_q2_{m}", q=2, modifier=m)
      for m in ("scaled", "softcap", "alibi", "softcapalibi", "user")),
    *(variant(f"128_causal_128x128_q2_{m}", q=2, modifier=m, **LPT) for m in ("softcap", "alibi", "user")),
    *(variant(f"128_full_192x80_q2_{m}", m=192, n=80, q=2, modifier=m) for m in ("softcap", "alibi")),
    *(variant(f"128_causal_192x80_q2_free_n_{m}", m=192, n=80, q=2, modifier=m, **NARROW, **FREE, **LPT)
      for m in ("softcap", "alibi")),
    variant("128_full_128x128_q2_j_user", q=2, join=True, modifier="user"),
    variant("128_half_full_192x80_q2_softcap", element="kHalf", m=192, n=80, q=2, modifier="softcap"),
    *(variant(f"64_full_192x128_q2_{m}", qk=64, m=192, q=2, modifier=m) for m in ("softcap", "alibi")),
    *(variant(f"64_causal_192x128_q2_{m}", qk=64, m=192, q=2, modifier=m, **LPT)
      for m in ("softcap", "alibi")),
    *(variant(f"256_full_128x80_d_{m}", qk=256, n=80, direct=True, modifier=m) for m in ("softcap", "alibi")),
    *(variant(f"256_causal_128x64_k3_d_{m}", qk=256, n=64, k=3, direct=True, modifier=m, **FREE, **LPT)
      for m in ("softcap", "alibi")),
    variant("128_causal_128x128_q2_usermask", q=2, user_mask=True, **LPT),
    variant("128_band_128x128_q2_user_usermask", q=2, mask=BAND, modifier="user", user_mask=True),
    # Packed sequences.
    variant("128_full_packed_128x128_q2_d_j", q=2, direct=True, join=True, packed=True, **DYNAMIC),
    variant("128_full_packed_192x80_q2_d", m=192, n=80, q=2, direct=True, packed=True, **DYNAMIC),
    variant("128_causal_packed_128x128_q2_d_j", q=2, direct=True, join=True, packed=True, **LPT),
    variant("128_causal_packed_192x80_q2_d_free", m=192, n=80, q=2, direct=True, packed=True, **FREE, **LPT),
    variant("64_full_packed_192x128_q2_d", qk=64, m=192, q=2, direct=True, packed=True, **DYNAMIC),
    variant("64_causal_packed_192x128_q2_d_n", qk=64, m=192, q=2, direct=True, packed=True, narrow=True, **LPT),
    variant("256_full_packed_128x64_k3_d", qk=256, n=64, k=3, direct=True, packed=True, **FREE, **DYNAMIC),
    variant("256_causal_packed_128x64_k3_d", qk=256, n=64, k=3, direct=True, packed=True, **FREE, **LPT),
    variant("128_band_packed_128x128_q2_d_alibi_static", q=2, direct=True, packed=True, mask=BAND, modifier="alibi"),
    variant("72_full_packed_128x96_d_half", qk=72, v=40, element="kHalf", n=96, direct=True, packed=True, **DYNAMIC),
    # More head dims, and such as are no multiple of 16.
    variant("80_full_192x112_q2_dynamic", qk=80, m=192, n=112, q=2, **DYNAMIC),
    variant("96_full_192x96_q2_dynamic", qk=96, m=192, n=96, q=2, **DYNAMIC),
    variant("112_full_192x80_q2_dynamic", qk=112, m=192, n=80, q=2, **DYNAMIC),
    variant("112_full_128x144_q2", qk=112, n=144, q=2),
    variant("160_full_128x112_d", qk=160, n=112, direct=True),
    variant("160_causal_128x112_d", qk=160, n=112, direct=True, **LPT),
    variant("192_full_128x112_d", qk=192, n=112, direct=True),
    variant("192_causal_128x96_d", qk=192, n=96, direct=True, **LPT),
    variant("72_40_full_128x128", qk=72, v=40),
    variant("8_8_causal_64x64_d", qk=8, m=64, n=64, direct=True, mask=RIGHT, **FREE),
    variant("248_200_full_128x64_d", qk=248, v=200, n=64, direct=True),
]

MODIFIERS = {
    "identity": ("functors::Identity", "kIdentity"), "scaled": ("functors::Scaled", "kScaled"),
    "softcap": ("functors::SoftCap", "kSoftCap"), "alibi": ("functors::Alibi", "kAlibi"),
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
