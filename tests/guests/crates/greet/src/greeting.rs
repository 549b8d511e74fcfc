pub const GREETING: &[u8; 6] = b"hello\n";
