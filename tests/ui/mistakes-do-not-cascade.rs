use wasi_program::{Error, Program, wasi_program};

/// The mistake is in the attribute: nothing below is reported.
#[wasi_program("modules/no-memory.wat", args = [file])]
pub fn count(file: &str) -> Result<String, Error>;

#[wasi_program("modules/no-memory.wat")]
pub static COUNT: Program;

fn main() -> Result<(), Error> {
    let text: String = count("README.md")?;
    let _ = COUNT.command().arg(text).output()?;
    Ok(())
}
