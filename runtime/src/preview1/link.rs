//! The functions that a module can import, by version and name, and how a call
//! of the guest's reaches them.

use wasi_program_module::host_functions;
use wasmer_types::{FunctionType, Type};

use super::context::Context;
#[cfg(feature = "wasmer-api")]
use super::host::outcome;
use super::host::{exit, serve};
use super::versions::{snapshot_0, snapshot_1};
#[cfg(feature = "wasmer-api")]
use crate::abi::Errno;
use crate::abi::GuestMemory;
#[cfg(feature = "wasmer-api")]
use crate::control::Stop;
use crate::engine::switch::host_function;
use crate::engine::{Answer, Argument, Caller, HostBody, HostFunction};
use crate::version::Version;

/// A function of WASI's that a module can import.
#[derive(Debug, Clone, Copy)]
pub(crate) struct WasiFunction {
    /// The function, for guests that were given a [`Context`](super::Context).
    pub(crate) function: HostFunction,
    /// The same function with its parameters as values; `None` for `proc_exit`.
    #[cfg(feature = "wasmer-api")]
    pub(crate) by_value: Option<ByValue>,
}

/// Serves a call with these parameters, each in the lower bits of a number.
#[cfg(feature = "wasmer-api")]
pub(crate) type ByValue = fn(&mut Context, &mut [u8], &[u64]) -> Result<i32, Stop>;

/// A parameter of a host function: a number of WebAssembly.
trait Parameter {
    const TYPE: Type;
    #[cfg(feature = "wasmer-api")]
    fn of(value: u64) -> Self;
}

macro_rules! parameters {
    ($($type:ty: $number:ident;)*) => {$(
        impl Parameter for $type {
            const TYPE: Type = Type::$number;
            #[cfg(feature = "wasmer-api")]
            fn of(value: u64) -> Self {
                value as Self
            }
        }
    )*};
}

parameters! {
    u32: I32;
    u64: I64;
    i64: I64;
}

/// Finds the function that a module imports: see [`Resolver`](crate::engine::Resolver).
/// Guests that have it must be given a [`Context`](super::Context).
pub(crate) fn resolve(namespace: &str, name: &str) -> Option<HostFunction> {
    let version = Version::from_namespace(namespace)?;
    Some(host_function(version, name)?.function)
}

/// The functions that are the same in both versions, or only in one.
mod functions {
    pub(super) use crate::preview1::args::*;
    pub(super) use crate::preview1::clock::*;
    pub(super) use crate::preview1::fd::*;
    pub(super) use crate::preview1::io::*;
    pub(super) use crate::preview1::path::*;
    pub(super) use crate::preview1::process::*;
    pub(super) use crate::preview1::readdir::*;
    pub(super) use crate::preview1::sock::*;
}

/// Binds a function to its name, with these parameters.
macro_rules! binding {
    ($function:path, $name:ident($($parameter:ident: $type:ty),*)) => {{
        /// # Safety
        ///
        /// As for `serve`.
        unsafe extern "C" fn call(
            caller: Caller,
            $($parameter: <$type as Argument>::Raw),*
        ) -> Answer {
            $(let $parameter = <$type as Argument>::of($parameter);)*
            let function = |context: &mut Context, memory: &mut GuestMemory<'_>| {
                $function(context, memory, $($parameter),*)
            };
            // SAFETY: the caller keeps the same promises.
            unsafe { serve(caller, stringify!($name), function) }
        }
        /// The number of arguments, including the caller.
        const ARGUMENTS: usize = 1 + <[&str]>::len(&[$(stringify!($parameter)),*]);
        WasiFunction {
            function: HostFunction {
                signature: || FunctionType::new([$(<$type>::TYPE),*], [Type::I32]),
                body: HostBody(host_function!(call, ARGUMENTS)),
            },
            #[cfg(feature = "wasmer-api")]
            by_value: Some(|context, memory, values| {
                let memory = &mut GuestMemory::new(memory);
                let result = match values {
                    [$($parameter),*] => {
                        $(let $parameter = <$type as Parameter>::of(*$parameter);)*
                        $function(context, memory, $($parameter),*)
                    }
                    _ => Err(Errno::Inval),
                };
                #[cfg(feature = "tracing")]
                crate::traced::call(stringify!($name), &result);
                outcome(context, result)
            }),
        }
    }};
}

/// Binds the function of a row of the table, if this version has it.
macro_rules! bind {
    (both, $version:ident, $name:ident($($parameters:tt)*)) => {
        Some(binding!(functions::$name, $name($($parameters)*)))
    };
    (each, $version:ident, $name:ident($($parameters:tt)*)) => {
        Some(match $version {
            Version::Snapshot0 => binding!(snapshot_0::$name, $name($($parameters)*)),
            Version::Snapshot1 => binding!(snapshot_1::$name, $name($($parameters)*)),
        })
    };
    (since_1, $version:ident, $name:ident($($parameters:tt)*)) => {
        match $version {
            Version::Snapshot0 => None,
            Version::Snapshot1 => Some(binding!(functions::$name, $name($($parameters)*))),
        }
    };
    // The one function that does not return.
    (exit, $version:ident, $name:ident($($parameter:ident: $type:ty),*)) => {
        Some(WasiFunction {
            function: HostFunction {
                signature: || FunctionType::new([$(<$type>::TYPE),*], []),
                body: HostBody(host_function!(exit, 2)),
            },
            #[cfg(feature = "wasmer-api")]
            by_value: None,
        })
    };
}

/// Defines [`host_function`] by the rows of the table.
macro_rules! define_host_function {
    ($(
        @$kind:ident $name:ident($($parameter:ident: $type:ident),*) [$($capability:ident),*];
    )*) => {
        /// Finds the function that `version` has under `name`.
        pub(crate) fn host_function(version: Version, name: &str) -> Option<WasiFunction> {
            match name {
                $(stringify!($name) => bind!($kind, version, $name($($parameter: $type),*)),)*
                _ => None,
            }
        }
    };
}

host_functions!(define_host_function);

#[cfg(all(test, feature = "jit"))]
mod tests {
    use wasmer_types::Type;

    use super::host_function;
    use crate::version::Version;

    /// The types as the signatures in the table spell them.
    fn list(types: &[Type]) -> String {
        let types: Vec<String> = types
            .iter()
            .map(|ty| ty.to_string().to_lowercase())
            .collect();
        format!("({})", types.join(", "))
    }

    #[test]
    fn functions_have_the_signatures_of_the_table() {
        for version in [Version::Snapshot0, Version::Snapshot1] {
            for function in version.functions() {
                let bound = host_function(version, function.name).expect("it is in the table");
                let ty = (bound.function.signature)();
                let result = match ty.results() {
                    [] => "()",
                    [Type::I32] => "i32",
                    other => panic!("{other:?}"),
                };
                let signature = format!("{} -> {result}", list(ty.params()));
                assert_eq!(signature, function.signature, "{}", function.name);
            }
        }
        assert!(host_function(Version::Snapshot0, "sock_accept").is_none());
        assert!(host_function(Version::LATEST, "path_exec").is_none());
    }
}
