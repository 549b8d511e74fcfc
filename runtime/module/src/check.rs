//! The rules by which a module can be run.
//!
//! They are defined only here: the macro shows each finding of [`check`] at the tokens that it
//! concerns, and the runtime refuses the module with all of them.

mod allow;
mod exports;
mod imports;

use std::fmt;

use crate::backend::Backend;
use crate::capability::Capability;
use crate::inspect::{Facts, ForeignAbi, Import, Name, inspect, validate};
use crate::kind::{Purpose, is_wasm, not_wasm};
use crate::proposals::wasix_namespace;
use crate::version::Version;
pub use imports::MOST_PROVIDED;

/// The requirements for a module.
#[derive(Debug, Clone, Copy)]
pub struct Requirements<'a> {
    /// The use of a module that meets them.
    pub purpose: Purpose,
    /// The backend that it is to run on.
    pub backend: Backend,
    /// Returns the bounds that a module with so many memories, and tables of these sizes at
    /// its start, exceeds: each as the end of a sentence.
    pub bounds: fn(memories: usize, tables: &[u64]) -> Vec<String>,
    /// `true` if the application provides functions: the module may import functions that are
    /// not of WASI.
    pub application: bool,
    /// The WASI version that it is built for. Without a rule it may import from both
    /// versions, or from none.
    pub version: Option<VersionRule>,
    /// The capabilities that the module's imports may need; `None` allows all.
    pub allow: Option<&'a [Capability]>,
    /// The function to call; unknown if naming it was already a mistake.
    pub entry: Option<Entry<'a>>,
}

impl Requirements<'_> {
    /// Reports whether the application is to provide an import.
    fn is_of_application(&self, import: &Import) -> bool {
        self.application && import.is_of_application()
    }

    /// Reports whether the module may be a library, which needs neither a version nor a memory
    /// if it imports nothing. If it is one although a program is expected, that is the only
    /// thing to say.
    fn may_be_library(&self, facts: &Facts) -> bool {
        let is_library =
            || facts.export("_start").is_none() && facts.library_functions().next().is_some();
        match self.entry {
            Some(Entry::Start) => self.purpose == Purpose::Embed && is_library(),
            entry => entry.is_some_and(Entry::may_be_library),
        }
    }
}

/// The WASI version that a module must be built for; that of its first import decides.
#[derive(Debug, Clone, Copy)]
pub struct VersionRule {
    /// Whether all imports from WASI must be of one version.
    pub strict: bool,
    /// The version, if it must be a certain one.
    pub wanted: Option<Version>,
}

/// The function that a run calls.
#[derive(Debug, Clone, Copy)]
pub enum Entry<'a> {
    /// `_start`, with which commands start.
    Start,
    /// The export of this name.
    Named(&'a str),
    /// `_start`, or the exports that are named when it is run, or called.
    NamedLater,
    /// These functions, of a live instance.
    Functions(&'a [Wanted]),
}

impl Entry<'_> {
    /// Reports whether the module may be a library.
    pub(crate) fn may_be_library(self) -> bool {
        match self {
            Self::Start | Self::Named(_) => false,
            Self::NamedLater | Self::Functions(_) => true,
        }
    }
}

/// A function that a module must export, of any type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// The names that it may have: the first that exists counts.
    pub names: Vec<String>,
}

/// Something that keeps a module from being run. Displays as the end of a sentence that
/// starts with the module's name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The requirement that the module does not meet.
    pub subject: Subject,
    message: String,
}

/// The requirement that a module does not meet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Subject {
    /// A requirement of all modules.
    Module,
    /// [`VersionRule::wanted`].
    Version,
    /// [`Requirements::allow`].
    Allow,
    /// [`Entry::Named`].
    Entry,
    /// One of [`Entry::Functions`], by its position.
    Function(usize),
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

/// Whether a module is already known to be valid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Validity {
    /// It is not known.
    Unknown,
    /// It was, with the proposals that its backend has.
    Known,
}

/// Checks that the module in `bytes` can be run.
///
/// It looks at the functions' code last, which is nearly all of a module: if anything else
/// is wrong, that takes no longer for a large module than for a small one.
///
/// # Errors
///
/// All findings, in the order in which they are best reported; never empty.
pub fn check(
    bytes: &[u8],
    validity: Validity,
    requirements: &Requirements<'_>,
) -> Result<(), Vec<Finding>> {
    let mut report = Report::default();
    find(bytes, validity, requirements, &mut report);
    match report.findings.is_empty() {
        true => Ok(()),
        false => Err(report.findings),
    }
}

fn find(bytes: &[u8], validity: Validity, requirements: &Requirements<'_>, report: &mut Report) {
    if !is_wasm(bytes) {
        return report.module(not_wasm(bytes, requirements.purpose));
    }
    if requirements.backend == Backend::Native
        && let Some(namespace) = wasix_namespace(bytes)
    {
        return report.module(format!(
            "is a WASIX module (it imports from `{}`); enable the feature `wasix` of `wasi-program`, or build the program for `wasm32-wasip1`",
            Name(namespace)
        ));
    }
    let proposals = requirements.backend.proposals();
    match inspect(bytes, proposals) {
        Ok(facts) => check_facts(&facts, requirements, report),
        Err(invalid) => report.module(invalid),
    }
    if report.findings.is_empty()
        && validity == Validity::Unknown
        && let Err(invalid) = validate(bytes, proposals)
    {
        report.module(invalid);
    }
}

fn check_facts(facts: &Facts, requirements: &Requirements<'_>, report: &mut Report) {
    if let Some(foreign) = ForeignAbi::of(facts) {
        // Whatever else there is to say would follow from this.
        return report.module(foreign);
    }
    imports::check(facts, requirements, report);
    allow::check(facts, requirements.allow, report);
    for exceeded in (requirements.bounds)(facts.memories, &facts.tables) {
        report.module(exceeded);
    }
    exports::check(facts, requirements, report);
}

/// Collects the findings.
#[derive(Default)]
struct Report {
    findings: Vec<Finding>,
}

impl Report {
    /// Adds a sentence that starts with the module's name.
    fn module(&mut self, message: impl fmt::Display) {
        self.about(Subject::Module, message);
    }

    /// Like [`module`](Self::module), for a requirement that the module does not meet.
    fn about(&mut self, subject: Subject, message: impl fmt::Display) {
        self.findings.push(Finding {
            subject,
            message: message.to_string(),
        });
    }
}

#[cfg(test)]
mod tests;
