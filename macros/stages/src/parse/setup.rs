//! The values that a run is set up with: arguments, variables,
//! directories, streams.

use proc_macro2::{Delimiter, Span, TokenStream, TokenTree};
use syn::parse::{Parse, ParseStream};
use syn::punctuated::Punctuated;
use syn::spanned::Spanned;
use syn::{Expr, Ident, Path, Token, braced, bracketed};

use super::abi::Convention;
use super::duration::Time;

/// One thing to do to a command. Each becomes one call into the runtime.
pub(crate) enum Step {
    /// Sets argument 0.
    Name(Expr),
    /// Adds one argument.
    Argument(Expr),
    /// Adds all the arguments that the expression iterates over.
    Arguments(Expr),
    /// Sets one environment variable.
    Variable(Expr, Expr),
    /// Sets all the environment variables that the expression iterates over.
    Variables(Expr),
    /// Opens a directory under its own path.
    Preopen(Expr),
    /// Mounts the second at the guest path given by the first.
    Mount(Expr, Expr),
    Stdin(Stream),
    Stdout(Stream),
    Stderr(Stream),
    /// The time limit of the program.
    Timeout(Time),
    /// The fuel of the program.
    Fuel(Expr),
    /// The maximum size of the program's memory, in bytes.
    MemoryLimit(Expr),
    /// The maximum size of each captured output, in bytes.
    OutputLimit(Expr),
    Clock(Expr),
    Random(Expr),
    /// The convention by which values cross.
    Abi(Convention),
    /// The value whose functions the program calls, and the trait that has them.
    Imports(Path, Expr),
    /// Functions that nobody provides trap when they are called.
    TrapOthers(Span),
}

/// The destination or source of a standard stream.
pub(crate) enum Stream {
    /// `capture`
    Capture(Span),
    /// `inherit`
    Inherit(Span),
    /// `null`
    Null(Span),
    /// The value of the expression.
    Expr(Expr),
}

/// `args = [a, b, ..iter]`, or `args = expression`.
pub(crate) fn arguments(input: ParseStream, steps: &mut Vec<Step>) -> syn::Result<()> {
    if !is_whole_value(input, Delimiter::Bracket) {
        let value: Expr = input.parse()?;
        if let Expr::Lit(_) | Expr::Tuple(_) = value {
            return Err(syn::Error::new_spanned(
                value,
                "expected a list of arguments in brackets, as in `args = [\"-v\", file]`",
            ));
        }
        steps.push(Step::Arguments(value));
        return Ok(());
    }
    let content;
    bracketed!(content in input);
    to_end(&content, |content| {
        for element in content.call(Punctuated::<Element, Token![,]>::parse_terminated)? {
            steps.push(match element {
                Element::One(expr) => Step::Argument(expr),
                Element::Splice(_, expr) => Step::Arguments(expr),
            });
        }
        Ok(())
    })
}

/// `env = { "K" = v, ..map }`, or `env = expression`.
pub(crate) fn variables(input: ParseStream, steps: &mut Vec<Step>) -> syn::Result<()> {
    if !is_whole_value(input, Delimiter::Brace) {
        let value: Expr = input.parse()?;
        if is_list_of_strings(&value) {
            return Err(syn::Error::new_spanned(
                value,
                "expected variables and their values in braces, as in `env = { \"KEY\" = value }`",
            ));
        }
        steps.push(Step::Variables(value));
        return Ok(());
    }
    let content;
    braced!(content in input);
    to_end(&content, |content| {
        for MapElement(element) in
            content.call(Punctuated::<MapElement, Token![,]>::parse_terminated)?
        {
            steps.push(match element {
                Element::One(expr) => {
                    let (key, value) = pair(expr, "\"KEY\" = value")?;
                    Step::Variable(key, value)
                }
                Element::Splice(_, expr) => Step::Variables(expr),
            });
        }
        Ok(())
    })
}

/// `preopen = [dir, …]`
pub(crate) fn preopens(input: ParseStream, steps: &mut Vec<Step>) -> syn::Result<()> {
    if !is_whole_value(input, Delimiter::Bracket) {
        return Err(syn::Error::new(
            input.span(),
            "expected a list of directories in brackets, as in `preopen = [dir]`",
        ));
    }
    let content;
    bracketed!(content in input);
    to_end(&content, |content| {
        for element in content.call(Punctuated::<Element, Token![,]>::parse_terminated)? {
            steps.push(Step::Preopen(element.one("preopen")?));
        }
        Ok(())
    })
}

