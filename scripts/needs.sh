#!/usr/bin/env bash
# Says in one line what this machine lacks and how to get it: needs.sh python PROGRAM, or needs.sh node.
set -euo pipefail

lacks() {
    echo "Tenantry needs $1" >&2
    exit 1
}

case "$1" in
python)
    command -v "$2" >/dev/null || lacks "Python 3.11 or newer, and there is no $2: apt install python3 python3-venv"
    "$2" -c 'import sys; sys.exit(sys.version_info < (3, 11))' ||
        lacks "Python 3.11 or newer; $2 is $("$2" --version 2>&1). Name another one: make setup PYTHON=python3.12"
    "$2" -c 'import venv, ensurepip' 2>/dev/null ||
        lacks "Python's venv module, which this machine packs separately: apt install python3-venv"
    ;;
node)
    command -v node >/dev/null || lacks "Node 20 or newer, and there is no node: https://nodejs.org"
    major=$(node --version | sed -E 's/^v([0-9]+).*/\1/')
    [ "$major" -ge 20 ] || lacks "Node 20 or newer; node is $(node --version): https://nodejs.org"
    command -v npm >/dev/null || lacks "npm, which this machine packs separately: apt install npm"
    ;;
esac
