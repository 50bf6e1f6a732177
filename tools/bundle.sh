#!/bin/bash
# Packs every test tagged gpu, the autotuner and the benchmarks into one folder that runs on another x86-64 Linux
# with an NVIDIA driver and a CUDA toolkit, without Bazel and without Python:
#   tools/bazel run //tools:bundle -- [--release] OUT_DIR
#
# OUT_DIR must not exist, or be empty. --release builds with --config=release: without assertions. What belongs in is
# asked of Bazel, so a new test or benchmark needs no word here. Exit code: 0 packed, 1 not, 2 there is no CUDA
# toolkit to build with.
set -euo pipefail

usage="usage: tools/bazel run //tools:bundle -- [--release] OUT_DIR"

die() {
  printf 'bundle: %s\n' "$*" >&2
  exit 1
}

root="${BUILD_WORKSPACE_DIRECTORY:-}"
[[ -n "$root" ]] || die "$usage"
# One libprotobuf for all programs, of which each would hold a megabyte.
flags=(--config=gpu --define=protobuf=shared --noshow_progress --show_result=0 "--ui_event_filters=-info,-debug")
assertions=on
if [[ "${1:-}" == --release ]]; then
  flags+=(--config=release)
  assertions=off
  shift
fi
[[ $# == 1 && -n "$1" && "$1" != -* ]] || die "$usage"
# Relative to where people are, which is not where Bazel runs this.
cd "${BUILD_WORKING_DIRECTORY:-$PWD}"
out_dir="$(realpath -m -- "$1")"
cd "$root"

# The labels that a query expression finds, one a line.
labels() {
  tools/bazel query --noshow_progress --ui_event_filters=-info,-debug "$1" | LC_ALL=C sort
}

# Bazel's own exit code 2 says nothing of a toolkit.
toolkit="$(tools/bazel query --noshow_progress --output=build @cuda//:toolkit)" ||
  die "Bazel cannot say whether there is a CUDA toolkit: see above"
if [[ "$toolkit" != *toolkit_found* ]]; then
  # shellcheck disable=SC2016
  echo 'bundle: BLOCKED: no CUDA toolkit to build with: expected one at $CUDA_HOME, /usr/local/cuda, or of the nvcc on PATH' >&2
  exit 2
fi

# shellcheck disable=SC2016
tests="$(labels 'attr(tags, "[\[ ]gpu[,\]]", tests(//...))')" ||
  die "Bazel cannot list the tests: see above"
# OpenBLAS is the CPU's baseline, and would be half of the bundle (28 of 56 MB, 2026-11-22).
benchmarks="$(labels 'filter("_benchmark$", kind("^cc_binary rule$", //...)) except rdeps(//..., //third_party:openblas)')" ||
  die "Bazel cannot list the benchmarks: see above"
tools="//autotune:autotune
//testing/gpu:gpu_planted_bug
//testing/gpu:gpu_validate
//testing/report:gpu_test_runner"

mapfile -t targets <<<"$tests
$benchmarks
$tools"
tools/bazel build "${flags[@]}" -- "${targets[@]}" || die "what belongs in the bundle does not build: see above"
built="$(tools/bazel info "${flags[@]}" bazel-bin)" || die "Bazel cannot say where it builds: see above"

# A row for pack_bundle: the kind, the label, the file that was built.
rows() {
  local kind="$1" label package
  while IFS= read -r label; do
    package="${label#//}"
    package="${package%%:*}"
    printf '%s\t%s\t%s\n' "$kind" "$label" "$built/$package/${label##*:}"
  done <<<"$2"
}

{
  rows test "$tests"
  rows benchmark "$benchmarks"
  rows tool "$tools"
} | tools/pack_bundle "$out_dir" $((60 * 1000 * 1000)) \
  "revision $(git describe --always --dirty 2>/dev/null || echo unknown)" "assertions $assertions"
