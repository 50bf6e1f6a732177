"""Times Attune, PyTorch's attention backends and FlashAttention-3 on one GPU, interleaved in one
process.

Every round takes one sample of each rival, beginning with another one each time; L2 is flushed
before each sample and inputs are rotated. Prints medians with their 95 % intervals and how many
times as long a rival takes as each of Attune's, paired by round. Exits with 1 if a result of
Attune's is wrong or a plan cannot be had, and with 2 and BLOCKED where there is no GPU.

  compare.py --library libattune.so --out result.json \\
    --problem bf16/128/causal/4096/4x16 --problem fp32/64/causal/2048/4x32 portable_forward

A problem is named as in docs/benchmarks.md; behind it stand families, or FAMILY:CONFIGURATION. None:
what Attune itself chooses.
"""

import argparse
import datetime
import functools
import importlib
import math
import os
import platform
import shlex
import subprocess
import sys
import warnings

import attune
import results

try:
    import torch
    import torch._dynamo
    import torch.nn.functional as F
    from torch.nn.attention import SDPBackend, flex_attention, sdpa_kernel
except ImportError as error:
    print(f"BLOCKED: the peers are PyTorch's, and it cannot be imported: {error}")
    sys.exit(2)

TORCH_DTYPES = {"fp32": torch.float32, "fp16": torch.float16, "bf16": torch.bfloat16}
SDPA = {
    "torch_cudnn": SDPBackend.CUDNN_ATTENTION,
    "torch_flash": SDPBackend.FLASH_ATTENTION,
    "torch_efficient": SDPBackend.EFFICIENT_ATTENTION,
    "torch_math": SDPBackend.MATH,
}
# FlashAttention-3 where its Python module, of this name, is installed.
FLASH_ATTENTION_3_MODULE = "flash_attn_interface"
PEERS = (*SDPA, "torch_flex", "flash_attention_3")
# What says that a peer is not to be had. Dynamo's own is no RuntimeError.
NOT_TO_BE_HAD = (
    ImportError,
    RuntimeError,
    NotImplementedError,
    getattr(torch._dynamo.exc, "FailOnRecompileLimitHit", RuntimeError),
)
WARMUP_RUNS = 5
INPUT_SETS = 2
# Largest mean error of an output element, for standard normal inputs.
TOLERANCE = {"fp32": 1e-5, "fp16": 1e-3, "bf16": 5e-3}


