//! A module's native code, and where it is.

use std::ops::Range;

use wasi_program_native::{Image, Section};

#[cfg(feature = "jit")]
use super::executable::Executable;
use crate::embedded::Native;
use crate::outcome::{Frame, LoadError};

/// The image of a module, in memory that can be executed.
#[derive(Debug)]
pub(crate) enum Code {
    /// In this binary.
    Embedded(Image<'static>),
    /// In separate memory.
    #[cfg(feature = "jit")]
    Own(Executable),
}

impl Code {
    /// Code that the macro has embedded. Nothing is copied.
    pub(super) fn embedded(native: &'static Native) -> Result<Self, LoadError> {
        let start = (native.code as usize).next_multiple_of(native.alignment);
        // SAFETY: the macro has put an image of `len` bytes, aligned to `alignment`, where
        // the function `code` is, and it is part of this binary for as long as it runs.
        let bytes = unsafe { std::slice::from_raw_parts(start as *const u8, native.len) };
        Image::new(bytes)
            .map(Self::Embedded)
            .map_err(|reason| LoadError::Artifact(reason.into()))
    }

    /// Reports whether the code exists for as long as the process.
    pub(super) fn is_embedded(&self) -> bool {
        matches!(self, Self::Embedded(_))
    }

    pub(super) fn image(&self) -> Image<'_> {
        match self {
            Self::Embedded(image) => *image,
            #[cfg(feature = "jit")]
            Self::Own(executable) => executable.image(),
        }
    }

    /// The addresses of all its instructions.
    pub(super) fn addresses(&self) -> Range<usize> {
        let image = self.image();
        let start = image.bytes().as_ptr() as usize;
        let first = image.range(Section::Frameless).start;
        let last = image.range(Section::Trampolines).end;
        start + first..start + last
    }

    /// The offset of an address within the image.
    pub(super) fn offset(&self, address: usize) -> Option<usize> {
        let bytes = self.image().bytes();
        let offset = address.checked_sub(bytes.as_ptr() as usize)?;
        (offset < bytes.len()).then_some(offset)
    }

    /// Reports whether the instruction at `address` is part of a function that sets up a frame.
    pub(super) fn sets_up_frame(&self, address: usize) -> bool {
        self.offset(address)
            .is_some_and(|offset| self.image().sets_up_frame(offset))
    }

    /// Reports whether the instruction at `address` is part of the code that calls functions of
    /// the application.
    pub(super) fn is_import(&self, address: usize) -> bool {
        self.offset(address)
            .is_some_and(|offset| self.image().range(Section::Imports).contains(&offset))
    }

    /// The guest function that the instruction at `address` is part of.
    pub(super) fn frame(&self, address: usize) -> Option<Frame> {
        let image = self.image();
        let local = image.function_at(self.offset(address)?)?;
        let function_index = local + image.imported_functions();
        Some(Frame {
            function_index,
            function_name: image.name(function_index).map(Into::into),
        })
    }
}
