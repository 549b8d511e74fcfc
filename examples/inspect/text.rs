//! The report that people read.

use std::fmt::Write as _;
use std::path::Path;

use wasmparser::Import;

use crate::facts::{Facts, Type};
use crate::imports::Imports;
use crate::largest::largest;
use crate::printable::{counted, location, more, number, printable};
use crate::rust::{Methods, identifier};
use crate::sections::Section;
use crate::signature::signature;
use crate::types::{described, pages};
use crate::version::Wasi;
use crate::wrapper::Wrapper;

/// The most items of a kind that are listed; a module can have any number.
const LISTED: usize = 40;

/// The width of a list of names, in characters.
const WIDTH: usize = 80;

/// The most sections that are listed.
const SECTIONS: usize = 12;

/// All that there is to say.
pub(crate) fn report(path: &Path, facts: &Facts<'_>, wrapper: &Wrapper) -> String {
    let mut text = Text::default();
    let name = location(path);
    text.line(format!(
        "{name}: a module of {} bytes",
        number(facts.sections.total())
    ));
    text.line(format!("WASI version: {}", Wasi::of(facts)));
    imports(facts, &mut text);
    exports(facts, &mut text);
    memory(facts, &mut text);
    size(facts, &mut text);
    text.wrapper(wrapper);
    text.0
}

fn imports(facts: &Facts<'_>, text: &mut Text) {
    text.heading("imports");
    let imports = Imports::of(facts);
    for (capability, functions) in imports.by_capability() {
        if !functions.is_empty() {
            text.entry(format!("{capability:<12} {}", wrapped(&functions)));
        }
    }
    let host = |import: &&Import<'_>| {
        let name = format!("{}.{}", printable(import.module), printable(import.name));
        described(&name, &facts.import_type(import))
    };
    for (place, import) in imports.host.iter().take(LISTED).enumerate() {
        let label = if place == 0 { "host" } else { "" };
        text.entry(format!("{label:<12} {}", host(import)));
    }
    text.more(imports.host.len(), LISTED);
    if facts.imports.is_empty() {
        text.entry("nothing");
    }
}

/// The names in lines that a terminal shows as they are.
fn wrapped(names: &[&str]) -> String {
    let (mut lines, mut width) = (String::new(), 0);
    for name in names {
        if width > 0 {
            lines.push(',');
            if width + name.len() > WIDTH {
                lines.push_str("\n               ");
                width = 0;
            } else {
                lines.push(' ');
            }
        }
        lines.push_str(name);
        width += name.len() + 2;
    }
    lines
}

fn exports(facts: &Facts<'_>, text: &mut Text) {
    text.heading("exports");
    let methods = Methods::of(facts);
    for export in facts.exports.iter().take(LISTED) {
        let name = printable(export.name);
        text.entry(match facts.export_type(export) {
            Type::Function(function) => match methods.method(export.name, export.index, function) {
                Ok(method) if identifier(export.name) == export.name => method.to_string(),
                Ok(method) => format!("{method}  (exported as `{name}`)"),
                Err(ty) => format!(
                    "`{name}` {}: no trait has it, as {ty} is no type in Rust",
                    signature(function)
                ),
            },
            other => described(&format!("`{name}`"), &other),
        });
    }
    text.more(facts.exports.len(), LISTED);
    if facts.exports.is_empty() {
        text.entry("nothing");
    }
}

fn memory(facts: &Facts<'_>, text: &mut Text) {
    text.heading("memory");
    for (place, ty) in facts.memories.iter().take(LISTED).enumerate() {
        let imported = if place < facts.imported.memories {
            ", imported"
        } else {
            ""
        };
        text.entry(format!("{}{imported}", pages(ty)));
    }
    text.more(facts.memories.len(), LISTED);
    if facts.memories.is_empty() {
        text.entry("none");
    }
    text.entry(format!(
        "data: {} in {}",
        counted(facts.data.bytes, "byte"),
        counted(facts.data.segments, "segment")
    ));
}

fn size(facts: &Facts<'_>, text: &mut Text) {
    text.heading("size");
    let mut row = |size: u64, name: &str| {
        let percent = facts.sections.percent(size);
        text.entry(format!("{:>14} {percent:5.1} %  {name}", number(size)));
    };
    let sections = facts.sections.by_size();
    for (section, size) in sections.iter().take(SECTIONS) {
        match section {
            Section::Standard(name) => row(*size, name),
            Section::Custom(name) => row(*size, &format!("custom `{}`", printable(name))),
            Section::Headers => row(*size, "headers"),
        }
    }
    if let Some(more) = more(sections.len(), SECTIONS) {
        row(
            sections[SECTIONS..].iter().map(|(_, size)| size).sum(),
            &more,
        );
    }
    row(facts.sections.total(), "total");

    let largest = largest(facts);
    text.heading(&format!(
        "{}{}",
        counted(facts.bodies.len(), "function"),
        if largest.is_empty() {
            ""
        } else {
            ", the largest"
        }
    ));
    for function in largest {
        let name = match &function.name {
            Some(name) => printable(name),
            None => format!("function {}", function.index),
        };
        text.entry(format!("{:>14}  {name}", number(function.size)));
    }
}

/// Lines, those of a section indented below its heading.
#[derive(Default)]
struct Text(String);

impl Text {
    fn line(&mut self, line: impl AsRef<str>) {
        self.0.push_str(line.as_ref());
        self.0.push('\n');
    }

    fn heading(&mut self, heading: &str) {
        self.line(format!("\n{heading}"));
    }

    fn entry(&mut self, entry: impl AsRef<str>) {
        self.line(format!("  {}", entry.as_ref()));
    }

    fn more(&mut self, count: usize, most: usize) {
        if let Some(more) = more(count, most) {
            self.entry(more);
        }
    }

    fn wrapper(&mut self, wrapper: &Wrapper) {
        match wrapper {
            Wrapper::Code { code, notes } => {
                self.heading("to embed it");
                for note in notes {
                    self.entry(note);
                }
                let _ = write!(self.0, "\n{code}");
            }
            Wrapper::None(obstacles) => {
                self.heading("it cannot be embedded: the module");
                for obstacle in obstacles {
                    self.entry(obstacle);
                }
            }
        }
    }
}
