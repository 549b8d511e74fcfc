//! Plugins that call the application: two modules, in C and in Rust, that get its functions from
//! one trait. The types are checked against the modules when this is compiled.
//!
//!     cargo run --example plugin

use std::error::Error as _;
use std::fmt;

use wasi_program::{Error, wasi_program};

/// The functions that plugins can call.
#[wasi_program::imports("shop")]
trait Shop {
    fn log(&mut self, message: &str);
    fn price(&mut self, item: &str) -> Result<u32, Unknown>;
}

/// Two for the price of one, built from `guests/discounts.c`.
#[wasi_program("guests/discounts.wasm", imports = [Shop], timeout = "1s")]
trait Discounts {
    fn total(&mut self, items: &[&str]) -> Result<u32, Error>;
}

/// More for each item, built from `guests/surcharges.rs`.
#[wasi_program(
    "guests/surcharges.wasm",
    abi = c(alloc = "allocate", free = "release"),
    imports = [Shop],
    timeout = "1s",
)]
trait Surcharges {
    fn total(&mut self, items: &[&str]) -> Result<u32, Error>;
}

/// A shop, which prints what plugins log.
struct Corner {
    plugin: &'static str,
}

impl Shop for Corner {
    fn log(&mut self, message: &str) {
        println!("{}: {message}", self.plugin);
    }

    fn price(&mut self, item: &str) -> Result<u32, Unknown> {
        match item {
            "tea" => Ok(3),
            "cake" => Ok(4),
            item => Err(Unknown(item.to_owned())),
        }
    }
}

/// An item that the shop does not have.
#[derive(Debug)]
struct Unknown(String);

impl fmt::Display for Unknown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the shop has no {}", self.0)
    }
}

impl std::error::Error for Unknown {}

fn main() -> Result<(), Error> {
    let items = ["tea", "cake", "tea"];
    let mut discounts = DiscountsInstance::new(Corner {
        plugin: "discounts",
    })?;
    println!("with discounts: {}", discounts.total(&items)?);

    let mut surcharges = SurchargesInstance::new(Corner {
        plugin: "surcharges",
    })?;
    println!("with surcharges: {}", surcharges.total(&items)?);

    // An error of the shop ends the call of the plugin.
    let error = discounts.total(&["tea", "shoes"]).unwrap_err();
    println!("{error}");
    let cause = error.source().expect("it is the error of the shop");
    println!("because {cause}");
    Ok(())
}
