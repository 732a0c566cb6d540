#!/bin/sh
# Makes one virtual environment from one lock: make_environment.sh PYTHON FOLDER LOCK [--editable]
set -eu
python="$1" folder="$2" lock="$3" editable="${4:-}"
echo "orderbus: setting up $folder (once, from $lock) ..." >&2
rm -rf "$folder"
"$python" -m venv "$folder"
"$folder/bin/python" -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r "$lock" || {
    echo "orderbus: could not install $lock; check that pip reaches its package index, then run make again" >&2
    rm -rf "$folder"
    exit 1
}
if [ "$editable" = --editable ]; then
    "$folder/bin/python" -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
fi
touch "$folder/.ready"
