use wasi_program::{Error, wasi_program};

#[wasi_program("modules/allocates.wat", abi = rust)]
trait Markdown {
    fn render(&mut self, text: &str) -> Result<String, Error>;
}

#[wasi_program("modules/allocates.wat", abi = packed)]
trait Packed {
    fn render(&mut self, text: &str) -> Result<String, Error>;
}

#[wasi_program("modules/allocates.wat", abi = packed(pointer_len))]
trait Order {
    fn render(&mut self, text: &str) -> Result<String, Error>;
}

#[wasi_program("modules/allocates.wat", abi = c(malloc = "allocate"))]
trait Key {
    fn render(&mut self, text: &str) -> Result<String, Error>;
}

fn main() {}
