#!/bin/bash
# README.md shows examples/forward.cc from its first #include on, to the letter.
set -euo pipefail
shown="$(awk '/^```cpp$/ { inside = 1; next } /^```$/ { inside = 0 } inside' README.md)"
compiled="$(sed -n '/^#include/,$p' examples/forward.cc)"
diff <(printf '%s\n' "$shown") <(printf '%s\n' "$compiled") || {
  echo "the example in README.md is not examples/forward.cc" >&2
  exit 1
}
