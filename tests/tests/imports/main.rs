//! Functions of the application that programs call: traits, closures, and hostile callers.

mod canonical;
mod hostile;
mod plugin;
