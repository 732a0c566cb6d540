#!/usr/bin/env bash
# Writes every lock anew from pyproject.toml: pip's own format, with hashes, and no index address in it.
set -euo pipefail
cd "$(dirname "$0")/../.."
lock() { uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
    --no-emit-find-links --custom-compile-command "make lock" pyproject.toml "$@"; }
lock --output-file layers/dependencies/requirements.txt
lock --group dev --output-file infra/requirements/dev.txt
for group in cloud sam bench; do
    uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
        --no-emit-find-links --custom-compile-command "make lock" \
        --group "$group" --output-file "infra/requirements/$group.txt"
done
