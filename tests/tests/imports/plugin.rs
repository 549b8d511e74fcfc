//! A plugin in C, and the traits that it imports.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use wasi_program::{Error, ErrorKind, Guest, Imports, Program, Value, ValueError, wasi_program};

#[derive(Debug, Clone, PartialEq, Value)]
struct Person {
    name: String,
    age: u32,
    height: f64,
}

#[derive(Debug)]
struct Closed;

impl std::fmt::Display for Closed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the store is closed")
    }
}

impl std::error::Error for Closed {}

#[wasi_program::imports("env")]
trait Store {
    fn log(&mut self, level: i32, message: &str);
    fn lookup(&mut self, key: &str) -> Result<Option<String>, Closed>;
    fn older(&self, person: &Person) -> Person;
    /// A method with a body is no function for programs.
    fn is_open(&self) -> bool {
        true
    }
}

#[wasi_program::imports("env")]
trait Numbers {
    #[import = "sum"]
    fn add_up(&self, numbers: &[i32]) -> i64;
    fn fill(&mut self, guest: &mut Guest<'_>, pointer: u32, len: u32) -> Result<u32, ValueError>;
    fn ask(&mut self, guest: &mut Guest<'_>, question: u32) -> Result<u32, Error>;
}

#[derive(Default)]
struct Memory {
    messages: Arc<Mutex<Vec<String>>>,
    values: HashMap<&'static str, &'static str>,
}

impl Store for Memory {
    fn log(&mut self, level: i32, message: &str) {
        let mut messages = self.messages.lock().unwrap();
        messages.push(format!("{level}: {message}"));
    }

    fn lookup(&mut self, key: &str) -> Result<Option<String>, Closed> {
        match key {
            "closed" => Err(Closed),
            key => Ok(self.values.get(key).map(|&value| value.to_owned())),
        }
    }

    fn older(&self, person: &Person) -> Person {
        assert!(self.is_open());
        Person {
            age: person.age + 1,
            ..person.clone()
        }
    }
}

struct Calculator;

impl Numbers for Calculator {
    fn add_up(&self, numbers: &[i32]) -> i64 {
        numbers.iter().map(|number| i64::from(*number)).sum()
    }

    fn fill(&mut self, guest: &mut Guest<'_>, pointer: u32, len: u32) -> Result<u32, ValueError> {
        guest.bytes_mut(pointer, len)?.fill(2);
        Ok(1)
    }

    fn ask(&mut self, guest: &mut Guest<'_>, question: u32) -> Result<u32, Error> {
        guest.call("double", (question,))
    }
}

#[wasi_program(
    "guests/plugin.wasm",
    abi = c(alloc = "allocate", free = "release"),
    imports = [Store, Numbers],
)]
trait Plugin {
    fn handle(&mut self, key: &str) -> Result<String, Error>;
    fn birthday(&mut self, person: &Person) -> Result<Person, Error>;
    fn total(&mut self, len: u32) -> Result<i64, Error>;
    fn filled(&mut self, len: u32) -> Result<i32, Error>;
    fn think(&mut self, question: u32) -> Result<u32, Error>;
    fn allocated(&mut self) -> Result<i32, Error>;
}

fn store() -> Memory {
    Memory {
        values: HashMap::from([("color", "blue"), ("empty", "")]),
        ..Memory::default()
    }
}

#[test]
fn a_plugin_calls_the_methods_of_two_values() {
    let store = store();
    let messages = Arc::clone(&store.messages);
    let mut plugin = PluginInstance::new(store, Calculator).unwrap();
    assert_eq!(plugin.handle("color").unwrap(), "blue");
    assert_eq!(plugin.handle("empty").unwrap(), "");
    assert_eq!(plugin.handle("shape").unwrap(), "nothing");
    let ada = Person {
        name: "Ada".to_owned(),
        age: 36,
        height: 1.65,
    };
    let older = plugin.birthday(&ada).unwrap();
    assert_eq!(older, Person { age: 37, ..ada });
    assert_eq!(plugin.total(0).unwrap(), 0);
    assert_eq!(plugin.total(1000).unwrap(), 498_500);
    assert_eq!(plugin.filled(100).unwrap(), 201);
    assert_eq!(plugin.think(20).unwrap(), 41);
    assert_eq!(plugin.allocated().unwrap(), 0, "everything is freed");
    let heard = messages.lock().unwrap();
    assert_eq!(heard.len(), 3);
    assert_eq!(heard[0], "3: asked for 5 bytes");
}