class Case:
    """A problem's inputs, and rivals as functions from the number of an input set to the output."""

    def __init__(self, problem, seed=1):
        self.problem = problem
        self.rivals, self.labels, self.skipped = {}, {}, {}
        self.kept = []  # what the rivals hold addresses of
        generator = torch.Generator(device="cuda").manual_seed(seed)

        def normal(length, heads, dim):
            return torch.randn(
                problem.batch,
                length,
                heads,
                dim,
                device="cuda",
                dtype=TORCH_DTYPES[problem.dtype],
                generator=generator,
            )

        self.inputs = [
            (
                normal(problem.q_len, problem.q_heads, problem.qk_dim),
                normal(problem.kv_len, problem.kv_heads, problem.qk_dim),
                normal(problem.kv_len, problem.kv_heads, problem.v_dim),
            )
            for _ in range(INPUT_SETS)
        ]

    def add_attune(self, library, spec):
        p = self.problem
        family, _, configuration = spec.partition(":")
        plan = library.plan(
            attune.forward_problem(
                p.dtype,
                p.batch,
                p.q_heads,
                p.kv_heads,
                p.q_len,
                p.kv_len,
                p.qk_dim,
                p.v_dim,
                p.left,
                p.right,
                p.soft_cap,
                p.alibi,
            ),
            device=f"cuda:{torch.cuda.current_device()}",
            family=family or None,
            configuration=configuration or None,
        )
        out = torch.full(
            (p.batch, p.q_len, p.q_heads, p.v_dim),
            math.nan,
            device="cuda",
            dtype=TORCH_DTYPES[p.dtype],
        )
        slopes = torch.tensor(p.slopes(), device="cuda") if p.alibi else None
        bound = [
            attune.Tensors(
                query=q.data_ptr(),
                key=k.data_ptr(),
                value=v.data_ptr(),
                out=out.data_ptr(),
                alibi_slopes=None if slopes is None else slopes.data_ptr(),
            )
            for q, k, v in self.inputs
        ]
        stream = torch.cuda.current_stream().cuda_stream

        def run(i):
            plan.run(bound[i], stream)
            return out

        self.kept.append(slopes)

        name = plan.family()
        if configuration:
            name += "/" + plan.configuration().replace(",", "_")
        self.rivals[name] = run
        self.labels[name] = plan.configuration()
        return name

    def add_peer(self, name):
        try:
            # A backend that is not to be had warns of each of the others, too.
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                run = self._peer(name)
                run(0)
                torch.cuda.synchronize()
        except NOT_TO_BE_HAD as error:
            self.skipped[name] = (str(error).strip() or repr(error)).splitlines()[0]
            return
        self.rivals[name], self.labels[name] = run, ""

    def _peer(self, name):
        if name == "torch_flex":
            return self._flex()
        if name == "flash_attention_3":
            return self._flash_attention_3()
        return self._sdpa(SDPA[name])

    def _transposed(self):
        return [[x.transpose(1, 2) for x in tensors] for tensors in self.inputs]

    def _sdpa(self, backend):
        p = self.problem
        if p.soft_cap or p.alibi:
            raise NotImplementedError("SDPA has no score modifiers but through a mask in memory")
        if p.mask not in ("full", "causal") or (p.mask == "causal" and p.q_len != p.kv_len):
            raise NotImplementedError("SDPA has full and square causal masks only")
        transposed = self._transposed()
        grouped = p.q_heads != p.kv_heads

        def run(i):
            with sdpa_kernel(backend):
                out = F.scaled_dot_product_attention(
                    *transposed[i], is_causal=p.mask == "causal", enable_gqa=grouped
                )
            return out.transpose(1, 2)

        return run

    def _flex(self):
        p = self.problem
        offset = p.kv_len - p.q_len
        left = p.kv_len + p.q_len if p.left is None else p.left
        right = p.kv_len + p.q_len if p.right is None else p.right

        def admits(_batch, _head, q, kv):
            return (kv >= q + offset - left) & (kv <= q + offset + right)

        block_mask = None
        if p.mask != "full":
            block_mask = flex_attention.create_block_mask(admits, None, None, p.q_len, p.kv_len)
        slopes = torch.tensor(p.slopes(), device="cuda")

        def modified(score, _batch, head, q, kv):
            if p.soft_cap:
                score = p.soft_cap * torch.tanh(score / p.soft_cap)
            return score - slopes[head] * (kv - q - offset).abs() if p.alibi else score

        compiled = torch.compile(flex_attention.flex_attention, dynamic=False)
        transposed = self._transposed()

        def run(i):
            out = compiled(
                *transposed[i],
                score_mod=modified if p.soft_cap or p.alibi else None,
                block_mask=block_mask,
                enable_gqa=p.q_heads != p.kv_heads,
            )
            return out.transpose(1, 2)

        return run

    def _flash_attention_3(self):
        p = self.problem
        if p.soft_cap or p.alibi or p.mask not in ("full", "causal"):
            raise NotImplementedError("compared without masks and with causal ones alone")
        forward = importlib.import_module(FLASH_ATTENTION_3_MODULE).flash_attn_func

        def run(i):
            out = forward(*self.inputs[i], causal=p.mask == "causal")
            return out[0] if isinstance(out, tuple) else out

        return run

    @functools.cached_property
    def reference(self):
        """Of the last batch's last head, in fp64."""
        p = self.problem
        q, k, v = (x[-1, :, -1].double() for x in self.inputs[0])
        scores = q @ k.T / math.sqrt(p.qk_dim)
        distance = torch.arange(p.kv_len, device="cuda")[None, :] - (
            torch.arange(p.q_len, device="cuda")[:, None] + p.kv_len - p.q_len
        )
        if p.soft_cap:
            scores = p.soft_cap * torch.tanh(scores / p.soft_cap)
        if p.alibi:
            scores -= p.slopes()[-1] * distance.abs()
        if p.left is not None:
            scores.masked_fill_(distance < -p.left, -math.inf)
        if p.right is not None:
            scores.masked_fill_(distance > p.right, -math.inf)
        return torch.softmax(scores, 1).nan_to_num(0.0) @ v

    def mean_error(self, name):
        return (self.rivals[name](0)[-1, :, -1].double() - self.reference).abs().mean().item()


def prepare_dynamo(problems):
    """For the compilation of so many problems' FlexAttention. Beyond its limit, 8 as it comes,
    Dynamo would only warn and run what it was to compile uncompiled: timed as if it were the peer.
    """
    torch._dynamo.reset()
    config = torch._dynamo.config
    for limit in ("recompile_limit", "accumulated_recompile_limit"):
        if hasattr(config, limit):
            setattr(config, limit, max(getattr(config, limit), 2 * problems))
    if hasattr(config, "fail_on_recompile_limit_hit"):
        config.fail_on_recompile_limit_hit = True


def sample_rounds(cases, rounds):
    """For each case the milliseconds of each rival, one a round: all cases' rivals take turns."""
    # Three times over twice the L2: besides flushing it, long enough that the host has enqueued
    # what is timed before the GPU comes to it.
    l2 = torch.cuda.get_device_properties(0).L2_cache_size
    flush = torch.empty(2 * l2, dtype=torch.uint8, device="cuda")
    begin, end = (torch.cuda.Event(enable_timing=True) for _ in range(2))
    times = [{name: [] for name in case.rivals} for case in cases]
    rivals = [
        (run, of_case[name])
        for case, of_case in zip(cases, times)
        for name, run in case.rivals.items()
    ]
    for run, _ in rivals:
        for i in range(WARMUP_RUNS):
            run(i % INPUT_SETS)
    for turn in range(rounds):
        first = turn % len(rivals) if rivals else 0
        for run, samples in rivals[first:] + rivals[:first]:
            for _ in range(3):
                flush.zero_()
            begin.record()
            run(turn % INPUT_SETS)
            end.record()
            end.synchronize()
            samples.append(begin.elapsed_time(end))
    return times


