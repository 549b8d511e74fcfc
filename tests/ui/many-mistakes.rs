use wasi_program::{Error, wasi_program};

#[wasi_program(
    "modules/no-memory.wat",
    arg = ["-v"],
    env = { "LC_ALL=C" = "" },
    mapdir = { "/data" = "a", "/data/" = "b" },
    version = snapshot0,
)]
async fn program() -> Result<(), Error>;

fn main() {
    drop(program());
}
