//! `qjs-wasi-reactor`: JavaScript in the arguments of a function in C.

use wasi_program::{Error, wasi_program};

#[wasi_program(
    "packages/qjs-wasi-reactor/qjs-wasi-reactor.wasm",
    timeout = "10s",
    memory = "64MiB"
)]
trait Reactor {
    fn malloc(&mut self, size: u32) -> Result<u32, Error>;
    /// Returns 0 if the script has run. `arguments` is the address of as many C strings.
    fn qjs_init_argv(&mut self, count: i32, arguments: u32) -> Result<i32, Error>;
    fn qjs_destroy(&mut self) -> Result<(), Error>;
}

impl ReactorInstance {
    fn put(&mut self, bytes: &[u8]) -> u32 {
        let pointer = self.malloc(bytes.len() as u32).unwrap();
        self.memory_mut()[pointer as usize..][..bytes.len()].copy_from_slice(bytes);
        pointer
    }

    fn run(&mut self, script: &str) -> i32 {
        let arguments = ["qjs", "-e", script];
        let pointers = arguments.map(|text| self.put(format!("{text}\0").as_bytes()));
        let pointers: Vec<u8> = pointers.into_iter().flat_map(u32::to_le_bytes).collect();
        let place = self.put(&pointers);
        self.qjs_init_argv(arguments.len() as i32, place).unwrap()
    }
}

#[test]
fn javascript_prints_what_it_computes() {
    let mut reactor = ReactorInstance::new().unwrap();
    assert_eq!(reactor.run("print([3, 1, 2].sort().map(n => n * n))"), 0);
    assert_eq!(reactor.take_stdout(), b"1,4,9\n");
    reactor.qjs_destroy().unwrap();
}
