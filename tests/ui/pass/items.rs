//! Attributes, visibility, generics and names of the item stay as they are.
#![deny(warnings, missing_docs)]

use std::path::Path;

use wasi_program::{Error, ExitStatus, Output, Program, wasi_program};

/// A function is documented, visible, deprecated as any other.
#[wasi_program("../modules/hello.wat")]
#[must_use = "it says whether the program ran"]
pub fn documented() -> Result<(), Error>;

/// Generics and `where` clauses stay.
#[wasi_program("../modules/hello.wat", args = [file, label.as_ref(), N])]
pub fn generic<'a, T, const N: usize>(file: &'a Path, label: &T) -> Result<(), Error>
where
    T: AsRef<str> + ?Sized + 'a;

#[wasi_program("../modules/hello.wat")]
fn text() -> Result<String, Error>;

#[wasi_program("../modules/hello.wat")]
fn bytes() -> Result<Vec<u8>, Error>;

#[wasi_program("../modules/hello.wat")]
fn output() -> Result<Output, Error>;

#[wasi_program("../modules/hello.wat")]
fn status() -> std::result::Result<ExitStatus, Box<dyn std::error::Error>>;

type Answer<T> = Result<T, Error>;

#[wasi_program("../modules/hello.wat")]
fn alias() -> Answer<String>;

/// Names that the generated code uses too.
const EMBEDDED: &str = "embedded";
const PROGRAM: &str = "program";

#[wasi_program("../modules/hello.wat", args = [command, EMBEDDED, PROGRAM])]
fn names(command: &str) -> Result<(), Error>;

/// A handle.
#[wasi_program("../modules/hello.wat")]
pub static HANDLE: Program;

#[wasi_program("../modules/hello.wat", args = [EMBEDDED, PROGRAM], env = { "A" = "b" })]
static WITH_KEYS: Program;

struct Renderer;

impl Renderer {
    /// An associated function is a function too.
    #[wasi_program("../modules/hello.wat")]
    fn render() -> Result<(), Error>;
}

mod inner {
    use wasi_program::{Error, wasi_program};

    #[wasi_program("../modules/hello.wat")]
    pub(super) fn nested() -> Result<(), Error>;
}

macro_rules! wrap {
    ($name:ident, $path:literal, $argument:expr, $result:ty) => {
        #[wasi_program($path, args = [$argument])]
        fn $name() -> $result;
    };
}

wrap!(wrapped, "../modules/hello.wat", 1 + 1, Result<(), Error>);

fn main() -> Result<(), Box<dyn std::error::Error>> {
    documented()?;
    generic::<str, 2>(Path::new("a"), "b")?;
    assert!(text()?.is_empty() && bytes()?.is_empty() && alias()?.is_empty());
    assert!(output()?.status.success() && status()?.success());
    names("a")?;
    HANDLE.command().arg("a").output()?;
    WITH_KEYS.command().output()?;
    Renderer::render()?;
    inner::nested()?;
    wrapped()?;
    Ok(())
}
