#!/bin/bash
# Runs peers_test.py with the machine's own Python; no rules for Python are needed.
set -euo pipefail
folder="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
export LIBATTUNE="$PWD/c_api/libattune.so"
PYTHONDONTWRITEBYTECODE=1 PYTHONPATH="$folder" python3 "$folder/peers_test.py"
