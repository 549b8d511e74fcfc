//! Native code with all that is needed to run it, as one piece of bytes.
//!
//! An image runs wherever it lies, in memory that can be read and executed: its code
//! refers to nothing by an absolute address. So it can be part of a binary, where the
//! system maps it when it is needed, and nothing is copied, linked or registered.
//!
//! It starts with a header, of numbers in little endian:
//!
//! | offset | what |
//! |---|---|
//! | 0 | [`MAGIC`] |
//! | 8 | [`REVISION`](crate::REVISION), 4 bytes |
//! | 12 | by how much it must be aligned, 4 bytes |
//! | 16 | its length, 8 bytes |
//! | 24 | for each [`Section`], where it starts and how long it is, 4 bytes each |

#[cfg(feature = "compiler")]
mod entry;
#[cfg(feature = "compiler")]
mod link;
#[cfg(feature = "compiler")]
mod memory;
mod traps;

use std::fmt;
use std::ops::Range;

#[cfg(feature = "compiler")]
pub(crate) use link::link;

use crate::REVISION;

/// What every image starts with.
pub const MAGIC: [u8; 8] = *b"wasi-img";

/// From how many bytes on a piece of what a memory starts with lies in the image as it
/// lies in the memory, relative to pages: so that it can be mapped there.
pub const MAPPED: usize = 256 << 10;

/// How large these pages are, in bytes.
pub const PAGE: usize = 4096;

/// In the place of a memory: one of the module's data segments is out of bounds, so making
/// an instance ends in a trap. An image with this entry has no other one.
pub const NOWHERE: u32 = u32::MAX;

/// How long an entry of [`Section::Segments`] is, in bytes.
const ENTRY: usize = 16;

/// The parts of an image.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(usize)]
pub enum Section {
    /// The functions that set up no frame on the stack, which call nothing.
    Frameless,
    /// All other functions, each behind the check that its frame fits the stack.
    Framed,
    /// What calls a function with arguments from memory: one for each signature.
    Trampolines,
    /// For each function of the module's own, where calls enter it, from the start of the
    /// image: 4 bytes. A trap lies right before each entry of [`Section::Framed`].
    Functions,
    /// The indices of these functions in the order of their starts, those of
    /// [`Section::Frameless`] first: 4 bytes each.
    FunctionOrder,
    /// For each trampoline, where it starts, from the start of the image: 4 bytes.
    TrampolineStarts,
    /// Where instructions are that trap, from the start of the image, in order: 4 bytes
    /// each. All that are not here access memory.
    TrapAddresses,
    /// For each of these, why it traps: 1 byte.
    TrapCodes,
    /// The functions that have a name, in order: index, start and length of the name
    /// within [`Section::Names`], 4 bytes each.
    NameIndex,
    /// Their names.
    Names,
    /// How many functions the module imports, as its own are counted from there, and
    /// whether its instances can be reset, 1 or 0: 4 bytes each.
    Facts,
    /// What the engine must know of the module (`wasmer_types::ModuleInfo`), as `rkyv`
    /// has it.
    Module,
    /// What memories start with: index of the memory, address, and where the bytes are
    /// in the image, and how many: 4 bytes each.
    ///
    /// Each piece is within the minimum size of its memory, they are in order of memory and
    /// address, and no two overlap. So the order in which they are written, or mapped, does
    /// not matter. If making an instance ends in a trap for its data, there is one entry,
    /// whose memory is [`NOWHERE`].
    Segments,
    /// These bytes.
    Data,
}

impl Section {
    const COUNT: usize = Self::Data as usize + 1;
}

/// How long the header is.
pub const HEADER: usize = 24 + Section::COUNT * 8;

/// A valid image, by its header.
#[derive(Clone, Copy)]
pub struct Image<'a> {
    bytes: &'a [u8],
}

/// What whoever puts an image somewhere must know of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layout {
    /// How long it is.
    pub len: usize,
    /// By how much its start must be aligned.
    pub alignment: usize,
    /// Where the code is that sets up no frames on the stack.
    pub frameless: Range<usize>,
    /// Where the code is that does, behind the other.
    pub framed: Range<usize>,
}

impl Layout {
    /// Reads the first [`HEADER`] bytes of an image.
    #[must_use]
    pub fn of(header: &[u8; HEADER]) -> Self {
        let image = Image { bytes: header };
        Self {
            len: usize::try_from(image.declared_len()).unwrap_or(usize::MAX),
            alignment: number(&header[12..]) as usize,
            frameless: image.range(Section::Frameless),
            framed: image.range(Section::Framed).start..image.range(Section::Trampolines).end,
        }
    }
}

/// A piece of what a memory starts with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Segment<'a> {
    /// Which memory, or [`NOWHERE`].
    pub memory: u32,
    /// Where in it.
    pub address: u32,
    /// What is there.
    pub bytes: &'a [u8],
}

