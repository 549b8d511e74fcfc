//! Handles of exported functions.

use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

use super::{Callable, Instance};
use crate::engine::Loaded;
use crate::outcome::{Error, FunctionError};
use crate::values::{Parameters, Value};

/// An exported function with parameters of the types `P` and a result of the type `R`: see
/// [`Instance::typed`].
///
/// The function was checked when the handle was made, and can be called on every instance of its
/// module.
pub struct Function<P, R> {
    loaded: Arc<Loaded>,
    callable: Callable,
    name: Box<str>,
    types: PhantomData<fn(P) -> R>,
}

impl<P: Parameters, R: Value> Function<P, R> {
    pub(super) fn new(instance: &Instance, name: &str) -> Result<Self, Error> {
        Ok(Self {
            loaded: Arc::clone(&instance.loaded),
            callable: instance.find(name, P::SHAPES, R::SHAPE)?,
            name: name.into(),
            types: PhantomData,
        })
    }

    /// Calls the function.
    ///
    /// # Errors
    ///
    /// - the program traps, exits, or exceeds a limit, or a host function panics, as for
    ///   [`Command::output`](crate::Command::output);
    /// - an earlier call failed in one of these ways: [`Error::Poisoned`];
    /// - a value is not valid: [`Error::Value`];
    /// - the instance is one of another module: [`Error::Function`].
    #[inline]
    pub fn call(&self, instance: &mut Instance, params: P) -> Result<R, Error> {
        if !Arc::ptr_eq(&self.loaded, &instance.loaded) {
            return Err(self.other_module(instance));
        }
        instance.call(self.callable, &self.name, &params)
    }

    #[cold]
    fn other_module(&self, instance: &Instance) -> Error {
        Error::Function {
            program: instance.program.clone().into(),
            function: self.name.clone(),
            reason: FunctionError::OtherModule,
        }
    }
}

impl<P, R> Clone for Function<P, R> {
    fn clone(&self) -> Self {
        Self {
            loaded: Arc::clone(&self.loaded),
            callable: self.callable,
            name: self.name.clone(),
            types: PhantomData,
        }
    }
}

impl<P, R> fmt::Debug for Function<P, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Function")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}
