#!/bin/bash
# The test of chromium.py, which is written in Python.
set -euo pipefail
export PYTHONDONTWRITEBYTECODE=1
exec python3 "$(dirname "$0")/chromium_test.py"
