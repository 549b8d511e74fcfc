;; Imports nothing from WASI.
(module
  (memory (export "memory") 1)
  (func (export "_start")))
