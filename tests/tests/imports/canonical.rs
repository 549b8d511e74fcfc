//! Functions by the Canonical ABI, from an interface of the component model.

use wasi_program::{Error, ErrorKind, Value, wasi_program};

#[derive(Debug, PartialEq, Value)]
struct Item {
    pages: u32,
    copies: u32,
}

type Many = (u64, u64, u64, u64, u64, u64, u64, u64, u64, u64, u64, u64);

#[wasi_program::imports("ns:docs/store@1.0.0")]
trait Store {
    fn get_item(&self, name: &str) -> Item;
    fn count(&self) -> u32;
    fn weigh(&self, many: Many, a: u64, b: u64, c: u64, d: u64, e: u64) -> u64;
    fn divide(&self, a: u32, b: u32) -> Result<Result<u32, u8>, Error>;
}

struct Shelf;

impl Store for Shelf {
    fn get_item(&self, name: &str) -> Item {
        Item {
            pages: name.len() as u32,
            copies: 7,
        }
    }

    fn count(&self) -> u32 {
        3
    }

    fn weigh(&self, many: Many, a: u64, b: u64, c: u64, d: u64, e: u64) -> u64 {
        assert_eq!(many, (0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11));
        a + b * 2 + c * 3 + d * 4 + e * 5
    }

    fn divide(&self, a: u32, b: u32) -> Result<Result<u32, u8>, Error> {
        Ok(a.checked_div(b).ok_or(9))
    }
}

#[wasi_program("guests/imports_canonical.wat", imports = [Store])]
trait Library {
    fn item(&mut self, name: &str) -> Result<Item, Error>;
    fn items(&mut self) -> Result<u32, Error>;
    fn weight(&mut self) -> Result<u64, Error>;
    fn divided(&mut self, a: u32, b: u32) -> Result<u32, Error>;
    fn stray(&mut self, by: u32) -> Result<(), Error>;
}

#[test]
fn values_cross_by_the_canonical_abi() {
    let mut library = LibraryInstance::new(Shelf).unwrap();
    assert_eq!(
        library.item("Middlemarch").unwrap(),
        Item {
            pages: 11,
            copies: 7
        }
    );
    assert_eq!(library.items().unwrap(), 3);
    let expected = 12 + 13 * 2 + 14 * 3 + 15 * 4 + 16 * 5;
    assert_eq!(library.weight().unwrap(), expected);
    assert_eq!(library.divided(42, 5).unwrap(), 8);
    assert_eq!(library.divided(1, 0).unwrap(), 1009);
}

#[test]
fn a_pointer_for_a_result_is_checked() {
    for (by, expected) in [
        (
            1,
            "the result of `ns:docs/store@1.0.0.divide` cannot be returned to \
             `imports_canonical`, which called it: the pointer 0x201 is not a multiple of 4, the alignment of its type",
        ),
        (
            0x20000 - 512 - 4,
            "the result of `ns:docs/store@1.0.0.divide` cannot be returned to \
             `imports_canonical`, which called it: 8 bytes at address 0x1fffc are not within the \
             memory of the program",
        ),
    ] {
        let mut library = LibraryInstance::new(Shelf).unwrap();
        library.stray(by).unwrap();
        let error = library.divided(1, 1).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Value);
        assert_eq!(format!("{error:#}"), expected);
    }
}
