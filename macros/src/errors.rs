//! The collector of errors, and the wording that they share.

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

    /// One `compile_error!` for each mistake. Whatever is in its message, from modules, files
    /// and tools, passes here: what a reader would not see is escaped.
    pub(crate) fn into_compile_errors(self) -> TokenStream {
        let errors = self.list.into_iter().flatten().map(|error| {
            let message = error.to_string();
            match escaped(&message) {
                // It keeps both ends of its place.
                shown if shown == message => error.to_compile_error(),
                shown => syn::Error::new(error.span(), shown).to_compile_error(),
            }
        });
        errors.collect()
    }
}

/// How many names a message lists before it says how many more there are.
const LISTED: usize = 8;

/// The names as a list to read: `` `a`, `b` and `c` ``.
pub(crate) fn all_of<T: Display>(names: &[T]) -> String {
    listed(names, "and")
}

/// The names as a list to choose from: `` `a`, `b` or `c` ``.
pub(crate) fn one_of<T: Display>(names: &[T]) -> String {
    listed(names, "or")
}

fn listed<T: Display>(names: &[T], conjunction: &str) -> String {
    let shown = &names[..names.len().min(LISTED)];
    let mut items: Vec<String> = shown.iter().map(|name| format!("`{name}`")).collect();
    if names.len() > shown.len() {
        items.push(format!("{} more", names.len() - shown.len()));
    }
    match items.split_last() {
        None => String::new(),
        Some((last, [])) => last.clone(),
        Some((last, rest)) => format!("{} {conjunction} {last}", rest.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use proc_macro2::Span;

    use super::{Errors, all_of, one_of};

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

    #[test]
    fn a_list_reads_as_a_sentence() {
        assert_eq!(all_of(&["a"]), "`a`");
        assert_eq!(all_of(&["a", "b", "c"]), "`a`, `b` and `c`");
        assert_eq!(one_of(&["a", "b"]), "`a` or `b`");
    }

    #[test]
    fn a_long_list_says_how_many_more_there_are() {
        let names: Vec<u32> = (0..20).collect();
        assert!(all_of(&names).ends_with("`7` and 12 more"));
    }
}
