//! Stands in for the runtime, by the names that the attribute's output uses.

pub struct Program;

pub mod private {
    pub struct Embedded;
    pub struct Native;
    pub struct Aligned();
    pub struct Checks;

    pub enum Code {
        Native(Native),
        Wasm(),
    }

    pub const fn program() {}
}
