//! A call: its parameters are passed, the function is called, its result is read, and what
//! was allocated is freed.

use std::panic::{AssertUnwindSafe, catch_unwind};

use wasi_program_module::Abi;
use wasmer_types::{FunctionType, LocalFunctionIndex, Type};

use super::Instance;
use super::allocator::{Allocating, Allocator};
use crate::control::{Control, Watched};
use crate::engine::Loaded;
use crate::outcome::{Error, FunctionError, ValueError, ValuePlace};
use crate::session::{CallError, Callee};
use crate::values::{
    Allocation, Core, CoreTypes, Crossing, Held, Lifting, Lowered, Lowering, NotCrossed,
    Parameters, Returned, Shape, Value, abandon, host_frees, lift, needs_allocator, returned_as,
    signature,
};

/// An exported function that was found to have the type of its declaration.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Callable {
    function: LocalFunctionIndex,
    /// The function that frees its result, if there is one.
    post: Option<LocalFunctionIndex>,
    abi: Abi,
    /// The number of its core results.
    results: usize,
}

/// A call that failed.
pub(crate) enum Failed {
    /// A value did not cross. The instance is as before.
    Value(ValuePlace, ValueError),
    /// As `Value`, but the guest has memory that nobody frees.
    Half(ValuePlace, ValueError),
    /// The guest did not return.
    Call(CallError),
}

impl Failed {
    fn new(place: ValuePlace, NotCrossed(crossing): NotCrossed) -> Self {
        match crossing {
            Crossing::Value(error) => Self::Value(place, error),
            Crossing::Call(error) => Self::Call(error),
        }
    }
}

impl From<CallError> for Box<Failed> {
    fn from(error: CallError) -> Self {
        Self::new(Failed::Call(error))
    }
}

impl Callable {
    /// Finds an exported function with these types.
    pub(crate) fn find(
        loaded: &Loaded,
        (abi, allocator): (Abi, Allocator),
        name: &str,
        params: &[&Shape],
        result: &Shape,
    ) -> Result<Self, FunctionError> {
        let (function, ty) = loaded.function(name).ok_or_else(|| missing(loaded, name))?;
        let (expected_params, expected_results) = signature(abi, params, result);
        if !(fits(ty.params(), &expected_params) && fits(ty.results(), &expected_results)) {
            return Err(FunctionError::Signature {
                found: shown(ty).into(),
                expected: types_shown(&expected_params, &expected_results).into(),
            });
        }
        if matches!(allocator, Allocator::None) && needs_allocator(abi, params, result) {
            return Err(FunctionError::NoAllocator);
        }
        Ok(Self {
            function,
            post: post(loaded, name, ty),
            abi,
            results: ty.results().len(),
        })
    }

    /// Calls the function.
    ///
    /// # Errors
    ///
    /// The call failed.
    pub(crate) fn call<P: Parameters, R: Value>(
        self,
        callee: &mut impl Callee,
        allocator: Allocator,
        control: &Control,
        limit: u64,
        params: &P,
        // The error is in a box, so that a result is returned in registers.
    ) -> Result<R, Box<Failed>> {
        let abi = self.abi;
        let mut lowered = Lowered::default();
        let mut guest = Allocating { callee, allocator };
        let mut lowering = Lowering::new(&mut guest, &mut lowered, control);
        let area = lower::<P, R>(abi, params, &mut lowering);
        let Lowered { values, allocated } = &mut lowered;
        let area = match area {
            Ok(area) => area,
            Err(failed) => {
                let failed = unwind(failed, callee, allocator, allocated, abi);
                return Err(Box::new(failed));
            }
        };
        if values.len() < self.results {
            values.resize(self.results, 0);
        }
        callee.call(self.function, values)?;

        let results = &values[..self.results];
        let mut lifting = Lifting::new(callee.memory(), results, control, limit, host_frees(abi));
        let lifted = lifting.hold(|lifting| lift::<R>(abi, area, lifting));
        let found = lifting.finish();

        let lifted = lifted.map_err(|error| Failed::new(ValuePlace::Result, error));
        if let Err(Failed::Call(error)) = lifted {
            abandon_found(found);
            return Err(error.into());
        }
        if let Some(post) = self.post {
            callee.call(post, values)?;
        }
        // Otherwise the guest frees.
        if let Some(found) = found {
            let all = found.iter().chain(&*allocated);
            let freed = { all }.try_for_each(|allocation| allocator.free(*allocation, callee));
            abandon_found(Some(found));
            freed?;
        }
        lifted.map(Held::take).map_err(Box::new)
    }
}

