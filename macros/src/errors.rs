//! The collector of errors.

use std::fmt::Display;

use proc_macro2::{Span, TokenStream};

/// All the mistakes of one attribute. Every stage adds to it, and only then
/// does the macro stop: two mistakes are two messages in one build.
#[derive(Default)]
pub(crate) struct Errors {
    list: Vec<syn::Error>,
}

impl Errors {
    /// Adds `message`, shown at `span`.
    ///
    /// A message starts in lower case, ends without a full stop, says what is
    /// wrong and then what to do.
    pub(crate) fn push(&mut self, span: Span, message: impl Display) {
        self.list.push(syn::Error::new(span, message));
    }

    /// Adds an error that already knows its place.
    pub(crate) fn add(&mut self, error: syn::Error) {
        self.list.push(error);
    }

    /// The value of a stage that ran, or nothing and its error.
    pub(crate) fn keep<T>(&mut self, result: Option<syn::Result<T>>) -> Option<T> {
        result?.map_err(|error| self.add(error)).ok()
    }

    /// Whether nothing is wrong so far.
    pub(crate) fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// One `compile_error!` for each mistake.
    pub(crate) fn into_compile_errors(self) -> TokenStream {
        self.list.iter().map(syn::Error::to_compile_error).collect()
    }
}