def gpu_state():
    """Driver, clocks, temperature and power, as nvidia-smi tells them."""
    fields = ("driver_version", "clocks.sm", "clocks.mem", "temperature.gpu", "power.draw")
    command = ["nvidia-smi", "--query-gpu=" + ",".join(fields), "--format=csv,noheader"]
    try:
        lines = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError) as error:
        return {"clocks": f"unknown: {error}"}
    driver, multiprocessors, memory, temperature, power = lines.splitlines()[0].split(", ")
    return {
        "driver": driver,
        "clocks": f"multiprocessors {multiprocessors}, memory {memory}",
        "temperature": f"{temperature} C",
        "power": power,
    }


def context(library):
    device = torch.cuda.get_device_properties(0)
    commit, _, dirty = library.build().partition("-")
    return {
        "date": datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds"),
        "host_name": platform.node(),
        "executable": sys.argv[0],
        "num_cpus": os.cpu_count(),
        "mhz_per_cpu": 0,
        "cpu_scaling_enabled": False,
        "caches": [],
        "load_avg": list(os.getloadavg()),
        "library_build_type": "release",
        "commit": commit,
        "dirty": "true" if dirty else "false",
        "command": shlex.join(sys.argv),
        "device": f"cuda:0: {device.name} (sm_{device.major}{device.minor}, "
        f"{device.multi_processor_count} multiprocessors)",
        "toolkit": torch.version.cuda,
        "torch": torch.__version__,
        "cudnn": str(torch.backends.cudnn.version()),
        **gpu_state(),
    }


def report(case, times):
    """Prints the case's table; returns the rows of the result file."""
    rows = [
        results.row(
            case.problem, name, times[name], case.labels[name], {"mean_error": case.mean_error(name)}
        )
        for name in times
    ]
    print(results.report(case.problem, rows, case.skipped), flush=True)
    return rows


def wrong_result(case, name):
    """What is wrong with it: it differs from fp64 by more than its dtype explains. NaN does."""
    error = case.mean_error(name)
    return None if error <= TOLERANCE[case.problem.dtype] else f"{name}: mean error {error:.1e}"


def prepared(library, problem, specs, peers):
    """The problem's case with all its rivals, and what of Attune failed."""
    case = Case(problem)
    failed = []
    for spec in specs or [""]:
        name = None
        try:
            name = case.add_attune(library, spec)
            wrong = wrong_result(case, name)
        except attune.Error as error:
            case.rivals.pop(name, None)
            wrong = f"{spec}: {error}"
        if wrong:
            failed.append(f"{problem.name()} {wrong}")
    for peer in peers:
        case.add_peer(peer)
    return case, failed


class Parser(argparse.ArgumentParser):
    def error(self, message):
        """In place of 2, which is BLOCKED."""
        self.exit(1, f"{self.prog}: {message}; see --help\n")


def parse_arguments():
    parser = Parser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--library", default="libattune.so")
    parser.add_argument("--out", required=True, help="the result file")
    parser.add_argument("--rounds", type=int, default=40)
    parser.add_argument(
        "--together",
        action="store_true",
        help="interleave all problems, not only each one's rivals: for ratios between problems, "
        "which the card's clock changes from one minute to the next; all inputs at once in memory",
    )
    parser.add_argument("--peers", default=",".join(PEERS), help="default: %(default)s")
    parser.add_argument(
        "--problem", nargs="+", action="append", required=True, metavar=("PROBLEM", "FAMILY")
    )
    arguments = parser.parse_args()
    arguments.peers = [name for name in arguments.peers.split(",") if name]
    unknown = [name for name in arguments.peers if name not in PEERS]
    if unknown:
        parser.error(f"there is no peer {unknown[0]}; there are {', '.join(PEERS)}")
    if arguments.rounds < 1:
        parser.error(f"--rounds is {arguments.rounds}; expected at least 1")
    try:
        arguments.problem = [
            (results.parse_problem(name), specs) for name, *specs in arguments.problem
        ]
    except ValueError as error:
        parser.error(str(error))
    return arguments


def main():
    arguments = parse_arguments()
    if not torch.cuda.is_available():
        print("BLOCKED: PyTorch sees no GPU")
        return 2
    torch.backends.cuda.matmul.allow_tf32 = False
    try:
        library = attune.Library(arguments.library)
    except (OSError, attune.Error) as error:
        print(f"FAILED {error}; //c_api:libattune.so makes --library")
        return 1
    file_context = context(library)
    rows, failed = [], []
    problems = arguments.problem
    for group in [problems] if arguments.together else [[problem] for problem in problems]:
        cases = []
        prepare_dynamo(len(group))
        for problem, specs in group:
            case, of_case = prepared(library, problem, specs, arguments.peers)
            cases.append(case)
            failed += of_case
        for case, times in zip(cases, sample_rounds(cases, arguments.rounds)):
            rows += report(case, times)
        results.write(arguments.out, file_context, rows)
    for message in failed:
        print("FAILED", message)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
