//! Functions of the application, as one run has them.

use std::borrow::Cow;
use std::cell::{OnceCell, RefCell};
use std::mem;
use std::sync::Arc;

use wasi_program_module::abi::Said;
use wasi_program_module::nearest;

use super::call::ImportCall;
use super::environment::{Ended, Environment};
use super::state::{Borrowed, State};
use super::{Body, Closure, Imports, Method, Provided};
use crate::control::Control;
use crate::engine::{ApplicationFunction, Caller, Departure, Imported, Loaded, Value as CoreValue};
use crate::ground::limits::Limits;
use crate::instance::{Allocator, fits, shown, types_shown};
use crate::outcome::{Error, ImportError};
use crate::values::{import_needs_allocator, import_signature};

/// The functions of the application that a run has.
pub(super) struct Bound {
    /// For each function that the program imports, in its order.
    functions: Vec<Function>,
    /// The values whose methods are among the functions.
    values: Vec<Taken>,
    environment: Environment,
}

enum Function {
    Closure(Closure),
    /// A method of the value at this position.
    Method(usize, Method),
    /// Nobody provides it, and the run does not need it.
    Trap,
}

/// A value, which is returned at the end of the run.
struct Taken {
    state: Arc<State>,
    value: Borrowed,
}

impl Drop for Taken {
    fn drop(&mut self) {
        let value = mem::replace(self.value.get_mut(), Box::new(()));
        self.state.give_back(value);
    }
}

/// A function that nobody provides.
#[derive(Debug, thiserror::Error)]
#[error("the program called `{module}.{name}`, which it imports and nobody provides")]
struct NotProvided {
    module: Box<str>,
    name: Box<str>,
}

/// The run that the functions are for.
pub(crate) struct RunOf<'a> {
    pub(crate) program: &'a Cow<'static, str>,
    pub(crate) loaded: &'a Arc<Loaded>,
    pub(crate) said: Option<Said<'static>>,
    pub(crate) control: &'a Arc<Control>,
    pub(crate) limits: Limits,
}

/// Finds the functions that a program imports. `None` if it imports none.
///
/// # Errors
///
/// [`Error::Import`]: a function is missing, or it has another type, or another run has its value.
pub(crate) fn bind(imports: &Imports, run: &RunOf<'_>) -> Result<Option<Box<dyn Imported>>, Error> {
    if run.loaded.application.is_empty() {
        return Ok(None);
    }
    let (abi, allocator) = Allocator::find(run.loaded, run.said);
    let mut bound = Bound {
        functions: Vec::with_capacity(run.loaded.application.len()),
        values: Vec::new(),
        environment: Environment {
            loaded: Arc::clone(run.loaded),
            program: run.program.clone(),
            abi,
            allocator,
            control: Arc::clone(run.control),
            limits: run.limits,
            first: OnceCell::new(),
        },
    };
    for wanted in &run.loaded.application {
        let function = bound.function_for(wanted, imports);
        bound
            .functions
            .push(function.map_err(|reason| Error::Import {
                program: run.program.clone().into(),
                module: wanted.module.clone(),
                function: wanted.name.clone(),
                reason,
            })?);
    }
    Ok(Some(Box::new(bound)))
}

impl Bound {
    fn function_for(
        &mut self,
        wanted: &ApplicationFunction,
        imports: &Imports,
    ) -> Result<Function, ImportError> {
        let provided = imports
            .functions
            .iter()
            .find(|provided| *provided.name == *wanted.name && *provided.module == *wanted.module);
        let Some(provided) = provided else {
            return match imports.traps_others {
                true => Ok(Function::Trap),
                false => Err(missing(wanted, imports)),
            };
        };
        self.check_types(wanted, provided)?;
        match &provided.body {
            Body::Closure(closure) => Ok(Function::Closure(Arc::clone(closure))),
            Body::Method { state, function } => {
                let position = self.position_of(state).ok_or(ImportError::InUse)?;
                Ok(Function::Method(position, Arc::clone(function)))
            }
        }
    }

    fn check_types(
        &self,
        wanted: &ApplicationFunction,
        provided: &Provided,
    ) -> Result<(), ImportError> {
        let (params, results) =
            import_signature(self.environment.abi, provided.params, provided.result);
        let ty = &wanted.signature;
        if !(fits(ty.params(), &params) && fits(ty.results(), &results)) {
            return Err(ImportError::Signature {
                found: shown(ty).into(),
                provided: types_shown(&params, &results).into(),
            });
        }
        if matches!(self.environment.allocator, Allocator::None)
            && import_needs_allocator(provided.result)
        {
            return Err(ImportError::NoAllocator);
        }
        Ok(())
    }

    /// The position of a value among those of this run, which takes it.
    fn position_of(&mut self, state: &Arc<State>) -> Option<usize> {
        let known = self.values.iter();
        if let Some(position) = { known }.position(|taken| Arc::ptr_eq(&taken.state, state)) {
            return Some(position);
        }
        self.values.push(Taken {
            state: Arc::clone(state),
            value: RefCell::new(state.take()?),
        });
        Some(self.values.len() - 1)
    }
}

impl Imported for Bound {
    fn call(
        &self,
        caller: Caller,
        function: usize,
        values: &mut [CoreValue],
    ) -> Result<(), Departure> {
        let mut call = ImportCall {
            environment: &self.environment,
            position: function,
            caller,
            values,
            area: 0,
            bytes: 0,
        };
        let result = match &self.functions[function] {
            Function::Closure(closure) => closure(&mut call),
            Function::Method(position, method) => method(&self.values[*position].value, &mut call),
            Function::Trap => {
                let ApplicationFunction { module, name, .. } = self.environment.function(function);
                let (module, name) = (module.clone(), name.clone());
                let error = NotProvided { module, name };
                return Err(Departure::Thrown(Box::new(error)));
            }
        };
        result.map_err(|Ended(departure)| departure)
    }
}

#[cold]
fn missing(wanted: &ApplicationFunction, imports: &Imports) -> ImportError {
    let whole = |module: &str, name: &str| format!("{module}.{name}");
    let names: Vec<String> = imports
        .functions
        .iter()
        .map(|provided| whole(&provided.module, &provided.name))
        .collect();
    let name = whole(&wanted.module, &wanted.name);
    ImportError::Missing {
        nearest: nearest(&name, names.iter().map(String::as_str)).map(Into::into),
    }
}
