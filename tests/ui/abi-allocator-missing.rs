use wasi_program::{Error, wasi_program};

#[wasi_program("modules/allocates.wat", abi = c(alloc = "alocate", free = "deallocate"))]
trait Misspelt {
    fn render(&mut self, text: &str) -> Result<String, Error>;
}

#[wasi_program("modules/allocates.wat", abi = c(alloc = "allocate", free = "render"))]
trait Signature {
    fn render(&mut self, text: &str) -> Result<String, Error>;
}

fn main() {}
