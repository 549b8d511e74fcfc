//! The functions that generated code calls. They are not for people: they change without
//! notice, which is why this crate and its macro are released together.

use std::time::Duration;

use crate::command::{Argument, Command};
use crate::determinism::clock::Clock;
use crate::determinism::random::Random;
#[cfg(feature = "wasix")]
pub use crate::embedded::{Aligned, Artifact};
pub use crate::embedded::{Code, Embedded, Native};
use crate::fs::Mount;
use crate::imports::Imports;
pub use crate::imports::{Cause, Ended, ImportCall, Lent, Provider};
use crate::instance::Instance;
use crate::outcome::{Error, FromOutput};
use crate::program::Program;
use crate::stdio::Stdio;
pub use crate::values::{
    Case, Declared, Field, Held, ImportDeclaration, Lifting, Lowering, NotCrossed, Shape,
    WantedImport, check_function, check_import, lift_case, lift_flags, load_case, load_flags,
    lower_case, lower_flags, part, store_case, store_flags,
};
use crate::values::{Parameters, Value};
pub use wasi_program_module::Abi;
use wasi_program_module::abi::Said;
pub use wasi_program_native::Checks;

/// The program of an annotated function, or of a static without keys.
#[must_use]
pub const fn program(embedded: &'static Embedded) -> Program {
    Program::embedded(embedded, None)
}

/// The program of a static with keys: `setup` evaluates them for each command.
#[must_use]
pub const fn program_with(embedded: &'static Embedded, setup: fn(&mut Command)) -> Program {
    Program::embedded(embedded, Some(setup))
}

/// `name = …`
pub fn name<A: Argument + ?Sized>(command: &mut Command, name: &A) {
    command.name(name);
}

/// One element of `args = […]`.
pub fn arg<A: Argument + ?Sized>(command: &mut Command, argument: &A) {
    command.arg(argument);
}

/// `..iter` in `args = […]`, and `args = expression`.
pub fn args<I>(command: &mut Command, arguments: I)
where
    I: IntoIterator,
    I::Item: Argument,
{
    for argument in arguments {
        command.arg(argument);
    }
}

/// One entry of `env = {…}`.
pub fn env<K, V>(command: &mut Command, key: &K, value: &V)
where
    K: Argument + ?Sized,
    V: Argument + ?Sized,
{
    command.env(key, value);
}

/// `..map` in `env = {…}`, and `env = expression`.
pub fn envs<I, K, V>(command: &mut Command, variables: I)
where
    I: IntoIterator<Item = (K, V)>,
    K: Argument,
    V: Argument,
{
    for (key, value) in variables {
        command.env(key, value);
    }
}

/// One element of `preopen = […]`.
pub fn preopen<M: Into<Mount>>(command: &mut Command, directory: M) {
    command.preopen_dir(directory);
}

/// One entry of `mapdir = {…}`.
pub fn mapdir<G, M>(command: &mut Command, guest: &G, mount: M)
where
    G: AsRef<str> + ?Sized,
    M: Into<Mount>,
{
    command.map_dir(guest, mount);
}

/// `stdin = …`
pub fn stdin<S: Into<Stdio>>(command: &mut Command, stdin: S) {
    command.stdin(stdin);
}

/// `stdout = …`
pub fn stdout<S: Into<Stdio>>(command: &mut Command, stdout: S) {
    command.stdout(stdout);
}

/// `stderr = …`
pub fn stderr<S: Into<Stdio>>(command: &mut Command, stderr: S) {
    command.stderr(stderr);
}

/// `timeout = …`
pub fn timeout(command: &mut Command, timeout: Duration) {
    command.timeout(timeout);
}

/// `fuel = …`
pub fn fuel(command: &mut Command, fuel: u64) {
    command.fuel(fuel);
}

/// `output = …`
pub fn output_limit(command: &mut Command, bytes: u64) {
    command.output_limit(bytes);
}

/// `memory = …`
pub fn memory_limit(command: &mut Command, bytes: u64) {
    command.memory_limit(bytes);
}

/// `clock = …`
pub fn clock(command: &mut Command, clock: Clock) {
    command.clock(clock);
}

/// `abi = …`
pub fn abi(
    command: &mut Command,
    abi: Abi,
    alloc: Option<&'static str>,
    free: Option<&'static str>,
) {
    command.say(Said { abi, alloc, free });
}

/// `imports = { Env = value }`
pub fn imports(command: &mut Command, imports: Imports) {
    command.imports(imports);
}

/// `imports = trap`
pub fn trap_others(command: &mut Command) {
    command.imports(Imports::new().trap_others());
}

/// A trait with the attribute `imports`, as the type `dyn Trait`.
#[diagnostic::on_unimplemented(
    message = "the methods of this trait are not functions that a program can call",
    label = "not a trait with the attribute `imports`",
    note = "add `#[wasi_program::imports(\"env\")]` to the trait, with the module that the program imports the functions from"
)]
pub trait ImportTrait {
    /// Its functions.
    const FUNCTIONS: &'static [ImportDeclaration];
}

/// `random = …`
pub fn random(command: &mut Command, random: Random) {
    command.random(random);
}

/// Runs the command of an annotated function and makes its result.
///
/// # Errors
///
/// The run failed, or its output does not fit the type of the value.
pub fn call<T: FromOutput, E: From<Error>>(mut command: Command) -> Result<T, E> {
    Ok(T::from_output(command.output()?)?)
}

/// Like [`call`], for an `async fn`.
///
/// # Errors
///
/// As for [`call`].
#[cfg(feature = "tokio")]
pub async fn call_async<T: FromOutput, E: From<Error>>(mut command: Command) -> Result<T, E> {
    Ok(T::from_output(command.output_async().await?)?)
}

