;; Built for the web by wasm-bindgen.
(module
  (import "./page_bg.js" "__wbg_log_1d3ae0273d8f4f8a" (func (param i32 i32)))
  (import "./page_bg.js" "__wbindgen_throw" (func (param i32 i32)))
  (memory (export "memory") 1)
  (func (export "run")))
