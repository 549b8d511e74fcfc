//! Crates that the attribute builds: `guests/crates`.

use wasi_program::{Error, Program, wasi_program};

#[wasi_program(crate_dir = "guests/crates/greet")]
fn greet() -> Result<String, Error>;

#[wasi_program(crate_dir = "guests/crates/greet")]
static GREET: Program;

#[wasi_program(crate_dir = concat!("$CARGO_MANIFEST_DIR/", "guests/crates/several"), bin = "bye")]
fn bye() -> Result<String, Error>;

#[wasi_program(crate_dir = "../../guests/crates/several", bin = "hello")]
fn hello() -> Result<String, Error>;

#[wasi_program(crate_dir = "guests/crates/library", export = "run")]
fn library() -> Result<String, Error>;

#[test]
fn a_crate_is_built_and_its_program_runs() -> Result<(), Error> {
    assert_eq!(greet()?, "hello\n");
    assert_eq!(GREET.command().output()?.stdout, b"hello\n");
    Ok(())
}

#[test]
fn the_key_bin_chooses_one_of_several_binaries() -> Result<(), Error> {
    assert_eq!(hello()?, "hello\n");
    assert_eq!(bye()?, "bye\n");
    Ok(())
}

#[test]
fn the_key_export_names_the_function_of_a_library() -> Result<(), Error> {
    assert_eq!(library()?, "run\n");
    Ok(())
}
