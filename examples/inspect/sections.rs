//! The sizes of the parts of a module.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use wasmparser::Payload;

/// The sizes of the sections.
#[derive(Default)]
pub(crate) struct Sections<'a> {
    total: u64,
    sizes: BTreeMap<Section<'a>, u64>,
}

/// A section; all that are custom and of one name count as one.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Section<'a> {
    /// One that WebAssembly knows.
    Standard(&'static str),
    Custom(&'a str),
    /// The headers of sections: their kinds and lengths.
    Headers,
}

impl<'a> Sections<'a> {
    pub(crate) fn new(total: usize) -> Self {
        Self {
            total: total as u64,
            sizes: BTreeMap::new(),
        }
    }

    pub(crate) fn add(&mut self, payload: &Payload<'a>) {
        if let Some((id, range)) = payload.as_section() {
            let section = match payload {
                Payload::CustomSection(custom) => Section::Custom(custom.name()),
                _ => Section::Standard(name(id)),
            };
            *self.sizes.entry(section).or_default() += range.end - range.start;
        }
    }

    /// The size of the module.
    pub(crate) fn total(&self) -> u64 {
        self.total
    }

    /// Returns the percentage of the module that this size is.
    pub(crate) fn percent(&self, size: u64) -> f64 {
        size as f64 * 100.0 / self.total as f64
    }

    /// All of the module, the largest first.
    pub(crate) fn by_size(&self) -> Vec<(Section<'a>, u64)> {
        let known: u64 = self.sizes.values().sum();
        let mut sizes: Vec<_> = self
            .sizes
            .iter()
            .map(|(name, size)| (*name, *size))
            .collect();
        sizes.push((Section::Headers, self.total.saturating_sub(known)));
        sizes.sort_by_key(|(_, size)| Reverse(*size));
        sizes
    }
}

/// The name of a section that WebAssembly knows.
fn name(id: u8) -> &'static str {
    const NAMES: [&str; 14] = [
        "custom",
        "type",
        "import",
        "function",
        "table",
        "memory",
        "global",
        "export",
        "start",
        "element",
        "code",
        "data",
        "data count",
        "tag",
    ];
    NAMES.get(usize::from(id)).copied().unwrap_or("unknown")
}
