"""Attune's C interface (c_api/attune.h) by the names of its structs and functions."""

import ctypes
import math

ABI_VERSION = 1
DTYPES = {"fp32": 0, "fp16": 1, "bf16": 2}
UNBOUNDED = -(1 << 63)
_SIZES = ("batch", "q_heads", "kv_heads", "q_len", "kv_len", "qk_dim", "v_dim")
_TENSORS = (
    "query",
    "key",
    "value",
    "alibi_slopes",
    "out",
    "log_sum_exp",
    "d_out",
    "d_query",
    "d_key",
    "d_value",
)


class Error(Exception):
    """What the library says of a call that failed."""


class Strides(ctypes.Structure):
    _fields_ = [(name, ctypes.c_int64) for name in ("batch", "head", "length")]


class Problem(ctypes.Structure):
    _fields_ = (
        [("dtype", ctypes.c_int32), ("direction", ctypes.c_int32)]
        + [(name, ctypes.c_int64) for name in _SIZES + ("mask_left", "mask_right")]
        + [("mask_alignment", ctypes.c_int32), ("alibi", ctypes.c_int32)]
        + [("softmax_scale", ctypes.c_double), ("soft_cap", ctypes.c_double)]
        + [(name + "_strides", Strides) for name in ("query", "key", "value", "out")]
    )


class Options(ctypes.Structure):
    _fields_ = [(name, ctypes.c_char_p) for name in ("device", "family", "configuration")]


class Tensors(ctypes.Structure):
    """Addresses; those not given are null."""

    _fields_ = [(name, ctypes.c_void_p) for name in _TENSORS]


class Library:
    """libattune.so at `path`."""

    def __init__(self, path):
        self._c = ctypes.CDLL(path)
        if self._c.attune_abi_version() != ABI_VERSION:
            raise Error(f"{path} has another interface than version {ABI_VERSION}")
        for name in ("build", "error", "plan_family", "plan_configuration", "plan_explain"):
            getattr(self._c, "attune_" + name).restype = ctypes.c_char_p
        for name in ("family", "configuration", "explain", "workspace_bytes", "destroy"):
            getattr(self._c, "attune_plan_" + name).argtypes = [ctypes.c_void_p]
        self._c.attune_plan_workspace_bytes.restype = ctypes.c_int64
        self._c.attune_plan_destroy.restype = None
        self._c.attune_plan_create.argtypes = [
            ctypes.POINTER(Problem),
            ctypes.POINTER(Options),
            ctypes.POINTER(ctypes.c_void_p),
        ]
        self._c.attune_plan_run.argtypes = [
            ctypes.c_void_p,
            ctypes.POINTER(Tensors),
            ctypes.c_void_p,
        ]

    def build(self):
        """The commit that the library is of; "-dirty" ends it where sources differed."""
        return self._c.attune_build().decode()

    def plan(self, problem, device="cpu", family=None, configuration=None):
        """A Plan; `configuration` is text: "block_m=128,..."."""
        given = [None if text is None else text.encode() for text in (device, family, configuration)]
        handle = ctypes.c_void_p()
        options = Options(*given)
        self._check(self._c.attune_plan_create(problem, options, ctypes.byref(handle)))
        return Plan(self._c, handle, self._check)

    def _check(self, status):
        if status != 0:
            raise Error(self._c.attune_error().decode())


class Plan:
    """Lives as long as a program refers to it."""

    def __init__(self, library, handle, check):
        self._c, self._handle, self._check = library, handle, check

    def __del__(self):
        self._c.attune_plan_destroy(self._handle)

    def run(self, tensors, stream=None):
        """Enqueues on `stream`, a CUDA stream's handle."""
        self._check(self._c.attune_plan_run(self._handle, tensors, stream))

    def family(self):
        return self._c.attune_plan_family(self._handle).decode()

    def configuration(self):
        return self._c.attune_plan_configuration(self._handle).decode()

    def explain(self):
        return self._c.attune_plan_explain(self._handle).decode()

    def workspace_bytes(self):
        return self._c.attune_plan_workspace_bytes(self._handle)


def forward_problem(
    dtype,
    batch,
    q_heads,
    kv_heads,
    q_len,
    kv_len,
    qk_dim,
    v_dim,
    left,
    right,
    soft_cap=0.0,
    alibi=False,
):
    """Contiguous [batch, length, head, dim]; a mask's bound that is None does not bind."""
    return Problem(
        dtype=DTYPES[dtype],
        batch=batch,
        q_heads=q_heads,
        kv_heads=kv_heads,
        q_len=q_len,
        kv_len=kv_len,
        qk_dim=qk_dim,
        v_dim=v_dim,
        mask_left=UNBOUNDED if left is None else left,
        mask_right=UNBOUNDED if right is None else right,
        softmax_scale=math.nan,
        soft_cap=soft_cap,
        alibi=int(alibi),
    )
