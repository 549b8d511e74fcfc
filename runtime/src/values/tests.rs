//! Round trips and bad input, with a guest that is an allocator and bytes.

use std::sync::Arc;

use super::lowering::CoreValues;
use super::shape::{Case, Field, align};
use super::*;
use crate::control::Control;
use crate::outcome::ValueError;
use crate::session::CallError;

macro_rules! assert_round_trips {
    ($($value:expr),* $(,)?) => {$(
        let value = $value;
        for back in round_trips(&value) {
            assert_eq!(back, value);
        }
    )*};
}

mod derived;
mod search;

/// A guest's memory, with an allocator that hands out each byte at most once.
struct Bytes {
    memory: Vec<u8>,
    next: u32,
}

impl Bytes {
    fn new() -> Self {
        Self {
            memory: vec![0xaa; 1 << 16],
            next: 8,
        }
    }
}

impl Guest for Bytes {
    fn memory(&mut self) -> &mut [u8] {
        &mut self.memory
    }

    fn allocate(&mut self, size: u32, alignment: u32) -> Result<u32, CallError> {
        let start = align(self.next, alignment);
        self.next = start + size;
        Ok(start)
    }
}

fn control() -> Arc<Control> {
    Control::new(false)
}

fn crossed<T>(result: Result<T, NotCrossed>) -> Result<T, ValueError> {
    result.map_err(|NotCrossed(crossing)| match crossing {
        Crossing::Value(error) => error,
        Crossing::Call(_) => panic!("nothing is called"),
    })
}

/// The value after it was passed by itself, and after it was passed through memory.
fn round_trips<T: Value>(value: &T) -> [T; 2] {
    let mut guest = Bytes::new();
    let control = control();
    let mut lowered = Lowered::default();
    let mut lowering = Lowering::new(&mut guest, &mut lowered, &control);
    crossed(value.lower(&mut lowering)).unwrap();
    let at = crossed(lowering.allocate(1, T::SHAPE)).unwrap();
    crossed(value.store(at, &mut lowering)).unwrap();
    let values = lowered.values;
    assert_eq!(values.len(), T::SHAPE.flat().len());
    let mut lifting = Lifting::new(&guest.memory, &values, &control, 1 << 20, false);
    let flat = crossed(T::lift(&mut lifting)).unwrap();
    assert_eq!(lifting.position(), 0, "all core values are used");
    [flat, crossed(T::load(at, &mut lifting)).unwrap()]
}

#[test]
fn values_of_all_types_come_back_as_they_were() {
    assert_round_trips![
        (),
        true,
        false,
        u8::MAX,
        i8::MIN,
        -1_i8,
        u16::MAX,
        i16::MIN,
        u32::MAX,
        i32::MIN,
        u64::MAX,
        i64::MIN,
        1.5_f32,
        f64::MIN_POSITIVE,
        'a',
        '\u{10ffff}',
        String::new(),
        "Grüße, 世界".to_owned(),
        Vec::<u8>::new(),
        vec![1_u8, 2, 3],
        vec![-1_i16, 2],
        vec![1.0_f64, -0.0],
        vec![true, false],
        vec!['x', '\u{1f600}'],
        vec!["a".to_owned(), String::new(), "bc".to_owned()],
        vec![vec![1_u32], vec![], vec![2, 3]],
        None::<u8>,
        Some(7_u8),
        Some(u64::MAX),
        Some(Some("x".to_owned())),
        Some(None::<String>),
        Ok::<u32, String>(5),
        Err::<u32, _>("no".to_owned()),
        Ok::<(), ()>(()),
        Err::<f32, i64>(-1),
        Ok::<f32, f64>(1.25),
        Box::new(3_i32),
        (1_u8,),
        (1_u8, 2_u64, 3_u16),
        (1_u8, "x".to_owned(), vec![(2_u16, Some('y'))], false),
        vec![(Some(1_i64), Ok::<Vec<u8>, u8>(vec![9])), (None, Err(4))],
    ];
    let nan = f32::from_bits(0x7fc0_1234);
    for back in round_trips(&nan) {
        assert_eq!(back.to_bits(), nan.to_bits());
    }
}

#[test]
fn layouts_are_those_of_the_canonical_abi() {
    fn layout<T: Lower>() -> (u32, u32) {
        (T::SHAPE.size(), T::SHAPE.alignment())
    }
    assert_eq!(layout::<bool>(), (1, 1));
    assert_eq!(layout::<char>(), (4, 4));
    assert_eq!(layout::<String>(), (8, 4));
    assert_eq!(layout::<(u8, u64, u16)>(), (24, 8));
    assert_eq!(layout::<(u8, u16)>(), (4, 2));
    assert_eq!(layout::<Option<u8>>(), (2, 1));
    assert_eq!(layout::<Option<u64>>(), (16, 8));
    assert_eq!(layout::<Result<(), ()>>(), (1, 1));
    assert_eq!(layout::<Result<u8, String>>(), (12, 4));
    const NAMES: [&str; 9] = ["f"; 9];
    assert_eq!(Shape::Flags(&NAMES).size(), 2);
    const CASE: Case = Case {
        name: "c",
        shape: None,
    };
    const CASES: [Case; 257] = [CASE; 257];
    assert_eq!(Shape::Variant(&CASES).size(), 2);
    assert_eq!(Shape::Variant(&CASES[1..]).size(), 1);
    const FIELDS: [Field; 2] = [
        Field {
            name: "a",
            shape: &Shape::U8,
        },
        Field {
            name: "b",
            shape: &Shape::F64,
        },
    ];
    assert_eq!(Shape::Record(&FIELDS).size(), 16);
}

