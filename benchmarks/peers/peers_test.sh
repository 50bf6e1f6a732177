#!/bin/bash
# Runs peers_test.py with the machine's own Python; no rules for Python are needed.
set -euo pipefail
folder="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
export LIBATTUNE="$PWD/c_api/libattune.so"
# It cannot be imported: PyTorch is not among what Attune is built with.
python3 -c 'import sys; compile(open(sys.argv[1]).read(), sys.argv[1], "exec")' "$folder/compare.py"
PYTHONDONTWRITEBYTECODE=1 PYTHONPATH="$folder" python3 "$folder/peers_test.py"
