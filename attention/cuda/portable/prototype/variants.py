"""The variants to build: (element, qk_dim, v_dim, vector_bytes, configuration, modifier, user_mask)."""

FIELDS = ["block_m", "block_n", "warps", "stages", "blocks_per_sm", "query_registers",
          "lazy_rescale", "longest_first", "overlap"]
ELEMENTS = {"bf16": "kBfloat16", "fp16": "kHalf", "fp32": "kFloat"}
MODIFIERS = {"identity": "functors::Identity", "scaled": "functors::Scaled", "softcap": "functors::SoftCap",
             "alibi": "functors::Alibi",
             "softcapalibi": "functors::Then<functors::SoftCap, functors::Alibi>",
             "user": "functors::UserScore"}

# 16-bit, head dim 128: (block_m, block_n, warps, stages, blocks_per_sm, query_registers)
BF16_128 = [
    (128, 64, 4, 2, 2, 0), (128, 64, 4, 1, 2, 0), (128, 32, 4, 2, 2, 0), (128, 32, 4, 3, 2, 0),
    (128, 48, 4, 2, 2, 0), (128, 64, 8, 2, 2, 0), (128, 32, 8, 2, 2, 0), (64, 64, 4, 1, 3, 0),
    (64, 64, 4, 1, 3, 1), (64, 32, 4, 2, 3, 1), (64, 32, 4, 2, 4, 0), (256, 64, 8, 2, 1, 0),
    (256, 32, 8, 3, 1, 0), (128, 128, 8, 2, 1, 0), (128, 64, 8, 3, 1, 1), (192, 64, 12, 2, 1, 0),
    (192, 64, 12, 2, 1, 1), (64, 64, 2, 2, 3, 0), (256, 64, 16, 2, 1, 0), (256, 32, 16, 3, 1, 0),
]
BF16_64 = [
    (128, 64, 4, 2, 2, 0), (128, 64, 4, 2, 3, 0), (128, 64, 4, 2, 2, 1), (128, 128, 4, 2, 2, 0),
    (128, 128, 4, 1, 2, 0), (128, 128, 8, 2, 2, 1), (128, 64, 8, 2, 2, 1), (64, 64, 4, 2, 4, 1),
    (128, 64, 4, 3, 2, 1), (256, 64, 8, 2, 1, 1),
]
FP32_64 = [
    (128, 32, 4, 2, 2, 0), (128, 64, 4, 2, 2, 0), (64, 32, 4, 2, 3, 0), (64, 32, 4, 2, 4, 0), (128, 32, 8, 2, 2, 0),
    (128, 64, 8, 2, 1, 0), (128, 64, 4, 1, 2, 0), (64, 64, 4, 1, 3, 0), (128, 16, 4, 2, 2, 0),
    (128, 32, 4, 1, 3, 0), (64, 32, 2, 2, 4, 0), (64, 16, 2, 2, 5, 0),
]


# The same with overlap.
OVERLAP = [
    ("bf16", 128, (128, 32, 8, 2, 1, 0)), ("bf16", 128, (128, 64, 8, 2, 1, 0)),
    ("bf16", 128, (64, 64, 4, 2, 2, 0)), ("bf16", 128, (64, 32, 4, 2, 3, 0)),
    ("bf16", 128, (64, 32, 4, 2, 2, 1)), ("bf16", 128, (128, 16, 4, 3, 2, 0)),
    ("bf16", 128, (192, 32, 12, 2, 1, 0)), ("bf16", 128, (128, 64, 8, 3, 1, 1)),
    ("bf16", 64, (128, 32, 4, 2, 2, 0)), ("bf16", 64, (128, 64, 8, 2, 1, 0)),
    ("bf16", 64, (128, 32, 8, 3, 2, 1)), ("bf16", 64, (128, 64, 4, 2, 2, 0)),
    ("fp32", 64, (64, 32, 4, 2, 3, 0)), ("fp32", 64, (128, 32, 8, 2, 1, 0)),
    ("fp32", 64, (128, 32, 4, 2, 2, 0)), ("fp32", 64, (64, 16, 4, 3, 4, 0)),
]


