//! `quickjs-wasi`: JavaScript that calls functions of the application, which call it back.

use wasi_program::{Error, Guest, ValueError, wasi_program};

/// The functions that the module imports. Values of JavaScript are addresses.
#[wasi_program::imports("env")]
trait Env {
    #[import = "host_call"]
    fn call(
        &self,
        guest: &mut Guest<'_>,
        name: u32,
        name_len: u32,
        this: u32,
        count: u32,
        arguments: u32,
    ) -> Result<u32, Error>;
    fn host_interrupt(&self) -> bool;
}

#[wasi_program(
    "packages/quickjs-wasi/quickjs.wasm",
    imports = [Env, trap],
    timeout = "10s",
    memory = "64MiB",
)]
trait QuickJs {
    fn qjs_init(&mut self) -> Result<u32, Error>;
    fn wasm_malloc(&mut self, size: u32) -> Result<u32, Error>;
    fn wasm_free(&mut self, pointer: u32) -> Result<(), Error>;
    fn qjs_eval(&mut self, code: u32, len: u32, file: u32, flags: i32) -> Result<u32, Error>;
    fn qjs_new_host_function(&mut self, name: u32, len: u32, id: i32) -> Result<u32, Error>;
    fn qjs_get_global(&mut self) -> Result<u32, Error>;
    fn qjs_set_prop_string(&mut self, object: u32, name: u32, value: u32) -> Result<i32, Error>;
    fn qjs_get_float64(&mut self, value: u32) -> Result<f64, Error>;
    fn qjs_is_exception(&mut self, value: u32) -> Result<bool, Error>;
}

/// Adds its arguments.
struct Adds;

impl Env for Adds {
    fn call(
        &self,
        guest: &mut Guest<'_>,
        name: u32,
        name_len: u32,
        _this: u32,
        count: u32,
        arguments: u32,
    ) -> Result<u32, Error> {
        let read = |guest: &Guest<'_>| -> Result<Vec<u32>, ValueError> {
            assert_eq!(guest.text(name, name_len)?, "add");
            let (values, _) = guest.bytes(arguments, 4 * count)?.as_chunks();
            Ok(values
                .iter()
                .map(|bytes| u32::from_le_bytes(*bytes))
                .collect())
        };
        let mut sum = 0.0;
        for value in read(guest).expect("QuickJS passes valid addresses") {
            sum += guest.call::<_, f64>("qjs_get_float64", (value,))?;
        }
        guest.call("qjs_new_number", (sum,))
    }

    fn host_interrupt(&self) -> bool {
        false
    }
}

impl QuickJsInstance {
    /// Copies text, with a NUL behind it.
    fn text(&mut self, text: &str) -> u32 {
        let pointer = self.wasm_malloc(text.len() as u32 + 1).unwrap();
        let place = &mut self.memory_mut()[pointer as usize..][..=text.len()];
        place[..text.len()].copy_from_slice(text.as_bytes());
        place[text.len()] = 0;
        pointer
    }

    fn eval(&mut self, code: &str) -> Option<f64> {
        let [source, file] = [code, "test.js"].map(|text| self.text(text));
        let value = self.qjs_eval(source, code.len() as u32, file, 0).unwrap();
        self.wasm_free(source).unwrap();
        self.wasm_free(file).unwrap();
        match self.qjs_is_exception(value).unwrap() {
            true => None,
            false => Some(self.qjs_get_float64(value).unwrap()),
        }
    }
}

fn engine() -> QuickJsInstance {
    let mut engine = QuickJsInstance::new(Adds).unwrap();
    engine.qjs_init().unwrap();
    let name = engine.text("add");
    let function = engine.qjs_new_host_function(name, 3, 0).unwrap();
    let global = engine.qjs_get_global().unwrap();
    assert!(engine.qjs_set_prop_string(global, name, function).unwrap() >= 0);
    engine
}

#[test]
fn javascript_calls_a_function_of_the_application() {
    let mut engine = engine();
    assert_eq!(engine.eval("6 * 7"), Some(42.0));
    assert_eq!(engine.eval("add(1, 2, 3.5)"), Some(6.5));
    let code = "let sum = 0; for (let i = 0; i < 1000; i++) sum = add(sum, i); sum";
    assert_eq!(engine.eval(code), Some(499_500.0));
    assert_eq!(engine.eval("throw new Error('no')"), None);
    assert_eq!(engine.eval("add()"), Some(0.0));
}

#[test]
fn an_endless_script_is_stopped() {
    let mut command = QuickJsInstance::command();
    command
        .imports(Adds.imports())
        .timeout(std::time::Duration::from_millis(200));
    let mut engine = QuickJsInstance::from_command(&mut command).unwrap();
    engine.qjs_init().unwrap();
    let [code, file] = ["for (;;);", "test.js"].map(|text| engine.text(text));
    let error = engine.qjs_eval(code, 9, file, 0).unwrap_err();
    assert!(matches!(error, Error::Timeout { .. }), "{error:?}");
}
