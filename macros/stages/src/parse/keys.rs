//! The attribute's keys and their values.

use proc_macro2::{Span, TokenStream, TokenTree};
use syn::ext::IdentExt;
use syn::parse::{ParseStream, Parser};
use syn::{Ident, LitBool, LitStr, Token};
use wasi_program_module::{Version, nearest};

use super::abi::convention;
use super::allow::{Allow, allow};
use super::cpu::{Cpu, cpu};
use super::duration::duration;
use super::imports::{Imports, imports};
use super::key::Key;
use super::path::{CRATE, MODULE, SourcePath};
use super::root::Root;
use super::setup::{self, Step};
use super::size::size;
use super::source::{GuestCrate, Source};
use super::words::{path, version, wasix};
use crate::errors::Errors;

/// The values of the attribute's keys.
pub(crate) struct Keys {
    /// The module; none if it is missing or wrong, which has been reported then.
    pub(crate) module: Option<Source>,
    /// The setup of each run, in the order written.
    pub(crate) setup: Vec<Step>,
    /// The WASI version that the module must have.
    pub(crate) version: Option<(Version, Span)>,
    /// `true` if all WASI imports must be in one namespace.
    pub(crate) strict: bool,
    /// The capabilities that the module may import functions of, if the attribute lists them.
    pub(crate) allow: Option<Allow>,
    /// The value of `interrupt`: `true` if the program can be stopped from outside.
    pub(crate) interrupt: Option<LitBool>,
    /// The function to call.
    pub(crate) export: ExportName,
    /// The interface of the component model whose functions a trait has.
    pub(crate) interface: Option<LitStr>,
    /// The functions of the application that the module may import.
    pub(crate) imports: Option<Imports>,
    /// The processors that the native code is for.
    pub(crate) cpu: Cpu,
    /// The place where the attribute asks for the backend `wasmer-wasix`.
    pub(crate) wasix: Option<Span>,
    /// The path of the runtime crate.
    pub(crate) root: Root,
}

/// The function to call.
pub(crate) enum ExportName {
    /// `_start`
    Start,
    /// The function that `export` names.
    Named(LitStr),
    /// `export` is there, but wrong, which has been reported.
    Wrong,
}

impl ExportName {
    /// The name of the function to call, unless naming it was a mistake.
    pub(crate) fn name(&self) -> Option<String> {
        match self {
            Self::Start => Some("_start".to_owned()),
            Self::Named(name) => Some(name.value()),
            Self::Wrong => None,
        }
    }
}

/// Parses the attribute's arguments. An entry that is wrong is reported, and
/// the others are parsed all the same.
pub(crate) fn parse(tokens: TokenStream, errors: &mut Errors) -> Keys {
    let mut parser = KeysParser {
        keys: Keys {
            module: None,
            setup: Vec::new(),
            version: None,
            strict: true,
            allow: None,
            interrupt: None,
            export: ExportName::Start,
            interface: None,
            imports: None,
            cpu: Cpu::Baseline,
            wasix: None,
            root: Root::default(),
        },
        bin: None,
        seen: Vec::new(),
        errors,
    };
    let parsed = (|input: ParseStream| {
        parser.entries(input);
        Ok(())
    })
    .parse2(tokens);
    if let Err(error) = parsed {
        parser.errors.add(error);
    }
    if !parser.has_seen(Key::Path) && !parser.has_seen(Key::CrateDir) {
        parser.errors.push(
            Span::call_site(),
            "the module is missing; write its path first, as in `#[wasi_program(\"guest.wasm\")]`, or the crate to build, as in `crate_dir = \"guests/wc\"`",
        );
    }
    parser.finish()
}

struct KeysParser<'a> {
    keys: Keys,
    /// The value of `bin`, and the span of the key.
    bin: Option<(LitStr, Span)>,
    /// The keys so far, including those with a wrong value.
    seen: Vec<Key>,
    errors: &'a mut Errors,
}

