#!/bin/sh
# Debian 12's rustc, for a cargo that is years younger: answers as that cargo's own rustc
# would where it is asked for what is newer, and leaves out options that are.
#
# DEBIAN_RUSTC and WASM_LD name other tools.
set -eu
rustc=${DEBIAN_RUSTC:-/usr/bin/rustc}

asked=
skip=
for argument in "$@"; do
    shift
    if [ -n "$skip" ]; then
        skip=
        continue
    fi
    case $argument in
    --check-cfg) skip=1 ;;
    --check-cfg=* | --print=crate-name) ;;
    --print=split-debuginfo) asked=1 ;;
    *) set -- "$@" "$argument" ;;
    esac
done

if [ -n "$asked" ]; then
    # After the path of the installation: which kinds there are, and the crate's name.
    "$rustc" "$@" | sed 's|^/.*|&\noff\n___|'
    exit
fi
# For the target, the linker is one that Debian calls otherwise.
case " $* " in
*" --target wasm32-wasi "*) set -- "$@" -C "linker=${WASM_LD:-wasm-ld-16}" ;;
esac
exec "$rustc" "$@"