/// `mapdir = { "/guest" = mount, … }`
pub(crate) fn mounts(input: ParseStream, steps: &mut Vec<Step>) -> syn::Result<()> {
    if !is_whole_value(input, Delimiter::Brace) {
        return Err(syn::Error::new(
            input.span(),
            "expected guest paths and mounts in braces, as in `mapdir = { \"/data\" = dir }`",
        ));
    }
    let content;
    braced!(content in input);
    to_end(&content, |content| {
        for MapElement(element) in
            content.call(Punctuated::<MapElement, Token![,]>::parse_terminated)?
        {
            let (guest, mount) = pair(element.one("mapdir")?, "\"/guest/path\" = directory")?;
            steps.push(Step::Mount(guest, mount));
        }
        Ok(())
    })
}

/// A string, or a list of strings: no pairs of names and values.
fn is_list_of_strings(value: &Expr) -> bool {
    match value {
        Expr::Lit(_) => true,
        Expr::Array(array) => array.elems.iter().any(|elem| matches!(elem, Expr::Lit(_))),
        _ => false,
    }
}

/// Like [`stream`], but refuses bytes, which cannot be written to.
pub(crate) fn output(input: ParseStream, key: &str) -> syn::Result<Stream> {
    match stream(input)? {
        Stream::Expr(Expr::Lit(literal)) => Err(syn::Error::new_spanned(
            literal,
            format!(
                "`{key}` cannot be bytes, as the program writes to it; write `capture`, `inherit` or `null` without quotes, or give it a `Stdio`"
            ),
        )),
        stream => Ok(stream),
    }
}

/// `capture`, `inherit`, `null`, or an expression. The words win over variables
/// of these names.
fn stream(input: ParseStream) -> syn::Result<Stream> {
    let value: Expr = input.parse()?;
    Ok(match word(&value) {
        Some(word) if word == "capture" => Stream::Capture(word.span()),
        Some(word) if word == "inherit" => Stream::Inherit(word.span()),
        Some(word) if word == "null" => Stream::Null(word.span()),
        _ => Stream::Expr(value),
    })
}

/// Like [`stream`], but refuses `capture`, since an input has nothing to capture.
pub(crate) fn stdin(input: ParseStream) -> syn::Result<Stream> {
    match stream(input)? {
        Stream::Capture(span) => Err(syn::Error::new(
            span,
            "`stdin` cannot be captured; pass bytes, a string, `inherit` or `null`",
        )),
        stream => Ok(stream),
    }
}

fn word(expr: &Expr) -> Option<&Ident> {
    match expr {
        Expr::Path(path) => path.path.get_ident(),
        _ => None,
    }
}

/// One element of a list or a map.
enum Element {
    One(Expr),
    /// `..iter`
    Splice(Token![..], Expr),
}

impl Parse for Element {
    fn parse(input: ParseStream) -> syn::Result<Self> {
        // This comes before any expression, since `..iter` would be parsed as a range.
        if input.peek(Token![..]) {
            return Ok(Self::Splice(input.parse()?, input.parse()?));
        }
        input.parse().map(Self::One)
    }
}

impl Element {
    /// The element of a list that takes no splices.
    fn one(self, key: &str) -> syn::Result<Expr> {
        match self {
            Self::One(expr) => Ok(expr),
            Self::Splice(dots, _) => Err(syn::Error::new(
                dots.spans[0],
                format!(
                    "`..` can be used in `args` and `env`, but not in `{key}`; list each directory, so that the attribute shows what it grants"
                ),
            )),
        }
    }
}

/// One element of a map.
struct MapElement(Element);

impl Parse for MapElement {
    fn parse(input: ParseStream) -> syn::Result<Self> {
        let element = input.parse()?;
        if input.peek(Token![:]) || input.peek(Token![=>]) {
            return Err(input.error("expected `=` between the key and its value"));
        }
        Ok(Self(element))
    }
}

/// Splits `key = value`.
fn pair(entry: Expr, example: &str) -> syn::Result<(Expr, Expr)> {
    match entry {
        Expr::Assign(assign) => Ok((*assign.left, *assign.right)),
        other => Err(syn::Error::new(
            other.span(),
            format!("expected `=` and a value after this, as in `{example}`"),
        )),
    }
}

/// Reports whether the next token is a group in `delimiter` and nothing follows it: `[a, b]`,
/// but not `[a, b].iter()`.
fn is_whole_value(input: ParseStream, delimiter: Delimiter) -> bool {
    let ahead = input.fork();
    matches!(ahead.parse(), Ok(TokenTree::Group(group)) if group.delimiter() == delimiter)
        && (ahead.is_empty() || ahead.peek(Token![,]))
}

/// Parses a group's content and skips the rest of it, which would be reported as a second
/// mistake.
fn to_end(
    content: ParseStream,
    parse: impl FnOnce(ParseStream) -> syn::Result<()>,
) -> syn::Result<()> {
    let result = parse(content);
    if result.is_err() {
        content.parse::<TokenStream>()?;
    }
    result
}
