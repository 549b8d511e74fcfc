#!/bin/sh
# Rebuilds the guests of this folder and records the SHA-256 of each source and each
# built module in SHA256SUMS beside them. What it needs, tests/guests/build.sh tells.
#
#     tests/peers/guests/build.sh
set -eu
export LC_ALL=C
cd "$(dirname "$0")"

"${CLANG:-clang-16}" --target=wasm32-wasi -std=gnu17 -O2 -Wall -Wextra -Werror \
    -Wl,--strip-all hostcalls.c -o hostcalls.wasm
# The linker marks what it makes as executable, which a module is not.
chmod 644 hostcalls.wasm
sha256sum build.sh hostcalls.c hostcalls.wasm >SHA256SUMS