/// Drops the list of what was to be freed, which a guest can make as large as the limit of its
/// memory allows.
fn abandon_found(found: Option<Vec<Allocation>>) {
    if let Some(found) = found {
        abandon(size_of_val(&*found) as u64, found);
    }
}

/// Passes the parameters, and makes room for the result if it needs room. Returns the address of
/// this room.
#[inline]
fn lower<P: Parameters, R: Value>(
    abi: Abi,
    params: &P,
    lowering: &mut Lowering<'_>,
) -> Result<u32, Failed> {
    let mut area = 0;
    if returned_as::<R>(abi) == Returned::Area {
        area = lowering
            .allocate(1, R::SHAPE)
            .map_err(|error| Failed::new(ValuePlace::Result, error))?;
        lowering.push(u64::from(area));
    }
    params
        .lower(abi, lowering)
        .map_err(|(position, error)| Failed::new(ValuePlace::Parameter(position + 1), error))?;
    Ok(area)
}

/// Frees what was allocated for parameters that were not all passed.
#[cold]
fn unwind(
    failed: Failed,
    callee: &mut impl Callee,
    allocator: Allocator,
    allocated: &[Allocation],
    abi: Abi,
) -> Failed {
    let Failed::Value(place, error) = failed else {
        return failed;
    };
    if !host_frees(abi) {
        return match allocated.is_empty() {
            true => Failed::Value(place, error),
            false => Failed::Half(place, error),
        };
    }
    for allocation in allocated {
        if let Err(error) = allocator.free(*allocation, callee) {
            return Failed::Call(error);
        }
    }
    Failed::Value(place, error)
}

impl Instance {
    /// Calls a function.
    #[inline]
    pub(crate) fn call<P: Parameters, R: Value>(
        &mut self,
        callable: Callable,
        name: &str,
        params: &P,
    ) -> Result<R, Error> {
        let watched = match self.is_ready() {
            true => None,
            false => self.begin(name)?,
        };
        self.call_begun(watched, callable, name, params)
    }

    /// Calls a function, after [`begin`](Self::begin).
    #[inline]
    pub(super) fn call_begun<P: Parameters, R: Value>(
        &mut self,
        watched: Option<Watched>,
        callable: Callable,
        name: &str,
        params: &P,
    ) -> Result<R, Error> {
        let Some(session) = &mut self.session else {
            unreachable!("an instance that is not dropped has a session")
        };
        let (allocator, limit) = (self.allocator, self.limits.memory);
        let control = &self.control;
        // A panic that was not caught where the guest is called is a defect of
        // this crate. It must not end the application.
        let call = || callable.call(session, allocator, control, limit, params);
        let result = catch_unwind(AssertUnwindSafe(call));
        let result = result.unwrap_or_else(|panic| Err(CallError::HostPanic(panic).into()));
        let returned = match &result {
            Ok(_) => true,
            Err(failed) => !matches!(**failed, Failed::Call(_)),
        };
        // Instructions after the last check of the fuel count as well.
        if self.ran_out_of_fuel() && returned {
            self.end(watched, false);
            let error = self.stopped().error(None, Vec::new(), Vec::new());
            return Err(self.poison_with(error));
        }
        match result {
            Ok(value) => {
                self.end(watched, true);
                Ok(value)
            }
            Err(failed) => Err(self.fail(watched, *failed, name)),
        }
    }

