//! Native code with all data that running it requires, as one sequence of bytes.
//!
//! An image runs at any address of readable and executable memory, because its code contains
//! no absolute address. So it can be part of a binary: the system maps it on demand, and
//! nothing is copied, linked or registered.
//!
//! An image starts with a header of little-endian numbers:
//!
//! | offset | content |
//! |---|---|
//! | 0 | [`MAGIC`] |
//! | 8 | [`REVISION`](crate::REVISION), 4 bytes |
//! | 12 | the required alignment, 4 bytes |
//! | 16 | the length of the image, 8 bytes |
//! | 24 | for each [`Section`], its offset and its length, 4 bytes each |

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

use crate::contract::REVISION;

/// The first bytes of every image.
pub const MAGIC: [u8; 8] = *b"wasi-img";

/// The length of an entry of [`Section::Segments`], in bytes.
const ENTRY: usize = 16;

/// The parts of an image.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(usize)]
pub enum Section {
    /// The functions that set up no frame on the stack. They call no function.
    Frameless,
    /// All other functions, each preceded by the check that its frame fits the stack.
    Framed,
    /// The code by which the guest calls functions that the application provides. It passes
    /// the arguments in memory, and returns the results from there. As in
    /// [`Section::Framed`], a check precedes each of them.
    Imports,
    /// The trampolines, which call a function with arguments from memory: one for each
    /// signature.
    Trampolines,
    /// For each function that the module defines, the offset in the image at which calls
    /// enter it: 4 bytes. A trap immediately precedes each entry of [`Section::Framed`].
    Functions,
    /// The indices of these functions in the order of their starts, those of
    /// [`Section::Frameless`] first: 4 bytes each.
    FunctionOrder,
    /// For each trampoline, the offset of its start in the image: 4 bytes.
    TrampolineStarts,
    /// For each function that the module imports, the offset in the image of its code in
    /// [`Section::Imports`], or 0 if it is a function of WASI: 4 bytes.
    ImportStarts,
    /// The offsets in the image of instructions that trap, in ascending order: 4 bytes each.
    /// Any other instruction that traps accesses memory.
    TrapAddresses,
    /// For each of these, the reason of the trap: 1 byte.
    TrapCodes,
    /// The functions that have a name, in order of their index: the index, and the offset and
    /// length of the name within [`Section::Names`], 4 bytes each.
    NameIndex,
    /// The names of these functions.
    Names,
    /// The number of functions that the module imports, which precede its own functions in
    /// the index space, and 1 if its instances can be reset, or else 0: 4 bytes each.
    Facts,
    /// The description of the module that the engine requires (`wasmer_types::ModuleInfo`),
    /// encoded with `rkyv`.
    Module,
    /// The pieces of initial memory: the index of the memory, the address in it, the offset of
    /// the bytes in the image, and their number: 4 bytes each.
    ///
    /// Each piece is within the minimum size of its memory, the pieces are in order of memory
    /// and address, and no two overlap. So they can be written or mapped in any order. If a
    /// data segment is out of bounds, so that instantiation traps, there is one entry, whose
    /// memory is [`NOWHERE`](crate::NOWHERE).
    Segments,
    /// The bytes of these pieces.
    Data,
}

impl Section {
    const COUNT: usize = Self::Data as usize + 1;
}

/// The length of the header, in bytes.
pub const HEADER: usize = 24 + Section::COUNT * 8;

/// An image with a valid header.
#[derive(Clone, Copy)]
pub struct Image<'a> {
    bytes: &'a [u8],
}

/// The properties of an image that its placement in memory depends on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layout {
    /// The length of the image, in bytes.
    pub len: usize,
    /// The required alignment of its start, in bytes.
    pub alignment: usize,
    /// The range of the code that sets up no frames on the stack.
    pub frameless: Range<usize>,
    /// The range of the code that sets up frames, behind the other code.
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

/// A piece of initial memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Segment<'a> {
    /// The index of the memory, or [`NOWHERE`](crate::NOWHERE).
    pub memory: u32,
    /// The address of the piece in the memory.
    pub address: u32,
    /// The content of the piece.
    pub bytes: &'a [u8],
}

impl<'a> Image<'a> {
    /// Checks the header of an image. The rest is trusted as much as the code in it.
    ///
    /// # Errors
    ///
    /// Returns the reason why these bytes are not an image of this version.
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
            return Err("it is incomplete");
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

    /// Returns the whole image.
    #[must_use]
    pub fn bytes(&self) -> &'a [u8] {
        self.bytes
    }

    /// Returns the range of a section.
    #[must_use]
    pub fn range(&self, section: Section) -> Range<usize> {
        self.range_at(section as usize)
    }

    fn range_at(&self, section: usize) -> Range<usize> {
        let entry = &self.bytes[24 + section * 8..];
        let start = number(entry) as usize;
        start..start.saturating_add(number(&entry[4..]) as usize)
    }

    /// Returns the bytes of a section.
    #[must_use]
    pub fn section(&self, section: Section) -> &'a [u8] {
        &self.bytes[self.range(section)]
    }

    /// Returns the numbers in a section.
    pub fn numbers(&self, section: Section) -> impl ExactSizeIterator<Item = u32> + use<'a> {
        self.section(section).chunks_exact(4).map(number)
    }

    /// Returns the number of functions that the module imports.
    #[must_use]
    pub fn imported_functions(&self) -> u32 {
        self.numbers(Section::Facts).next().unwrap_or_default()
    }

    /// Reports whether restoring the memories and globals of an instance resets it.
    #[must_use]
    pub fn can_be_reset(&self) -> bool {
        self.numbers(Section::Facts).nth(1) == Some(1)
    }

    /// Returns the pieces of initial memory: disjoint, in order and in bounds, or one whose memory
    /// is [`NOWHERE`](crate::NOWHERE) (see [`Section::Segments`]).
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

    /// Reports whether the instruction at `offset` is part of code that sets up a frame.
    #[must_use]
    pub fn sets_up_frame(&self, offset: usize) -> bool {
        [Section::Framed, Section::Imports]
            .map(|section| self.range(section))
            .iter()
            .any(|range| range.contains(&offset))
    }

    /// Returns the index of the function whose instruction is at `offset`, counted from the
    /// first function that the module defines.
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

    /// Returns the name of the function with this index in the module.
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

/// Reads the number at the start of `bytes`, which must have at least four bytes.
fn number(bytes: &[u8]) -> u32 {
    u32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]])
}

/// Returns the position of `wanted` among `len` ascending numbers.
fn find(len: usize, number: impl Fn(usize) -> u32, wanted: u32) -> Option<usize> {
    let found = search(len, |at| number(at) >= wanted);
    (found < len && number(found) == wanted).then_some(found)
}

/// Returns the first of `len` positions from which `is_behind` holds, or `len`.
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