/// The return type of an annotated function whose declaration does not show the two types of a
/// `Result`, such as an alias.
#[diagnostic::on_unimplemented(
    message = "a run may fail, so this function must return a `Result`, and `{Self}` is not one",
    label = "not a `Result`",
    note = "write one, such as `Result<String, wasi_program::Error>`"
)]
pub trait Returned {
    /// Runs the command and makes the result.
    fn returned(command: Command) -> Self;

    /// Like [`returned`](Self::returned), for an `async fn`.
    #[cfg(feature = "tokio")]
    fn returned_async(command: Command) -> impl Future<Output = Self> + Send;
}

impl<T: FromOutput, E: From<Error>> Returned for Result<T, E> {
    fn returned(command: Command) -> Self {
        call(command)
    }

    #[cfg(feature = "tokio")]
    fn returned_async(command: Command) -> impl Future<Output = Self> + Send {
        call_async(command)
    }
}

/// Like [`call`], for an alias of `Result`.
#[must_use]
pub fn call_alias<R: Returned>(command: Command) -> R {
    R::returned(command)
}

/// Like [`call_alias`], for an `async fn`.
#[cfg(feature = "tokio")]
pub fn call_alias_async<R: Returned>(command: Command) -> impl Future<Output = R> + Send {
    R::returned_async(command)
}

/// Calls an exported function of a live instance, which the trait calls by its number `index`
/// and its name.
///
/// # Errors
///
/// The call failed.
#[inline]
pub fn call_function<P: Parameters, T: Value, E: From<Error>>(
    instance: &mut Instance,
    index: usize,
    name: &str,
    params: P,
) -> Result<T, E> {
    Ok(instance.call_indexed(index, name, &params)?)
}

/// As [`call_function`], for a function whose result is a `Result` in the guest as well: its
/// errors become those of the call.
///
/// # Errors
///
/// The call failed, or the function returned an error.
#[inline]
pub fn call_function_or_error<P: Parameters, T: Value, G: Value, E: From<Error> + From<G>>(
    instance: &mut Instance,
    index: usize,
    name: &str,
    params: P,
) -> Result<T, E> {
    Ok(instance.call_indexed::<P, Result<T, G>>(index, name, &params)??)
}

/// The return type of a method.
#[diagnostic::on_unimplemented(
    message = "a call may fail, so this method must return a `Result` of a value that can cross, and `{Self}` is not one",
    label = "not a `Result`",
    note = "write one, such as `Result<String, wasi_program::Error>`"
)]
pub trait Outcome {
    /// The function's result.
    type Value: Value;

    /// Makes it from the outcome of a call.
    fn from_result(result: Result<Self::Value, Error>) -> Self;
}

impl<T: Value, E: From<Error>> Outcome for Result<T, E> {
    type Value = T;

    #[inline]
    fn from_result(result: Result<T, Error>) -> Self {
        Ok(result?)
    }
}

/// As [`call_function`], for an alias of `Result`.
#[inline]
pub fn call_function_alias<P: Parameters, R: Outcome>(
    instance: &mut Instance,
    index: usize,
    name: &str,
    params: P,
) -> R {
    R::from_result(instance.call_indexed(index, name, &params))
}

/// Calls an exported function of an instance that is made for this call.
///
/// # Errors
///
/// The instance cannot be made, or the call failed.
pub fn call_once<P: Parameters, T: Value, E: From<Error>>(
    command: Command,
    name: &str,
    params: P,
) -> Result<T, E> {
    Ok(command.call(command.control(), name, &params)?)
}

/// As [`call_once`] and [`call_function_or_error`].
///
/// # Errors
///
/// As for these.
pub fn call_once_or_error<P: Parameters, T: Value, G: Value, E: From<Error> + From<G>>(
    command: Command,
    name: &str,
    params: P,
) -> Result<T, E> {
    Ok(command.call::<P, Result<T, G>>(command.control(), name, &params)??)
}

/// As [`call_once_or_error`], for an `async fn`.
///
/// # Errors
///
/// As for [`call_once_or_error`].
#[cfg(feature = "tokio")]
pub async fn call_once_or_error_async<P, T, G, E: From<Error> + From<G>>(
    command: Command,
    name: &'static str,
    params: P,
) -> Result<T, E>
where
    P: Parameters + Send + 'static,
    T: Value + Send + 'static,
    G: Value + Send + 'static,
{
    Ok(command
        .call_async::<P, Result<T, G>>(name, params)
        .await??)
}

/// As [`call_once`], for an alias of `Result`.
pub fn call_once_alias<P: Parameters, R: Outcome>(command: Command, name: &str, params: P) -> R {
    R::from_result(command.call(command.control(), name, &params))
}

/// As [`call_once`], for an `async fn`.
///
/// # Errors
///
/// As for [`call_once`].
#[cfg(feature = "tokio")]
pub async fn call_once_async<P, T, E: From<Error>>(
    command: Command,
    name: &'static str,
    params: P,
) -> Result<T, E>
where
    P: Parameters + Send + 'static,
    T: Value + Send + 'static,
{
    Ok(command.call_async(name, params).await?)
}

/// As [`call_once_async`], for an alias of `Result`.
#[cfg(feature = "tokio")]
pub async fn call_once_alias_async<P, R: Outcome>(
    command: Command,
    name: &'static str,
    params: P,
) -> R
where
    P: Parameters + Send + 'static,
    R::Value: Send + 'static,
{
    R::from_result(command.call_async(name, params).await)
}

/// Stops this thread from asking the system which pages a run has touched, or lets it ask
/// again: a switch for tests of systems that do not say.
pub fn refuse_to_scan(is_refused: bool) {
    crate::engine::refuse_to_scan(is_refused);
}
