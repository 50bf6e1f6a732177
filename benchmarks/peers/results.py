"""Names, statistics and files of the comparison with peers: what needs neither a GPU nor PyTorch.

results.py RESULT.json prints the tables of a file of compare.py's.
"""

import dataclasses
import functools
import json
import math
import statistics
import sys

CONFIDENCE = 0.95


@dataclasses.dataclass(frozen=True)
class Problem:
    """Forward attention; `left` and `right` bound the keys that a query sees, None where not."""

    # Of problems with a soft cap, as the C++ benchmarks have it.
    SOFT_CAP = 50.0

    dtype: str
    qk_dim: int
    v_dim: int
    mask: str
    left: int | None
    right: int | None
    q_len: int
    kv_len: int
    batch: int
    q_heads: int
    kv_heads: int
    soft_cap: float = 0.0
    alibi: bool = False

    def name(self):
        """As the C++ benchmarks name it: "forward/bf16/128/causal+alibi/4096/4x16"."""

        def pair(first, second):
            return str(first) if first == second else f"{first}_{second}"

        sizes = f"{self.batch}x{pair(self.q_heads, self.kv_heads)}"
        dims = pair(self.qk_dim, self.v_dim)
        lengths = pair(self.q_len, self.kv_len)
        modifiers = ("+soft_cap" if self.soft_cap else "") + ("+alibi" if self.alibi else "")
        return f"forward/{self.dtype}/{dims}/{self.mask}{modifiers}/{lengths}/{sizes}"

    def slopes(self):
        """ALiBi's of each head: a geometric sequence down to 2^-8."""
        return [2.0 ** (-8 * (head + 1) / self.q_heads) for head in range(self.q_heads)]

    @functools.cache  # noqa: B019, problems are few and live as long as the process
    def flops(self):
        """Of the two matrix products over the pairs that the mask admits; aligned bottom-right."""
        offset = self.kv_len - self.q_len
        pairs = 0
        for i in range(self.q_len):
            first = 0 if self.left is None else max(0, i + offset - self.left)
            last = self.kv_len - 1
            if self.right is not None:
                last = min(last, i + offset + self.right)
            pairs += max(0, last - first + 1)
        return 2 * self.batch * self.q_heads * pairs * (self.qk_dim + self.v_dim)


def parse_problem(text):
    """The problem of that name, "forward/" in front of it or not."""
    fields = text.removeprefix("forward/").split("/")
    if len(fields) != 5:
        raise ValueError(f"problem '{text}': expected dtype/dim/mask/length/batchxheads")
    dtype, dims, mask, lengths, sizes = fields

    if dtype not in ("fp32", "fp16", "bf16"):
        raise ValueError(f"problem '{text}': expected dtype fp32, fp16 or bf16")

    def number(field):
        if not field.isdecimal():
            raise ValueError(f"problem '{text}': expected a number, not '{field}'")
        return int(field)

    def pair(field):
        first, _, second = field.partition("_")
        return number(first), number(second or first)

    batch, _, heads = sizes.partition("x")
    mask, *modifiers = mask.split("+")
    if any(modifier not in ("soft_cap", "alibi") for modifier in modifiers):
        raise ValueError(f"problem '{text}': expected modifiers +soft_cap and +alibi")
    kind, *bounds = mask.split(":")
    if kind not in ("full", "causal", "window") or len(bounds) != (2 if kind == "window" else 0):
        raise ValueError(f"problem '{text}': expected mask full, causal or window:LEFT:RIGHT")
    left, right = (None if b == "inf" else number(b) for b in bounds) if bounds else (None, None)
    return Problem(
        dtype=dtype,
        qk_dim=pair(dims)[0],
        v_dim=pair(dims)[1],
        mask=mask,
        left=left,
        right=0 if kind == "causal" else right,
        q_len=pair(lengths)[0],
        kv_len=pair(lengths)[1],
        batch=number(batch),
        q_heads=pair(heads)[0],
        kv_heads=pair(heads)[1],
        soft_cap=Problem.SOFT_CAP if "soft_cap" in modifiers else 0.0,
        alibi="alibi" in modifiers,
    )


