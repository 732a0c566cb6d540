#!/bin/sh
# Says in one sentence what is missing, before anything is made.
python="$1"
command -v "$python" >/dev/null 2>&1 || {
    echo "orderbus: no '$python' found; install Python 3.11 or newer, or say which: make PYTHON=/path/to/python3.13 ..." >&2
    exit 1
}
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || {
    echo "orderbus: '$python' is $("$python" --version 2>&1); Python 3.11 or newer is needed: make PYTHON=python3.13 ..." >&2
    exit 1
}
"$python" -c 'import venv, ensurepip' 2>/dev/null || {
    echo "orderbus: '$python' cannot make virtual environments; install its venv module (Debian: apt install python3-venv)" >&2
    exit 1
}