impl KeysParser<'_> {
    /// The keys, once all are known.
    fn finish(mut self) -> Keys {
        if self.has_seen(Key::Path) && self.has_seen(Key::CrateDir) {
            // Reported, and nobody knows which of the two is meant.
            self.keys.module = None;
        }
        let is_wrong = self.has_seen(Key::Bin) && self.bin.is_none();
        match (&mut self.keys.module, self.bin) {
            // Otherwise, the crate would be built only to report that this key is needed.
            (module @ Some(Source::Crate(_)), None) if is_wrong => *module = None,
            (Some(Source::Crate(guest)), Some((bin, _))) => guest.bin = Some(bin),
            (Some(Source::File(_)), Some((_, key))) => self.errors.push(
                key,
                "`bin` selects a binary of a crate, but the module is a file; remove `bin`, or write `crate_dir` instead of the path",
            ),
            _ => {}
        }
        self.keys
    }

    fn has_seen(&self, key: Key) -> bool {
        self.seen.contains(&key)
    }

    fn entries(&mut self, input: ParseStream) {
        let mut first = true;
        while !input.is_empty() {
            let entry = match starts_with_key(input) {
                true => self.entry(input),
                false => self.positional(input, first),
            };
            first = false;
            let ended = entry.and_then(|()| match input.is_empty() {
                true => Ok(()),
                false => input.parse::<Token![,]>().map(drop),
            });
            if let Err(error) = ended {
                self.errors.add(error);
                skip_entry(input);
            }
        }
    }

    /// A value without a key: only the module's path, and only in first place.
    fn positional(&mut self, input: ParseStream, first: bool) -> syn::Result<()> {
        if !first {
            return Err(syn::Error::new(
                input.span(),
                format!(
                    "expected a key; only the module's path, which comes first, has no key (the keys are {})",
                    Key::list()
                ),
            ));
        }
        self.seen.push(Key::Path);
        self.keys.module = Some(Source::File(SourcePath::new(&input.parse()?, &MODULE)?));
        Ok(())
    }

    fn entry(&mut self, input: ParseStream) -> syn::Result<()> {
        let word = Ident::parse_any(input)?;
        let name = word.unraw().to_string();
        let Some(key) = Key::named(&name) else {
            let did_you_mean = match nearest(&name, Key::ALL.iter().map(|key| key.name())) {
                Some(near) => format!("did you mean `{near}`? "),
                None => String::new(),
            };
            return Err(syn::Error::new(
                word.span(),
                format!(
                    "unknown key `{name}`; {did_you_mean}the keys are {}",
                    Key::list()
                ),
            ));
        };
        if self.has_seen(key) {
            self.errors.push(
                word.span(),
                format!("the key `{name}` is given twice; remove one of the two"),
            );
        }
        self.check_source(key, word.span());
        self.seen.push(key);
        if !input.peek(Token![=]) || input.peek(Token![==]) {
            let span = if input.is_empty() || input.peek(Token![,]) {
                word.span()
            } else {
                input.span()
            };
            return Err(syn::Error::new(
                span,
                format!(
                    "expected `=` and a value after `{name}`, as in `{}`",
                    key.example()
                ),
            ));
        }
        let equals: Token![=] = input.parse()?;
        if input.is_empty() || input.peek(Token![,]) {
            return Err(syn::Error::new(
                equals.span,
                format!(
                    "expected a value after `{name} =`, as in `{}`",
                    key.example()
                ),
            ));
        }
        self.value(key, word.span(), input)
    }

    /// A module is a file or is built from a crate, not both.
    fn check_source(&mut self, key: Key, span: Span) {
        let other = match key {
            Key::Path => Key::CrateDir,
            Key::CrateDir => Key::Path,
            _ => return,
        };
        if self.has_seen(other) {
            self.errors.push(
                span,
                "a path and `crate_dir` exclude each other; remove one of the two",
            );
        }
    }

    /// Parses the value of a key that stands at `span`.
    fn value(&mut self, key: Key, span: Span, input: ParseStream) -> syn::Result<()> {
        let example = key.example();
        let keys = &mut self.keys;
        match key {
            Key::Path => {
                keys.module = Some(Source::File(SourcePath::new(&input.parse()?, &MODULE)?));
            }
            Key::CrateDir => {
                let directory = SourcePath::new(&input.parse()?, &CRATE)?;
                keys.module = Some(Source::Crate(GuestCrate::new(directory)));
            }
            Key::Bin => {
                let expected = "the name of a binary as a string literal";
                self.bin = Some((literal(input, expected, example)?, span));
            }
            Key::Name => keys.setup.push(Step::Name(input.parse()?)),
            Key::Args => setup::arguments(input, &mut keys.setup)?,
            Key::Env => setup::variables(input, &mut keys.setup)?,
            Key::Preopen => setup::preopens(input, &mut keys.setup)?,
            Key::Mapdir => setup::mounts(input, &mut keys.setup)?,
            Key::Stdin => keys.setup.push(Step::Stdin(setup::stdin(input)?)),
            Key::Stdout => keys
                .setup
                .push(Step::Stdout(setup::output(input, "stdout")?)),
            Key::Stderr => keys
                .setup
                .push(Step::Stderr(setup::output(input, "stderr")?)),
            Key::Timeout => keys.setup.push(Step::Timeout(duration(input)?)),
            Key::Fuel => keys.setup.push(Step::Fuel(input.parse()?)),
            Key::Interrupt => {
                keys.interrupt = Some(literal(input, "`true` or `false`", example)?);
            }
            Key::Memory => keys.setup.push(Step::MemoryLimit(size(input)?)),
            Key::Output => keys.setup.push(Step::OutputLimit(size(input)?)),
            Key::Clock => keys.setup.push(Step::Clock(input.parse()?)),
            Key::Random => keys.setup.push(Step::Random(input.parse()?)),
            Key::Version => keys.version = Some(version(input)?),
            Key::Strict => {
                // Not strict until the value is known: only a strict check can add errors.
                keys.strict = false;
                keys.strict = literal::<LitBool>(input, "`true` or `false`", example)?.value;
            }
            Key::Allow => keys.allow = allow(input, example, self.errors)?,
            Key::Export => {
                keys.export = ExportName::Wrong;
                keys.export = ExportName::Named(literal::<LitStr>(
                    input,
                    "the name of an exported function as a string literal",
                    example,
                )?);
            }
            Key::Abi => keys.setup.push(Step::Abi(convention(input)?)),
            Key::Interface => {
                let expected = "the name of an interface as a string literal";
                keys.interface = Some(literal(input, expected, example)?);
            }
            Key::Imports => {
                // Something is provided, even if nobody knows what.
                keys.imports = Some(Imports::unknown(span));
                keys.imports = Some(imports(input, span, &mut keys.setup)?);
            }
            Key::Cpu => {
                let expected = "`\"baseline\"`, `\"native\"`, or names of processor features as a string literal";
                keys.cpu = cpu(&literal(input, expected, example)?, example)?;
            }
            Key::Backend => {
                keys.wasix = Some(wasix(&literal(input, "`\"wasmer-wasix\"`", example)?)?)
            }
            Key::Crate => {
                keys.root = Root::Given(path(input, example)?);
            }
        }
        Ok(())
    }
}