impl<'a> Image<'a> {
    /// Looks at the header only: whoever made the rest is trusted like whoever made the
    /// code in it.
    ///
    /// # Errors
    ///
    /// Why these bytes are no image of this version.
    pub fn new(bytes: &'a [u8]) -> Result<Self, &'static str> {
        let header = bytes.get(..HEADER).ok_or("it is too short")?;
        if header[..8] != MAGIC {
            return Err("it does not start as native code of this crate does");
        }
        if number(&header[8..]) != REVISION {
            return Err("it was made by another version of this crate");
        }
        let image = Self { bytes };
        if image.declared_len() != bytes.len() as u64 {
            return Err("it is not whole");
        }
        for section in 0..Section::COUNT {
            let Range { start, end } = image.range_at(section);
            if start > end || end > bytes.len() {
                return Err("it is damaged");
            }
        }
        Ok(image)
    }

    fn declared_len(&self) -> u64 {
        u64::from(number(&self.bytes[16..])) | u64::from(number(&self.bytes[20..])) << 32
    }

    /// All of it.
    #[must_use]
    pub fn bytes(&self) -> &'a [u8] {
        self.bytes
    }

    /// Where a section is.
    #[must_use]
    pub fn range(&self, section: Section) -> Range<usize> {
        self.range_at(section as usize)
    }

    fn range_at(&self, section: usize) -> Range<usize> {
        let entry = &self.bytes[24 + section * 8..];
        let start = number(entry) as usize;
        start..start.saturating_add(number(&entry[4..]) as usize)
    }

    /// What is in a section.
    #[must_use]
    pub fn section(&self, section: Section) -> &'a [u8] {
        &self.bytes[self.range(section)]
    }

    /// The numbers in a section.
    pub fn numbers(&self, section: Section) -> impl ExactSizeIterator<Item = u32> + use<'a> {
        self.section(section).chunks_exact(4).map(number)
    }

    /// How many functions the module imports.
    #[must_use]
    pub fn imported_functions(&self) -> u32 {
        self.numbers(Section::Facts).next().unwrap_or_default()
    }

    /// Whether an instance is as it was made when its memories and globals are.
    #[must_use]
    pub fn can_be_reset(&self) -> bool {
        self.numbers(Section::Facts).nth(1) == Some(1)
    }

    /// What memories start with: disjoint pieces in order, all in bounds, or one whose memory
    /// is [`NOWHERE`] (see [`Section::Segments`]).
    pub fn segments(&self) -> impl ExactSizeIterator<Item = Segment<'a>> + use<'a> {
        let bytes = self.bytes;
        let entries = self.section(Section::Segments).chunks_exact(ENTRY);
        entries.map(move |entry| {
            let start = number(&entry[8..]) as usize;
            Segment {
                memory: number(entry),
                address: number(&entry[4..]),
                bytes: &bytes[start..start + number(&entry[12..]) as usize],
            }
        })
    }

    /// Which of the module's own functions the instruction at `offset` is part of.
    #[must_use]
    pub fn function_at(&self, offset: usize) -> Option<u32> {
        let section = [Section::Frameless, Section::Framed]
            .map(|section| self.range(section))
            .into_iter()
            .find(|range| range.contains(&offset))?;
        let (starts, order) = (Section::Functions, Section::FunctionOrder);
        let [starts, order] = [starts, order].map(|section| self.section(section));
        let function = |place: usize| number(&order[place * 4..]);
        let start = |place: usize| number(&starts[function(place) as usize * 4..]) as usize;
        // The last function that starts at the offset or before it.
        let behind = search(order.len() / 4, |place| start(place) > offset);
        let place = behind.checked_sub(1)?;
        section.contains(&start(place)).then(|| function(place))
    }

    /// The name of a function, by its index in the module.
    #[must_use]
    pub fn name(&self, function: u32) -> Option<&'a str> {
        let index = self.section(Section::NameIndex);
        let entry = |at: usize| &index[at * 12..at * 12 + 12];
        let found = find(index.len() / 12, |at| number(entry(at)), function)?;
        let (start, len) = (number(&entry(found)[4..]), number(&entry(found)[8..]));
        let names = self.section(Section::Names);
        let name = names.get(start as usize..start as usize + len as usize)?;
        std::str::from_utf8(name).ok()
    }
}

impl fmt::Debug for Image<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Image")
            .field("len", &self.bytes.len())
            .finish_non_exhaustive()
    }
}

/// The number at the start of `bytes`, of which there are four at least.
fn number(bytes: &[u8]) -> u32 {
    u32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]])
}

/// Which of `len` numbers in order is `wanted`.
fn find(len: usize, number: impl Fn(usize) -> u32, wanted: u32) -> Option<usize> {
    let found = search(len, |at| number(at) >= wanted);
    (found < len && number(found) == wanted).then_some(found)
}

/// The first of `len` places from which on `is_behind` holds, or `len`.
fn search(len: usize, is_behind: impl Fn(usize) -> bool) -> usize {
    let (mut from, mut to) = (0, len);
    while from < to {
        let middle = from + (to - from) / 2;
        match is_behind(middle) {
            true => to = middle,
            false => from = middle + 1,
        }
    }
    from
}
