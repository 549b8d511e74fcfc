//! The tests of wasi-program: see `README.md` beside this file.
