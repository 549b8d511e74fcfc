//! The path of the module, or of the crate that it is built from: a string literal,
//! `env!("VAR")`, or `concat!(…)` of these.
//!
//! In a literal, `$NAME` and `${NAME}` stand for environment variables, such as `$OUT_DIR`,
//! and `$$` stands for one `$`. This stage does not know the values of variables: the loader
//! reads the environment.

use proc_macro2::Span;
use syn::parse::Parser;
use syn::punctuated::Punctuated;
use syn::spanned::Spanned;
use syn::{Expr, ExprMacro, Lit, LitStr, Token};

/// A path as the user wrote it.
pub(crate) struct SourcePath {
    /// The pieces whose concatenation is the path.
    pub(crate) parts: Vec<Part>,
    /// The span of the path, at which mistakes in the module are reported.
    pub(crate) span: Span,
}

/// The kind of file that a path is expected to lead to.
pub(crate) struct Expected {
    /// The name of the path in messages.
    pub(crate) path: &'static str,
    /// The name of the file in messages.
    pub(crate) subject: &'static str,
    /// An example of such a path.
    pub(crate) example: &'static str,
}

/// The file of a module.
pub(crate) const MODULE: Expected = Expected {
    path: "the module's path",
    subject: "the module",
    example: "guest.wasm",
};

/// The directory of a crate to build.
pub(crate) const CRATE: Expected = Expected {
    path: "the crate's directory",
    subject: "the crate",
    example: "guests/wc",
};

/// One piece of a path.
#[derive(Debug, PartialEq)]
pub(crate) enum Part {
    /// Text that stands for itself.
    Text(String),
    /// An environment variable.
    Variable(String),
}

impl SourcePath {
    /// Parses an expression that names the expected file or directory.
    pub(crate) fn new(expr: &Expr, expected: &Expected) -> syn::Result<Self> {
        let mut parts = Vec::new();
        let span = read(expr, &mut parts).map_err(|wrong| match wrong {
            Wrong::NotAPath(span) => syn::Error::new(
                span,
                format!(
                    "expected {}: a string literal, `env!(\"VAR\")`, or `concat!(…)` of these",
                    expected.path
                ),
            ),
            Wrong::Other(error) => error,
        })?;
        if parts.is_empty() {
            let Expected {
                path,
                subject,
                example,
            } = expected;
            return Err(syn::Error::new(
                span,
                format!("{path} is empty; write where {subject} is, such as {example:?}"),
            ));
        }
        Ok(Self { parts, span })
    }

    /// The path in the user's own spelling, variables not expanded.
    pub(crate) fn spelling(&self) -> String {
        self.parts
            .iter()
            .map(|part| match part {
                Part::Text(text) => text.clone(),
                Part::Variable(name) => format!("${name}"),
            })
            .collect()
    }
}

/// A mistake in an expression.
enum Wrong {
    /// The tokens here cannot be part of a path.
    NotAPath(Span),
    Other(syn::Error),
}

impl From<syn::Error> for Wrong {
    fn from(error: syn::Error) -> Self {
        Self::Other(error)
    }
}

/// Adds the parts of `expr` to `parts`, and returns the span of `expr`.
fn read(expr: &Expr, parts: &mut Vec<Part>) -> Result<Span, Wrong> {
    match expr {
        // A value that `macro_rules!` passes on comes in an invisible group.
        Expr::Group(group) => read(&group.expr, parts),
        Expr::Paren(paren) => read(&paren.expr, parts),
        Expr::Lit(literal) => {
            match &literal.lit {
                Lit::Str(text) => expand(text, parts)?,
                other => return Err(Wrong::NotAPath(other.span())),
            }
            Ok(literal.lit.span())
        }
        Expr::Macro(call) => read_macro(call, parts),
        other => Err(Wrong::NotAPath(other.span())),
    }
}

fn read_macro(call: &ExprMacro, parts: &mut Vec<Part>) -> Result<Span, Wrong> {
    let arguments = || {
        Punctuated::<Expr, Token![,]>::parse_terminated
            .parse2(call.mac.tokens.clone())
            .map_err(|error| match call.mac.tokens.is_empty() {
                true => syn::Error::new(call.mac.path.span(), "expected an argument"),
                false => error,
            })
    };
    let name = call.mac.path.segments.last().map(|last| &last.ident);
    match name {
        Some(name) if name == "env" => {
            // The second argument of `env!` is a message for the case in which the
            // variable is not set; ours says which one and what to do.
            match arguments()?.first() {
                Some(Expr::Lit(literal)) if matches!(literal.lit, Lit::Str(_)) => {
                    if let Lit::Str(variable) = &literal.lit {
                        parts.push(Part::Variable(variable.value()));
                    }
                }
                _ => {
                    return Err(Wrong::Other(syn::Error::new(
                        name.span(),
                        "`env!` takes the name of a variable as a string literal, as in `env!(\"GUEST\")`",
                    )));
                }
            }
            Ok(name.span())
        }
        Some(name) if name == "concat" => {
            for argument in arguments()? {
                match literal_text(&argument) {
                    Some(text) => parts.push(Part::Text(text)),
                    None => {
                        read(&argument, parts)?;
                    }
                }
            }
            Ok(name.span())
        }
        _ => Err(Wrong::NotAPath(call.mac.path.span())),
    }
}