def median_interval(samples, confidence=CONFIDENCE):
    """Between order statistics that cover the median at least so often, whatever the distribution;
    the extremes where even they do not (fewer than 6 samples at 0.95)."""
    ordered = sorted(samples)
    count = len(ordered)
    outside, below = 0.0, 0
    while below < count // 2:
        outside += 2 * math.comb(count, below) / 2**count
        if outside > 1 - confidence:
            break
        below += 1
    first = max(0, below - 1)
    return ordered[first], ordered[count - 1 - first]


def paired_ratio(times, reference):
    """Median and interval of how many times as long `times` took as `reference`, round by round."""
    ratios = [t / r for t, r in zip(times, reference, strict=True)]
    return (statistics.median(ratios), *median_interval(ratios))


def row(problem, rival, milliseconds, label, counters):
    """A rival's row: its median as Google Benchmark writes a time, and the samples beside it.

    Microseconds to a tenth of a nanosecond, finer than any GPU's clock."""
    median = statistics.median(milliseconds)
    return {
        "name": f"{problem.name()}/{rival}/manual_time",
        "run_type": "iteration",
        "iterations": len(milliseconds),
        "real_time": round(median * 1e3, 4),
        "cpu_time": round(median * 1e3, 4),
        "time_unit": "us",
        "label": label,
        "TFLOP/s": round(problem.flops() / median * 1e-9, 3),
        **{name: float(f"{value:.4g}") for name, value in counters.items()},
        "samples": [round(time * 1e3, 4) for time in milliseconds],
    }


def problem_and_rival(row):
    """Of a row's name."""
    fields = row["name"].removesuffix("/manual_time").split("/")
    return "/".join(fields[:6]), "/".join(fields[6:])


def table(rows):
    """What rivals for one problem reached, fastest first: speed, median with its interval, and how
    many times as long as each of Attune's, which have a configuration, paired by round."""
    ours = [r for r in rows if r["label"]]
    lines = [problem_and_rival(rows[0])[0]]
    for this in sorted(rows, key=lambda r: statistics.median(r["samples"])):
        low, high = median_interval(this["samples"])
        lines.append(
            f"  {this['TFLOP/s']:6.1f} TFLOP/s  {this['real_time'] * 1e-3:.4f} "
            f"[{low * 1e-3:.4f}, {high * 1e-3:.4f}] ms  {problem_and_rival(this)[1]}"
        )
        for our in ours if not this["label"] else ():
            ratio, low, high = paired_ratio(this["samples"], our["samples"])
            lines[-1] += f"  {ratio:.3f}x [{low:.3f}, {high:.3f}] {problem_and_rival(our)[1]}"
    return "\n".join(lines)


def report(problem, rows, skipped):
    """The table of a problem's rows, of which there may be none, and why rivals were skipped."""
    lines = [table(rows) if rows else problem.name()]
    lines += [f"  skipped {name}: {reason}" for name, reason in skipped.items()]
    return "\n".join(lines)


def write(path, context, rows):
    """A result file, a row a line; what is there already is replaced whole."""
    with open(path, "w", encoding="utf-8") as file:
        file.write(f'{{"context": {json.dumps(context)},\n"benchmarks": [\n')
        file.write(",\n".join(json.dumps(r) for r in rows))
        file.write("\n]}\n")


def tables(path):
    """Of each problem of a result file, in the file's order."""
    with open(path, encoding="utf-8") as file:
        rows = json.load(file)["benchmarks"]
    problems = {}
    for r in rows:
        problems.setdefault(problem_and_rival(r)[0], []).append(r)
    return "\n".join(table(of_one) for of_one in problems.values())


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: results.py RESULT.json: prints again what compare.py printed of it")
    try:
        print(tables(sys.argv[1]))
    except (OSError, ValueError, KeyError) as error:
        sys.exit(f"results.py: {sys.argv[1]} is no result file of compare.py: {error}")