def all_variants():
    out = []

    def add(element, qk, v, config, vector=16, modifier="identity", user_mask=False):
        config = (*config, 0) if len(config) == 8 else config
        out.append((element, qk, v, vector, config, modifier, user_mask))

    for c in BF16_128:
        add("bf16", 128, 128, (*c, 1, 0))
    for c in BF16_128[:2] + BF16_128[8:9] + BF16_128[11:12]:
        add("bf16", 128, 128, (*c, 0, 0))
    for c in BF16_128[:3] + BF16_128[5:6] + BF16_128[7:9] + BF16_128[11:12]:
        add("bf16", 128, 128, (*c, 1, 1))
    for c in BF16_64:
        add("bf16", 64, 64, (*c, 1, 0))
        add("bf16", 64, 64, (*c, 1, 1))
    add("fp16", 128, 128, (*BF16_128[0], 1, 0))
    add("fp16", 64, 64, (*BF16_64[0], 1, 0))
    for c in FP32_64:
        add("fp32", 64, 64, (*c, 1, 1))
    for c in FP32_64[:4]:
        add("fp32", 64, 64, (*c, 0, 1))
    for element, dim, c in OVERLAP:
        for longest_first in (0, 1):
            add(element, dim, dim, (*c, 1, longest_first, 1))
    # fp32 and 256-wide heads elsewhere
    add("fp32", 128, 128, (64, 32, 4, 2, 2, 0, 1, 1))
    add("fp32", 128, 128, (128, 32, 8, 1, 1, 0, 1, 1))
    add("fp32", 256, 256, (32, 16, 2, 2, 2, 0, 1, 1))
    add("bf16", 256, 256, (64, 32, 4, 2, 2, 0, 1, 1))
    add("bf16", 256, 256, (128, 64, 8, 1, 1, 0, 1, 1))
    # Every kind of head dim: odd multiples of 8, 16, 32; v's own.
    small = (64, 32, 4, 2, 1, 0, 1, 0)
    for element in ("bf16", "fp32"):
        for qk, v in ((16, 16), (24, 8), (40, 56), (32, 64), (72, 80), (96, 96), (104, 200),
                      (192, 128), (248, 232)):
            c = (32, 16, 2, 2, 1, 0, 1, 0) if qk > 128 and element == "fp32" else small
            add(element, qk, v, c)
    add("fp16", 48, 72, (32, 16, 1, 4, 1, 1, 0, 1))
    add("fp16", 80, 40, (64, 32, 4, 3, 1, 0, 0, 1, 1))
    add("fp32", 72, 24, (64, 48, 4, 2, 1, 0, 1, 1, 1))
    add("fp16", 88, 24, (64, 48, 2, 3, 1, 0, 1, 1))
    # Rows that are not aligned to 16 bytes.
    for element, vectors in (("bf16", (8, 4, 2)), ("fp32", (8, 4))):
        for vector in vectors:
            add(element, 40, 24, (64, 32, 4, 2, 1, 0, 1, 0), vector=vector)
    # Modifiers and users' masks.
    for element in ("fp16", "fp32"):
        for modifier in ("scaled", "softcap", "alibi", "softcapalibi", "user"):
            add(element, 64, 64, small, modifier=modifier)
        add(element, 64, 64, (64, 32, 4, 1, 1, 0, 1, 1), user_mask=True)
        add(element, 64, 64, (64, 32, 4, 3, 1, 0, 0, 1), modifier="user", user_mask=True)
    for modifier in ("softcap", "alibi"):
        add("bf16", 128, 128, (*BF16_128[0], 1, 1), modifier=modifier)
    return list(dict.fromkeys(out))


def name(variant):
    element, qk, v, vector, config, modifier, user_mask = variant
    return (f"{element}_d{qk}x{v}_m{config[0]}n{config[1]}w{config[2]}s{config[3]}b{config[4]}"
            f"q{config[5]}z{config[6]}l{config[7]}o{config[8]}" + (f"_v{vector}" if vector != 16 else "") +
            (f"_{modifier}" if modifier != "identity" else "") + ("_mask" if user_mask else ""))


def source(variant):
    element, qk, v, vector, config, modifier, user_mask = variant
    fields = ", ".join(f".{f} = {x}" for f, x in zip(FIELDS, config))
    mask = "BandAnd<functors::UserMask>" if user_mask else "BandMask"
    return (f'#include "attention/cuda/functors/prototype/user_example.cuh"\n'
            f'#include "attention/cuda/portable/forward.cuh"\n'
            f"namespace attune::portable {{\n"
            f"template __global__ void PortableForward<PortableForwardTraits{{.element = ElementType::"
            f"{ELEMENTS[element]}, .qk_dim = {qk}, .v_dim = {v}, .vector_bytes = {vector}}}, "
            f"PortableForwardConfiguration{{{fields}}}, {mask}, {MODIFIERS[modifier]}>("
            f"const __grid_constant__ PortableForwardParameters);\n}}\n")


def manifest(variant):
    element, qk, v, vector, config, modifier, user_mask = variant
    numbers = [list(ELEMENTS).index(element), qk, v, vector, *config, list(MODIFIERS).index(modifier),
               int(user_mask)]
    return name(variant) + " " + " ".join(map(str, numbers))