/// The text of a literal that `concat!` takes besides strings.
fn literal_text(expr: &Expr) -> Option<String> {
    match expr {
        Expr::Lit(literal) => match &literal.lit {
            Lit::Char(char) => Some(char.value().to_string()),
            Lit::Int(int) => Some(int.base10_digits().to_owned()),
            Lit::Float(float) => Some(float.base10_digits().to_owned()),
            Lit::Bool(bool) => Some(bool.value.to_string()),
            _ => None,
        },
        _ => None,
    }
}

/// Splits the text of a literal at its variables.
fn expand(literal: &LitStr, parts: &mut Vec<Part>) -> syn::Result<()> {
    let value = literal.value();
    if value.contains('\0') {
        return Err(syn::Error::new(
            literal.span(),
            "a path cannot contain NUL; remove the `\\0`",
        ));
    }
    let mut text = String::new();
    let mut rest = value.as_str();
    while let Some((before, after)) = rest.split_once('$') {
        text.push_str(before);
        if let Some(after) = after.strip_prefix('$') {
            text.push('$');
            rest = after;
            continue;
        }
        let (name, after) = variable(after).ok_or_else(|| {
            syn::Error::new(
                literal.span(),
                "a `$` in a path starts a variable, as in `$OUT_DIR` or `${OUT_DIR}`; write `$$` for the character itself",
            )
        })?;
        if !text.is_empty() {
            parts.push(Part::Text(std::mem::take(&mut text)));
        }
        parts.push(Part::Variable(name.to_owned()));
        rest = after;
    }
    text.push_str(rest);
    if !text.is_empty() {
        parts.push(Part::Text(text));
    }
    Ok(())
}

/// The variable's name that follows a `$`, and what follows the name.
fn variable(after: &str) -> Option<(&str, &str)> {
    let is_name = |name: &str| {
        !name.is_empty()
            && !name.starts_with(|char: char| char.is_ascii_digit())
            && name.chars().all(is_name_char)
    };
    let (name, rest) = match after.strip_prefix('{') {
        Some(braced) => braced.split_once('}')?,
        None => after.split_at(
            after
                .find(|char| !is_name_char(char))
                .unwrap_or(after.len()),
        ),
    };
    is_name(name).then_some((name, rest))
}

fn is_name_char(char: char) -> bool {
    char.is_ascii_alphanumeric() || char == '_'
}

#[cfg(test)]
mod tests {
    use super::{CRATE, MODULE, Part, SourcePath};

    fn parts(source: &str) -> Result<Vec<Part>, String> {
        let expr = syn::parse_str(source).map_err(|error| error.to_string())?;
        SourcePath::new(&expr, &MODULE)
            .map(|path| path.parts)
            .map_err(|error| error.to_string())
    }

    fn text(text: &str) -> Part {
        Part::Text(text.to_owned())
    }

    fn variable(name: &str) -> Part {
        Part::Variable(name.to_owned())
    }

    #[test]
    fn the_path_in_a_literal_is_its_text() {
        assert_eq!(parts(r#""a/b.wasm""#), Ok(vec![text("a/b.wasm")]));
    }

    #[test]
    fn variables_are_recognised_with_and_without_braces() {
        assert_eq!(
            parts(r#""$OUT_DIR/x_${NAME}_y.wasm""#),
            Ok(vec![
                variable("OUT_DIR"),
                text("/x_"),
                variable("NAME"),
                text("_y.wasm")
            ])
        );
    }

    #[test]
    fn two_dollars_are_an_escaped_dollar() {
        assert_eq!(parts(r#""a$$b.wasm""#), Ok(vec![text("a$b.wasm")]));
    }

    #[test]
    fn a_dollar_without_a_name_is_an_error() {
        for source in [r#""a$""#, r#""a$/b""#, r#""${A""#, r#""${}""#, r#""$1""#] {
            let message = parts(source).expect_err(source);
            let start = "a `$` in a path starts a variable, as in ";
            assert!(message.starts_with(start), "{source}: {message}");
        }
    }

    #[test]
    fn env_and_concat_can_be_nested() {
        assert_eq!(
            parts(r#"concat!(env!("GUESTS"), "/", concat!("v", 2), '.', "wasm")"#),
            Ok(vec![
                variable("GUESTS"),
                text("/"),
                text("v"),
                text("2"),
                text("."),
                text("wasm")
            ])
        );
    }

    #[test]
    fn other_expressions_are_refused() {
        for (source, start) in [
            ("PATH", "expected "),
            ("1", "expected "),
            (r#"format!("a")"#, "expected "),
            (r#"b"a""#, "expected "),
            ("env!(1)", "`env!` takes the name of a variable "),
            (r#""""#, "the module's path is empty; "),
        ] {
            let message = parts(source).expect_err(source);
            assert!(message.starts_with(start), "{source}: {message}");
        }
    }
    #[test]
    fn a_message_about_a_path_says_which_kind_of_file_is_expected() {
        let message = |source: &str, expected| {
            let expr = syn::parse_str(source).expect("an expression");
            SourcePath::new(&expr, expected)
                .map(drop)
                .expect_err("an error")
                .to_string()
        };
        assert!(message("1", &MODULE).starts_with("expected the module's path: "));
        assert!(message("1", &CRATE).starts_with("expected the crate's directory: "));
        assert_eq!(
            message(r#""""#, &CRATE),
            "the crate's directory is empty; write where the crate is, such as \"guests/wc\""
        );
    }
}
