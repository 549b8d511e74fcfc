//! A search: random bytes and core values are read as values of each type. A value that can be
//! read is the same after it has been passed to another guest; anything else is an error, and never
//! a panic.

use std::fmt::Debug;

use super::*;

/// The number of random guests for each type.
const GUESTS: u32 = 3_000;

/// The size of their memories, in bytes.
const SIZE: u32 = 128;

/// Numbers that are random enough (xorshift64*).
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    /// A number that is often a case, a pointer or a length.
    fn word(&mut self) -> u32 {
        let next = self.next();
        let bits = (next >> 32) as u32;
        match next % 8 {
            0 | 1 => bits % 3,
            2..=4 => (bits % SIZE) & !7,
            5 => bits % (2 * SIZE),
            6 => u32::from(b'a') + bits % 26,
            _ => bits,
        }
    }
}

/// A value of the type, and the same value after it was written and read again.
fn check<T: Value + Debug>(value: &T) {
    let expected = format!("{value:?}");
    for back in round_trips(value) {
        assert_eq!(format!("{back:?}"), expected);
    }
}

/// Returns the number of values that could be read.
fn search<T: Value + Debug>() -> u32 {
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    let control = control();
    let mut found = 0;
    for _ in 0..GUESTS {
        let words = std::iter::repeat_with(|| random.word().to_le_bytes());
        let memory: Vec<u8> = words.take(SIZE as usize / 4).flatten().collect();
        let values: CoreValues = (0..T::SHAPE.flat().len())
            .map(|_| match random.next() % 4 {
                0 => u128::from(random.next()),
                _ => u128::from(random.word()),
            })
            .collect();
        let mut lifting = Lifting::new(&memory, &values, &control, 1 << 16, true);
        if let Ok(value) = crossed(T::lift(&mut lifting)) {
            found += 1;
            check(&value);
        }
        let at = align(random.next() as u32 % SIZE, T::SHAPE.alignment());
        if let Ok(value) = crossed(T::load(at, &mut lifting)) {
            found += 1;
            check(&value);
        }
        // Everything that the guest would be asked to free is within its memory.
        for allocation in lifting.finish().unwrap() {
            let end = u64::from(allocation.pointer) + u64::from(allocation.size);
            assert!(end <= u64::from(SIZE));
        }
    }
    found
}

macro_rules! types {
    ($($type:ty),* $(,)?) => {[$((stringify!($type), search::<$type> as fn() -> u32)),*]};
}

#[test]
fn values_of_random_guests_survive_a_round_trip_or_are_refused() {
    for (name, search) in types![
        bool,
        u8,
        i16,
        u32,
        i64,
        f32,
        f64,
        char,
        String,
        Vec<u8>,
        Vec<u32>,
        Vec<char>,
        Vec<bool>,
        Vec<(u8, u16)>,
        Vec<String>,
        Vec<Vec<Option<u16>>>,
        Option<u64>,
        Option<Option<String>>,
        Result<f32, u64>,
        Result<String, (u8, f64)>,
        (u8, String, Option<char>, Vec<i16>),
        derived::Point,
        derived::Shape,
        derived::Style,
        Vec<derived::Shape>,
        Option<derived::Word<Vec<derived::Color>>>,
    ] {
        let found = search();
        assert!(found >= 20, "only {found} values of {name}");
    }
}
