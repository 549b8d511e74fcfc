//! `pii-shield-wasi`, a library in Go: a string is returned as one number.

use wasi_program::{Error, wasi_program};

#[wasi_program(
    "packages/pii_shield/pii-shield-wasi.wasm",
    abi = packed(ptr_len, alloc = "allocate", free = "free"),
    timeout = "10s",
)]
trait Shield {
    fn init_config(&mut self, config: &str) -> Result<(), Error>;
    fn redact(&mut self, text: &str) -> Result<String, Error>;
}

#[test]
fn personal_data_is_redacted() {
    let mut shield = ShieldInstance::new().unwrap();
    shield.init_config(r#"{"salt": "test"}"#).unwrap();
    for _ in 0..10 {
        let redacted = shield
            .redact("user=ada password=correcthorsebatterystaple status=ok")
            .unwrap();
        assert!(redacted.contains("user=ada"), "{redacted}");
        assert!(redacted.contains("status=ok"), "{redacted}");
        assert!(!redacted.contains("correcthorse"), "{redacted}");
        assert!(redacted.contains("[HIDDEN"), "{redacted}");
    }
    let harmless = "the quick brown fox";
    assert_eq!(shield.redact(harmless).unwrap(), harmless);
}