#[test]
fn the_cases_of_a_variant_share_their_core_values() {
    fn flat<T: Lower>() -> Vec<Core> {
        let types = T::SHAPE.flat();
        (0..types.len())
            .map(|index| types.get(index).unwrap())
            .collect()
    }
    use Core::{F32, F64, I32, I64};
    assert_eq!(flat::<Option<f32>>(), [I32, F32]);
    assert_eq!(flat::<Result<f32, u32>>(), [I32, I32]);
    assert_eq!(flat::<Result<f32, u64>>(), [I32, I64]);
    assert_eq!(flat::<Result<f32, f64>>(), [I32, I64]);
    assert_eq!(flat::<Result<f64, ()>>(), [I32, F64]);
    assert_eq!(flat::<Result<String, u64>>(), [I32, I64, I32]);
    assert_eq!(flat::<Result<(), ()>>(), [I32]);
    assert_eq!(
        flat::<(u8, (i64, f32), String)>(),
        [I32, I64, F32, I32, I32]
    );
}

/// The error of lifting a value from these core values and 64 bytes of memory.
fn refused<T: Value>(values: &[u64], memory: &[u8], limit: u64) -> ValueError {
    let values: CoreValues = values.iter().map(|value| u128::from(*value)).collect();
    let control = control();
    let mut lifting = Lifting::new(memory, &values, &control, limit, false);
    match crossed(T::lift(&mut lifting)) {
        Ok(_) => panic!("the value is not valid"),
        Err(error) => error,
    }
}

#[test]
fn values_from_the_guest_are_checked() {
    let memory = [0xff; 64];
    let limit = 1 << 20;
    assert_eq!(
        refused::<String>(&[60, 5], &memory, limit),
        ValueError::OutOfBounds {
            pointer: 60,
            len: 5
        }
    );
    assert_eq!(
        refused::<Vec<u64>>(&[0, u64::from(u32::MAX)], &memory, limit),
        ValueError::OutOfBounds {
            pointer: 0,
            len: u64::from(u32::MAX) * 8
        }
    );
    assert_eq!(
        refused::<Vec<u32>>(&[2, 1], &memory, limit),
        ValueError::Misaligned {
            pointer: 2,
            alignment: 4
        }
    );
    assert_eq!(
        refused::<String>(&[0, 4], &memory, limit),
        ValueError::NotUtf8 { valid_up_to: 0 }
    );
    assert_eq!(
        refused::<char>(&[0xd800], &memory, limit),
        ValueError::NotAChar { number: 0xd800 }
    );
    assert_eq!(
        refused::<Vec<char>>(&[0, 1], &memory, limit),
        ValueError::NotAChar { number: u32::MAX }
    );
    assert_eq!(
        refused::<Option<u8>>(&[2, 0], &memory, limit),
        ValueError::NoSuchCase {
            number: 2,
            cases: 2
        }
    );
    assert_eq!(
        refused::<Vec<Result<(), ()>>>(&[0, 1], &memory, limit),
        ValueError::NoSuchCase {
            number: 255,
            cases: 2
        }
    );
    // The list of strings is valid, but its strings are not.
    assert_eq!(
        refused::<Vec<String>>(&[0, 1], &memory, limit),
        ValueError::OutOfBounds {
            pointer: u32::MAX,
            len: u64::from(u32::MAX)
        }
    );
}

/// Eight thousand lists, each of which is the same 64 KiB of memory.
#[test]
fn overlapping_lists_use_no_more_host_memory_than_the_limit() {
    let mut memory = vec![0; 1 << 16];
    for pair in memory.as_chunks_mut::<8>().0 {
        *pair = (0x1_0000_u64 << 32).to_le_bytes();
    }
    let limit = 1 << 20;
    assert_eq!(
        refused::<Vec<Vec<u8>>>(&[0, 1 << 13], &memory, limit),
        ValueError::BeyondLimit { limit }
    );
}

#[test]
fn pointers_from_the_allocator_of_the_guest_are_checked() {
    struct Fixed(u32, [u8; 64]);
    impl Guest for Fixed {
        fn memory(&mut self) -> &mut [u8] {
            &mut self.1
        }
        fn allocate(&mut self, _: u32, _: u32) -> Result<u32, CallError> {
            Ok(self.0)
        }
    }
    let refused = |pointer| {
        let mut guest = Fixed(pointer, [0; 64]);
        let control = control();
        let mut lowered = Lowered::default();
        let mut lowering = Lowering::new(&mut guest, &mut lowered, &control);
        match crossed([1_u32, 2].lower(&mut lowering)) {
            Ok(()) => panic!("the pointer is not valid"),
            Err(error) => error,
        }
    };
    assert_eq!(refused(0), ValueError::NotAllocated { size: 8 });
    assert_eq!(
        refused(6),
        ValueError::Misaligned {
            pointer: 6,
            alignment: 4
        }
    );
    for pointer in [60, 1 << 31, u32::MAX - 3] {
        assert_eq!(
            refused(pointer),
            ValueError::OutOfBounds { pointer, len: 8 }
        );
    }
}

#[test]
fn reading_a_list_ends_if_the_run_is_stopped() {
    let control = Control::new(true);
    control.stop(crate::control::Why::Cancelled);
    let memory = [0; 64];
    let values: CoreValues = [0, 8].into_iter().collect();
    let mut lifting = Lifting::new(&memory, &values, &control, 1 << 20, false);
    assert!(matches!(
        <Vec<Option<u8>>>::lift(&mut lifting),
        Err(NotCrossed(Crossing::Call(CallError::StoppedBefore)))
    ));
}