/// Reports whether a key comes next, rather than a value that stands by itself.
fn starts_with_key(input: ParseStream) -> bool {
    if !input.peek(Ident::peek_any) {
        return false;
    }
    let ahead = input.fork();
    let Ok(word) = Ident::parse_any(&ahead) else {
        return false;
    };
    // A known key without its `=` is a key with a mistake, not a path.
    ahead.peek(Token![=])
        || ahead.peek(Token![:]) && !ahead.peek(Token![::])
        || Key::ALL.iter().any(|key| word == key.name()) && !ahead.peek(Token![!])
}

/// Skips the rest of an entry whose value could not be parsed: up to the next comma that a key
/// follows, as a comma may be part of the value.
fn skip_entry(input: ParseStream) {
    while !input.is_empty() {
        let at_comma = input.peek(Token![,]);
        // Each step takes one token, so this terminates.
        if input.parse::<TokenTree>().is_err() {
            return;
        }
        if at_comma && starts_with_key(input) {
            return;
        }
    }
}

fn literal<T: syn::parse::Parse>(
    input: ParseStream,
    expected: &str,
    example: &str,
) -> syn::Result<T> {
    let span = input.span();
    input
        .parse()
        .map_err(|_| syn::Error::new(span, format!("expected {expected}, as in `{example}`")))
}
