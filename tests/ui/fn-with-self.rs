use wasi_program::{Error, wasi_program};

struct Renderer;

impl Renderer {
    #[wasi_program("modules/hello.wat")]
    fn program(&self) -> Result<(), Error>;
}

fn main() {
    let _ = Renderer.program();
}
