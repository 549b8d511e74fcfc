//! The collector of errors.

use std::fmt::Display;

use proc_macro2::{Span, TokenStream};
use wasi_program_native::text::escaped;

/// All the mistakes of one attribute. Every stage adds to it, and only then
/// does the macro stop: two mistakes are two messages in one build.
#[derive(Default)]
pub(crate) struct Errors {
    list: Vec<syn::Error>,
}

impl Errors {
    /// Adds `message`, shown at `span`.
    ///
    /// A message starts in lower case, ends without a full stop, and says first what is wrong,
    /// then what to do.
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

    /// Reports whether there are no errors so far.
    pub(crate) fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// Returns one `compile_error!` for each mistake. All text from modules, files and tools passes
    /// through here, and invisible characters in it are escaped.
    pub(crate) fn into_compile_errors(self) -> TokenStream {
        let errors = self.list.into_iter().flatten().map(|error| {
            let message = error.to_string();
            match escaped(&message) {
                // The error keeps both ends of its span.
                shown if shown == message => error.to_compile_error(),
                shown => syn::Error::new(error.span(), shown).to_compile_error(),
            }
        });
        errors.collect()
    }
}

#[cfg(test)]
mod tests {
    use proc_macro2::Span;

    use super::Errors;

    #[test]
    fn a_message_shows_nothing_invisible_whoever_wrote_it() {
        let mut errors = Errors::default();
        errors.push(Span::call_site(), "one\u{202e}\u{1b}[2J\ntwo");
        let mut both = syn::Error::new(Span::call_site(), "three\u{e0041}");
        both.combine(syn::Error::new(Span::call_site(), "four"));
        errors.add(both);
        let tokens = errors.into_compile_errors().to_string();
        assert!(
            tokens.contains(r#""one\\u{202e}\\u{1b}[2J\ntwo""#),
            "{tokens}"
        );
        assert!(tokens.contains(r#""three\\u{e0041}""#), "{tokens}");
        assert_eq!(tokens.matches("compile_error").count(), 3);
        assert!(tokens.contains(r#""four""#));
    }
}
