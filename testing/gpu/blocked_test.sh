#!/bin/bash
# A test that needs a GPU and finds none says so and exits with 2.
set -uo pipefail

# On a machine with a GPU, one whose GPUs are hidden.
output="$(CUDA_VISIBLE_DEVICES=-1 "$1")"
status=$?
if [[ $status != 2 || "$output" != *"BLOCKED: "* ]]; then
  printf 'expected BLOCKED and exit code 2, got %d: %s\n' "$status" "$output" >&2
  exit 1
fi
"$1" --gtest_list_tests || exit 1
