//! Inputs that fuzzing has found.

use std::time::{Duration, Instant};

use super::keys;
use crate::errors::Errors;

#[test]
fn locating_an_endless_expression_does_not_take_minutes() {
    let tokens = include_str!("../../../../tests/fuzz/seeds/attribute/endless-expression");
    let started = Instant::now();
    let mut errors = Errors::default();
    keys::parse(tokens.parse().expect("it is tokens"), &mut errors);
    assert!(!errors.is_empty());
    assert!(started.elapsed() < Duration::from_secs(20));
}
