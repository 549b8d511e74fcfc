//! Values by the convention of C.

use wasi_program::{Error, ErrorKind, wasi_program};

#[wasi_program("guests/strings.wat")]
trait Strings {
    fn length(&mut self, text: &str) -> Result<u32, Error>;
    fn twice(&mut self, text: &str) -> Result<String, Error>;
    #[export = "twice"]
    fn twice_bytes(&mut self, bytes: &[u8]) -> Result<Vec<u8>, Error>;
    fn double(&mut self, pair: (u8, f64)) -> Result<(u8, f64), Error>;
    fn bad_free(&mut self) -> Result<String, Error>;
    fn wild(&mut self) -> Result<String, Error>;
    fn fill_up(&mut self) -> Result<(), Error>;
    fn live(&mut self) -> Result<i32, Error>;
}

fn new() -> StringsInstance {
    StringsInstance::new().unwrap()
}

#[test]
fn the_host_frees_parameters_and_results() {
    let mut library = new();
    assert_eq!(library.length("Grüße").unwrap(), 7);
    assert_eq!(library.length("").unwrap(), 0);
    assert_eq!(library.twice("text").unwrap(), "text");
    assert_eq!(library.twice_bytes(&[1, 0, 255]).unwrap(), [1, 0, 255]);
    assert_eq!(library.double((21, 1.5)).unwrap(), (42, 3.0));
    assert_eq!(library.live().unwrap(), 0);
}

#[test]
fn allocations_are_freed_after_an_error() {
    let mut library = new();
    let error = library.wild().unwrap_err();
    assert_eq!(
        format!("{error:#}"),
        "the result of `wild` in `strings` cannot be read: 100 bytes at address 0xfffffff8 are not within the memory of the program"
    );
    let error = library.twice_bytes(&[0xff]).unwrap();
    assert_eq!(error, [0xff]);
    let error = {
        let bytes = [0xff];
        // The same function, as one that returns a string.
        let mut instance = StringsInstance::command().instance().unwrap();
        let twice = instance.typed::<(&[u8],), String>("twice").unwrap();
        let live = instance.typed::<(), i32>("live").unwrap();
        let error = twice.call(&mut instance, (&bytes,)).unwrap_err();
        assert_eq!(live.call(&mut instance, ()).unwrap(), 0);
        error
    };
    assert_eq!(error.kind(), ErrorKind::Value);
    assert_eq!(library.live().unwrap(), 0);
}

#[test]
fn a_full_allocator_is_an_error_and_the_instance_can_be_used() {
    let mut library = new();
    library.fill_up().unwrap();
    let error = library.length("text").unwrap_err();
    assert_eq!(
        format!("{error:#}"),
        "cannot pass parameter 1 of `length` to `strings`: the program could not allocate 4 bytes"
    );
    assert_eq!(library.length("").unwrap(), 0);
    let error = library.twice("").unwrap_err();
    assert_eq!(
        format!("{error:#}"),
        "the result of `twice` in `strings` cannot be read: the program could not allocate 8 bytes"
    );
}

#[test]
fn a_trap_while_something_is_freed_poisons_an_instance() {
    let mut library = new();
    // The pointer is within the memory.
    let error = library.bad_free().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Trap);
    assert_eq!(library.live().unwrap_err().kind(), ErrorKind::Poisoned);
}
