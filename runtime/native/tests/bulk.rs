//! Operations on large memory ranges that are split into pieces have exactly the effect of
//! the engine's own operations. If they trap, they have written nothing.

use wasi_program_native::{Checks, serialize};
use wasmer::sys::{Cranelift, EngineBuilder, Target};
use wasmer::{Instance, Module, Store, Value, imports};

const PIECE: u64 = 1 << 20;
const SIZES: [u64; 3] = [80 << 16, 70 << 16, (3 << 20) + 77];
const OPERATIONS: [&str; 8] = ["f0", "f1", "c00", "c01", "c10", "c11", "i0", "i1"];
const ROUNDS: u32 = 200;

struct Guest {
    store: Store,
    instance: Instance,
}

impl Guest {
    fn new(checks: Checks) -> Self {
        let [first, second, segment] = SIZES;
        let data: String = (0..segment)
            .map(|i| format!("\\{:02x}", (i * 31 + i / 255) as u8))
            .collect();
        let operation = |name: &str, operator: &str| {
            format!(
                r#"(func (export "{name}") (param i32 i32 i32)
                     ({operator} (local.get 0) (local.get 1) (local.get 2)))"#
            )
        };
        let text = format!(
            r#"(module
                 (memory (export "m0") {}) (memory (export "m1") {}) (data $s "{data}")
                 {} {} {} {} {} {} {} {})"#,
            first >> 16,
            second >> 16,
            operation("f0", "memory.fill 0"),
            operation("f1", "memory.fill 1"),
            operation("c00", "memory.copy 0 0"),
            operation("c01", "memory.copy 0 1"),
            operation("c10", "memory.copy 1 0"),
            operation("c11", "memory.copy 1 1"),
            operation("i0", "memory.init 0 $s"),
            operation("i1", "memory.init 1 $s"),
        );
        let wasm = wat::parse_str(text).expect("valid");
        let native = serialize(&wasm, Target::default(), checks).expect("it compiles");
        let mut store = Store::new(EngineBuilder::new(Cranelift::new()).engine());
        // SAFETY: `serialize` has just made this artifact, for this processor.
        let module = unsafe { Module::deserialize(&store, native) }.expect("it is complete");
        let instance = Instance::new(&mut store, &module, &imports! {}).expect("no imports");
        Self { store, instance }
    }

    /// Calls an operation, and returns the trap, if any, and the content of all memories.
    fn call(&mut self, name: &str, arguments: [u32; 3]) -> (Option<String>, [Vec<u8>; 2]) {
        let Self { store, instance } = self;
        let function = instance.exports.get_function(name).expect("it exists");
        let arguments = arguments.map(|argument| Value::I32(argument.cast_signed()));
        let trap = function.call(store, &arguments).err();
        let memories = ["m0", "m1"].map(|name| {
            let memory = instance.exports.get_memory(name).expect("it exists");
            memory.view(store).copy_to_vec().expect("enough memory")
        });
        (trap.map(|trap| format!("{:?}", trap.to_trap())), memories)
    }
}

/// A deterministic generator of numbers.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % limit
    }

    fn one_of<T: Copy>(&mut self, all: &[T]) -> T {
        all[self.below(all.len() as u64) as usize]
    }

    fn length(&mut self) -> u64 {
        let (some, few) = (self.below(5 * PIECE), self.below(100));
        let around = [0, 1, PIECE - 1, PIECE, PIECE + 1, 2 * PIECE, 3 * PIECE + 5];
        let length = self.one_of(&around);
        self.one_of(&[length, length, length, some, few, u32::MAX.into()])
    }

    /// Returns an address at which so many bytes fit, just fit, just do not fit, or any address.
    fn place(&mut self, length: u64) -> u64 {
        let last = self.one_of(&SIZES).saturating_sub(length);
        let (fits, near, anywhere) = (self.below(last + 1), self.below(2000), self.below(1 << 32));
        self.one_of(&[last, last + 1, fits, fits, near, anywhere])
    }
}

#[test]
fn operations_in_pieces_have_the_same_effect_as_at_once() {
    let mut at_once = Guest::new(Checks::default());
    let mut in_pieces = Guest::new(Checks {
        interrupt: true,
        fuel: false,
    });
    let numbers = &mut Numbers(12345);
    let (mut long, mut long_traps) = (0, 0);
    for _ in 0..ROUNDS {
        let name = numbers.one_of(&OPERATIONS);
        let length = numbers.length();
        let places = [numbers.place(length), numbers.place(length), length];
        let arguments = places.map(|place| place as u32);
        let expected = at_once.call(name, arguments);
        assert!(
            in_pieces.call(name, arguments) == expected,
            "{name} {arguments:?}"
        );
        if length > PIECE {
            match expected.0 {
                None => long += 1,
                Some(_) => long_traps += 1,
            }
        }
    }
    // The cases include long operations, with and without traps.
    assert!(long >= 20 && long_traps >= 20, "{long} {long_traps}");
}
