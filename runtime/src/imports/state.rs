//! The values of the application whose methods a program calls.

use std::any::Any;
use std::cell::RefCell;
use std::sync::{Arc, Mutex, PoisonError};

use super::call::ImportCall;
use super::environment::Ended;
use super::reply::Reply;
use super::{Body, Imports, Method, Provided};
use crate::values::{Arguments, ImportDeclaration, Value};

/// A value, while a run has it.
pub(super) type Borrowed = RefCell<Box<dyn Any + Send>>;

/// A value that one run at a time has.
pub(super) struct State(Mutex<Option<Box<dyn Any + Send>>>);

impl State {
    /// Takes the value for a run. `None` if another run has it.
    pub(super) fn take(&self) -> Option<Box<dyn Any + Send>> {
        self.place().take()
    }

    /// Returns the value for the next run.
    pub(super) fn give_back(&self, value: Box<dyn Any + Send>) {
        *self.place() = Some(value);
    }

    fn place(&self) -> std::sync::MutexGuard<'_, Option<Box<dyn Any + Send>>> {
        // Nothing panics while it is locked.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Collects the methods of a value.
#[doc(hidden)]
pub struct Provider<T> {
    state: Arc<State>,
    imports: Imports,
    types: std::marker::PhantomData<fn(T)>,
}

impl<T: Send + 'static> Provider<T> {
    /// A value without methods.
    #[must_use]
    pub fn new(value: T) -> Self {
        Self {
            state: Arc::new(State(Mutex::new(Some(Box::new(value))))),
            imports: Imports::new(),
            types: std::marker::PhantomData,
        }
    }

    /// Adds a method that takes `&mut self`.
    #[must_use]
    pub fn method<A: Arguments + 'static, R: Reply + 'static>(
        self,
        declared: &ImportDeclaration,
        method: fn(&mut T, &mut ImportCall<'_>, A) -> R,
    ) -> Self {
        self.add(declared, move |state, call| {
            let arguments = call.arguments::<A, R>()?;
            let Ok(mut value) = state.try_borrow_mut() else {
                return Err(call.reentered());
            };
            // SAFETY: a function of a value is called with this value only, which is a `T`.
            let typed = unsafe { typed_mut::<T>(&mut value) };
            let reply = method(typed, call, arguments);
            // The value is not in use any more when the guest's allocator is called.
            drop(value);
            call.reply(reply)
        })
    }

    /// Adds a method that takes `&self`.
    #[must_use]
    pub fn shared<A: Arguments + 'static, R: Reply + 'static>(
        self,
        declared: &ImportDeclaration,
        method: fn(&T, &mut ImportCall<'_>, A) -> R,
    ) -> Self {
        self.add(declared, move |state, call| {
            let arguments = call.arguments::<A, R>()?;
            let Ok(value) = state.try_borrow() else {
                return Err(call.reentered());
            };
            // SAFETY: as above.
            let typed = unsafe { typed_ref::<T>(&value) };
            let reply = method(typed, call, arguments);
            drop(value);
            call.reply(reply)
        })
    }

    fn add<F>(mut self, declared: &ImportDeclaration, function: F) -> Self
    where
        F: Fn(&Borrowed, &mut ImportCall<'_>) -> Result<(), Ended> + Send + Sync + 'static,
    {
        let function: Method = Arc::new(function);
        self.imports.add(Provided {
            module: declared.module.into(),
            name: declared.name.into(),
            params: declared.params,
            result: declared.result,
            body: Body::Method {
                state: Arc::clone(&self.state),
                function,
            },
        });
        self
    }

    /// All of them.
    #[must_use]
    pub fn finish(self) -> Imports {
        self.imports
    }
}

/// The value as what it is. A call does not compare the types, which would take a third of its
/// time.
///
/// # Safety
///
/// The value must be a `T`.
unsafe fn typed_mut<T: 'static>(value: &mut Box<dyn Any + Send>) -> &mut T {
    debug_assert!(value.is::<T>());
    let value: *mut (dyn Any + Send) = &raw mut **value;
    // SAFETY: the caller promises the type; the reference lives as long as that to the box.
    unsafe { &mut *value.cast::<T>() }
}

/// As [`typed_mut`].
///
/// # Safety
///
/// The value must be a `T`.
unsafe fn typed_ref<T: 'static>(value: &Box<dyn Any + Send>) -> &T {
    debug_assert!(value.is::<T>());
    let value: *const (dyn Any + Send) = &raw const **value;
    // SAFETY: as for `typed_mut`.
    unsafe { &*value.cast::<T>() }
}

/// A type of a parameter that a function of the application takes by reference.
pub trait Lent {
    /// The type of the value that the reference refers to.
    type Owned: Value;
}

impl<T: Value> Lent for T {
    type Owned = T;
}

impl Lent for str {
    type Owned = String;
}

impl<T: Value> Lent for [T] {
    type Owned = Vec<T>;
}
