#!/bin/bash
# The test of the dashboard's page, which is written in Python.
set -euo pipefail
# A socket's path may have 107 characters, and Chromium's stands below TMPDIR: Bazel's own is too long for it.
export HOME="$TEST_TMPDIR" TMPDIR=/tmp PYTHONDONTWRITEBYTECODE=1
exec python3 "$(dirname "$0")/page_test.py" "$@"
