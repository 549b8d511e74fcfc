;; A keyword is misspelt.
(module
  (memory (export "memory") 1)
  (fucn (export "_start")))
