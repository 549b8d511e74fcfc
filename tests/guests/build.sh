#!/bin/sh
# Rebuilds every guest of examples/guests and tests/guests and records the
# SHA-256 of each source and each built module in SHA256SUMS beside them.
#
#     tests/guests/build.sh
#
# The binaries are committed, so only who changes a guest needs to run this. It
# needs, from Debian 12 (other versions work, but give other hashes):
#
#     apt-get install clang-16 lld-16 wasi-libc libclang-rt-16-dev-wasm32 \
#         rustc libstd-rust-dev-wasm32
#
# CLANG, RUSTC and WASM_LD name other tools. Guests in .wat are used as they are.
set -eu

# The order of the files must not depend on who builds.
export LC_ALL=C

CLANG=${CLANG:-clang-16}
# By its full path: a rustc of rustup that comes first in PATH is another version.
RUSTC=${RUSTC:-/usr/bin/rustc}
WASM_LD=${WASM_LD:-wasm-ld-16}

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
examples=$here/../../examples/guests

# Everything is compiled from within its own folder: a relative path is all that
# the compilers get to see, so no path of this machine ends up in a module.

# compile_c SOURCE OUTPUT [FLAG...]: a program in C with libc.
compile_c() {
    source=$1 output=$2
    shift 2
    "$CLANG" --target=wasm32-wasi -std=gnu17 -O2 -Wall -Wextra -Werror "$@" "$source" -o "$output"
    # The linker marks what it makes as executable, which a module is not.
    chmod 644 "$output"
}

# compile_rust SOURCE [FLAG...]: a program in Rust, as small as the compiler makes it.
compile_rust() {
    source=$1
    shift
    "$RUSTC" --edition 2021 --target wasm32-wasi -D warnings \
        -C opt-level=s -C lto -C codegen-units=1 -C panic=abort -C strip=symbols \
        -C linker="$WASM_LD" "$@" "$source"
    chmod 644 "${source%.rs}.wasm"
}

# compile_host TOPIC SNAPSHOT [FLAG...]: a test of the host suite, without libc, so
# that it imports exactly what it calls. -fno-builtin: the loops of its own memset
# and memcpy must not become calls of themselves. --stack-first: a stack that
# overflows traps, rather than to run into the data.
compile_host() {
    topic=$1 snapshot=$2
    shift 2
    "$CLANG" --target=wasm32-unknown-unknown -std=c17 -Oz -Wall -Wextra -Werror \
        -ffreestanding -fno-builtin -nostdlib \
        -Wl,--strip-all -Wl,--stack-first -Wl,-z,stack-size=16384 \
        "$@" "$topic.c" -o "$topic.$snapshot.wasm"
    chmod 644 "$topic.$snapshot.wasm"
}

# record: writes SHA256SUMS for the folder and `host` in it.
record() {
    find . -type f -not -path './crates/*' -not -path './isolation/*' \( -name '*.c' -o -name '*.h' -o -name '*.rs' -o -name '*.sh' \
        -o -name '*.wat' -o -name '*.wasm' \) | sed 's|^\./||' | sort |
        xargs sha256sum >SHA256SUMS
}

cd "$examples"
compile_c hello.c hello.wasm -Wl,--strip-all
compile_c sort_lines.c sort_lines.wasm -Wl,--strip-all
compile_c tokens.c tokens.wasm -Wl,--strip-all
compile_c counter.c counter.wasm -Wl,--strip-all -mexec-model=reactor
compile_c discounts.c discounts.wasm -Wl,--strip-all -mexec-model=reactor \
    -Wl,--export=malloc -Wl,--export=free
compile_rust tally.rs
compile_rust word_count.rs
compile_rust surcharges.rs --crate-type cdylib
record

cd "$here"
for name in bytes echo exit files kernels; do
    compile_c "$name.c" "$name.wasm" -Wl,--strip-all
done
# Backtraces are tested on this one: it keeps its name section.
compile_c traps.c traps.wasm -Wl,--strip-debug -fno-strict-aliasing
compile_c reactor.c reactor.wasm -Wl,--strip-all -mexec-model=reactor
compile_c shapes.c shapes.wasm -Wl,--strip-all -mexec-model=reactor
compile_c plugin.c plugin.wasm -Wl,--strip-all -mexec-model=reactor

(
    cd host
    for source in *.c; do
        [ -e "$source" ] || continue
        topic=${source%.c}
        compile_host "$topic" snapshot0 -DSNAPSHOT0
        compile_host "$topic" snapshot1
    done
)
record
