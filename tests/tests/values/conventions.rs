//! Conventions that an attribute names, interfaces of the component model, and errors of the
//! guest.

use wasi_program::{Error, ErrorKind, Program, wasi_program};

#[wasi_program(
    "guests/packed.wat",
    abi = packed(ptr_len, alloc = "allocate", free = "deallocate"),
)]
trait PtrLen {
    fn echo_ptr_len(&mut self, text: &str) -> Result<String, Error>;
    #[export = "echo_ptr_len"]
    fn echo_bytes(&mut self, bytes: &[u8]) -> Result<Vec<u8>, Error>;
    fn half(&mut self, number: f64) -> Result<f64, Error>;
    fn wild(&mut self) -> Result<String, Error>;
    fn live(&mut self) -> Result<u32, Error>;
}

#[wasi_program(
    "guests/packed.wat",
    export = "echo_len_ptr",
    abi = packed(len_ptr, alloc = "allocate", free = "deallocate"),
)]
fn echo_len_ptr(text: &str) -> Result<String, Error>;

/// Nothing is freed.
#[wasi_program("guests/packed.wat", abi = packed(ptr_len, alloc = "allocate"))]
static PACKED: Program;

#[test]
fn a_string_is_returned_as_one_number() {
    let mut library = PtrLenInstance::new().unwrap();
    for text in ["text", "", "Grüße"] {
        assert_eq!(library.echo_ptr_len(text).unwrap(), text);
        assert_eq!(echo_len_ptr(text).unwrap(), text);
    }
    assert_eq!(library.echo_bytes(&[1, 255]).unwrap(), [1, 255]);
    assert_eq!(library.half(3.0).unwrap(), 1.5);
    assert_eq!(
        library.live().unwrap(),
        0,
        "everything is freed with its size"
    );
}

#[test]
fn a_packed_string_out_of_bounds_is_an_error() {
    let mut library = PtrLenInstance::new().unwrap();
    let error = library.wild().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Value);
    assert_eq!(
        format!("{error:#}"),
        "the result of `wild` in `packed` cannot be read: 4294967295 bytes at address 0xffffffff are not within the memory of the program"
    );
    assert_eq!(library.echo_ptr_len("a").unwrap(), "a");
}

#[test]
fn an_instance_made_by_hand_has_the_convention_of_its_static() {
    let mut instance = PACKED.instance().unwrap();
    let echo = instance.typed::<(&str,), String>("echo_ptr_len").unwrap();
    assert_eq!(echo.call(&mut instance, ("text",)).unwrap(), "text");
    let live = instance.typed::<(), u32>("live").unwrap();
    assert_eq!(live.call(&mut instance, ()).unwrap(), 8);
}

/// The error of a function of the guest, or of a call.
#[derive(Debug)]
enum Failed {
    NotANumber(String),
    Call(Error),
}

impl From<String> for Failed {
    fn from(text: String) -> Self {
        Self::NotANumber(text)
    }
}

impl From<Error> for Failed {
    fn from(error: Error) -> Self {
        Self::Call(error)
    }
}

#[wasi_program("guests/interface.wat", interface = "ns:docs/index@1.2.3")]
trait Index {
    #[error(String)]
    fn to_number(&mut self, text: &str) -> Result<u32, Failed>;
    #[export = "to-number"]
    fn parse(&mut self, text: &str) -> Result<Result<u32, String>, Error>;
    fn freed(&mut self) -> Result<u32, Error>;
}

#[wasi_program("guests/standard.wat")]
trait Standard {
    fn same_text(&mut self, text: &str) -> Result<String, Error>;
}

#[test]
fn a_library_with_standard_names_is_initialised_and_called() {
    let mut library = StandardInstance::new().unwrap();
    assert_eq!(library.same_text("as it was").unwrap(), "as it was");
    assert_eq!(library.memory().len(), 65_536);
}

#[wasi_program(
    "guests/interface.wat",
    export = "ns:docs/index@1.2.3#to-number",
    fuel = 100
)]
#[error(String)]
fn to_number(text: &str) -> Result<u32, Failed>;

#[test]
fn functions_of_an_interface_are_found_by_both_kinds_of_names() {
    let mut index = IndexInstance::new().unwrap();
    assert_eq!(index.parse("7").unwrap(), Ok(7));
    assert_eq!(index.parse("x").unwrap(), Err("x".to_owned()));
    assert_eq!(index.freed().unwrap(), 2);
}

#[test]
fn an_error_of_the_guest_becomes_the_error_of_the_method() {
    let mut index = IndexInstance::new().unwrap();
    assert_eq!(index.to_number("7").unwrap(), 7);
    assert!(matches!(index.to_number("seven"), Err(Failed::NotANumber(text)) if text == "seven"));
    assert_eq!(to_number("9").unwrap(), 9);
    assert!(matches!(to_number("x"), Err(Failed::NotANumber(_))));
}

#[wasi_program(
    "guests/interface.wat",
    export = "ns:docs/index@1.2.3#to-number",
    fuel = 1
)]
#[error(String)]
fn to_number_without_fuel(text: &str) -> Result<u32, Failed>;

#[test]
fn a_failed_call_becomes_the_error_of_the_method() {
    let error = to_number_without_fuel("7").unwrap_err();
    assert!(
        matches!(&error, Failed::Call(error) if error.kind() == ErrorKind::OutOfFuel),
        "{error:?}"
    );
}