#[test]
fn an_error_of_a_method_is_the_source_of_the_error_of_the_call() {
    let mut plugin = PluginInstance::new(store(), Calculator).unwrap();
    let error = plugin.handle("closed").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::HostFunction);
    assert_eq!(
        format!("{error:#}"),
        "`env.lookup`, which `plugin` called, failed: the store is closed"
    );
    let source = std::error::Error::source(&error).unwrap();
    assert!(source.is::<Closed>());
    let error = plugin.handle("color").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Poisoned);
}

/// Each call has a value of its own.
#[wasi_program(
    "guests/plugin.wasm",
    export = "handle",
    abi = c(alloc = "allocate", free = "release"),
    imports = { Store = store(), Numbers = Calculator },
)]
fn handle_once(key: &str) -> Result<String, Error>;

#[wasi_program(
    "guests/plugin.wasm",
    abi = c(alloc = "allocate", free = "release"),
    imports = [Store, Numbers],
)]
static PLUGIN: Program;

/// Functions that it does not need trap.
#[wasi_program("guests/plugin.wasm", export = "total", imports = trap)]
fn total_alone(len: u32) -> Result<i64, Error>;

#[wasi_program("guests/plugin.wasm", export = "double", imports = trap)]
fn double(number: u32) -> Result<u32, Error>;

#[test]
fn imports_that_trap_do_so_only_when_they_are_called() {
    assert_eq!(double(4).unwrap(), 8);
    let error = total_alone(3).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Trap);
    assert_eq!(
        format!("{error:#}"),
        "`plugin` trapped: the program called `env.sum`, which it imports and nobody provides \
         in function 16"
    );
}

fn closures() -> Imports {
    Imports::new()
        .function("env", "log", |_: i32, _: String| ())
        .function("env", "lookup", |key: String| (key == "x").then_some(key))
        .function("env", "older", |person: Person| person)
        .function("env", "sum", |numbers: Vec<i32>| numbers.len() as i64)
        .function("env", "fill", |_: u32, _: u32| 0_i32)
        .function("env", "ask", |guest: &mut Guest<'_>, question: u32| {
            guest.call::<_, u32>("think", (question - 1,))
        })
}

#[test]
fn a_handle_calls_closures_from_several_threads_at_once() {
    let imports = closures();
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                let mut command = PLUGIN.command();
                command.imports(imports.clone());
                for _ in 0..100 {
                    let mut instance = command.instance().unwrap();
                    let total = instance.typed::<(u32,), i64>("total").unwrap();
                    assert_eq!(total.call(&mut instance, (7,)).unwrap(), 7);
                }
            });
        }
    });
}

#[test]
fn a_value_serves_one_run_at_a_time_and_keeps_its_state() {
    let store = store();
    let messages = Arc::clone(&store.messages);
    let mut command = PLUGIN.command();
    command.imports(closures()).imports(store.imports());
    let mut first = command.instance().unwrap();
    let error = command.instance().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Import);
    assert_eq!(
        format!("{error:#}"),
        "`plugin` imports `env.log`: it belongs to a value that another run uses; make `Imports` \
         of its own for each run"
    );
    for _ in 0..2 {
        let log = first.typed::<(), i32>("allocated").unwrap();
        assert_eq!(log.call(&mut first, ()).unwrap(), 0);
        drop(first);
        first = command.instance().unwrap();
    }
    drop(first);
    assert_eq!(messages.lock().unwrap().len(), 0);
    assert_eq!(handle_once("color").unwrap(), "blue");
}

#[test]
fn a_value_is_not_used_by_two_of_its_functions_at_once() {
    struct Asks;
    impl Numbers for Asks {
        fn add_up(&self, _: &[i32]) -> i64 {
            0
        }
        fn fill(&mut self, _: &mut Guest<'_>, _: u32, _: u32) -> Result<u32, ValueError> {
            Ok(0)
        }
        fn ask(&mut self, guest: &mut Guest<'_>, question: u32) -> Result<u32, Error> {
            // The plugin asks again.
            guest.call("think", (question,))
        }
    }
    let mut plugin = PluginInstance::new(store(), Asks).unwrap();
    let error = plugin.think(1).unwrap_err();
    assert_eq!(
        format!("{error:#}"),
        "`env.ask`, which `plugin` called, failed: the program calls it while another function of \
         the same value runs, which takes `&mut self`"
    );
}

#[test]
fn a_program_that_misses_functions_is_refused_before_it_runs() {
    let error = PLUGIN.command().instance().unwrap_err();
    assert_eq!(
        format!("{error:#}"),
        "`plugin` imports `env.log`: the application does not provide it; add it with \
         `Command::imports`"
    );
}