    #[cold]
    fn fail(&mut self, watched: Option<Watched>, failed: Failed, name: &str) -> Error {
        let returned = !matches!(failed, Failed::Call(_));
        self.end(watched, returned);
        let value = |place, reason| Error::Value {
            program: self.program.clone().into(),
            function: name.into(),
            place,
            reason,
        };
        match failed {
            Failed::Value(place, error) => value(place, error),
            Failed::Half(place, error) => {
                let error = value(place, error);
                self.poison_with(error)
            }
            Failed::Call(error) => self.poison(error),
        }
    }

    /// Calls the function `name`, whose number in generated code is `index`.
    #[inline]
    pub(crate) fn call_indexed<P: Parameters, R: Value>(
        &mut self,
        index: usize,
        name: &str,
        params: &P,
    ) -> Result<R, Error> {
        let callable = match self.functions.get(index) {
            Some(Some(callable)) => *callable,
            _ => self.find_indexed(index, name, P::SHAPES, R::SHAPE)?,
        };
        self.call(callable, name, params)
    }

    #[cold]
    fn find_indexed(
        &mut self,
        index: usize,
        name: &str,
        params: &[&Shape],
        result: &Shape,
    ) -> Result<Callable, Error> {
        let callable = self.find(name, params, result)?;
        if self.functions.len() <= index {
            self.functions.resize(index + 1, None);
        }
        self.functions[index] = Some(callable);
        Ok(callable)
    }

    pub(super) fn find(
        &self,
        name: &str,
        params: &[&Shape],
        result: &Shape,
    ) -> Result<Callable, Error> {
        let found = Callable::find(
            &self.loaded,
            (self.abi, self.allocator),
            name,
            params,
            result,
        );
        found.map_err(|reason| Error::Function {
            program: self.program.clone().into(),
            function: name.into(),
            reason,
        })
    }
}

/// The function that frees the result of `name`, which takes its core results (Canonical ABI,
/// `post-return`; in modules with standard names, its name ends in `_post`).
fn post(loaded: &Loaded, name: &str, ty: &FunctionType) -> Option<LocalFunctionIndex> {
    let (function, post) = loaded.function(&Abi::post_return(name))?;
    (post.params() == ty.results() && post.results().is_empty()).then_some(function)
}

fn missing(loaded: &Loaded, name: &str) -> FunctionError {
    let names: Vec<&str> = loaded.function_names().collect();
    if names == ["_start"] {
        return FunctionError::Command;
    }
    FunctionError::Missing {
        nearest: wasi_program_module::nearest(name, names).map(Into::into),
    }
}

/// Reports whether types are these core types.
pub(crate) fn fits(types: &[Type], expected: &CoreTypes) -> bool {
    types.len() == expected.len()
        && types.iter().enumerate().all(|(index, ty)| {
            let core = match ty {
                Type::I32 => Core::I32,
                Type::I64 => Core::I64,
                Type::F32 => Core::F32,
                Type::F64 => Core::F64,
                _ => return false,
            };
            expected.get(index) == Some(core)
        })
}

/// A type as in `(i32, i64) -> i32`.
pub(crate) fn shown(ty: &FunctionType) -> String {
    let names = |types: &[Type]| -> Vec<String> {
        types
            .iter()
            .map(|ty| ty.to_string().to_lowercase())
            .collect()
    };
    let results = names(ty.results());
    let results = match results.as_slice() {
        [one] => one.clone(),
        results => format!("({})", results.join(", ")),
    };
    format!("({}) -> {results}", names(ty.params()).join(", "))
}

/// Core types as in `(i32, i64) -> i32`.
pub(crate) fn types_shown(params: &CoreTypes, results: &CoreTypes) -> String {
    format!("{} -> {}", list(params), results_shown(results))
}

fn list(types: &CoreTypes) -> String {
    let names: Vec<&str> = (0..types.len())
        .map_while(|index| types.get(index).map(Core::name))
        .collect();
    let more = match types.len() - names.len() {
        0 => String::new(),
        more => format!(", {more} more"),
    };
    format!("({}{more})", names.join(", "))
}

fn results_shown(types: &CoreTypes) -> String {
    match (types.len(), types.get(0)) {
        (1, Some(one)) => one.name().to_owned(),
        _ => list(types),
    }
}
