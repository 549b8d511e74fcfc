//! Counts lines, words and bytes of the regular files of a directory.
//!
//!     word_count DIRECTORY
//!
//! Prints `lines words bytes name` for each file, sorted by name, and a total.
//! Directories inside it are not entered.

use std::fs;
use std::io::{self, Write};
use std::ops::AddAssign;
use std::path::Path;
use std::process::ExitCode;

#[derive(Clone, Copy, Default)]
struct Counts {
    lines: usize,
    words: usize,
    bytes: usize,
}

impl Counts {
    fn of(content: &[u8]) -> Self {
        Counts {
            lines: content.iter().filter(|&&byte| byte == b'\n').count(),
            words: content
                .split(u8::is_ascii_whitespace)
                .filter(|word| !word.is_empty())
                .count(),
            bytes: content.len(),
        }
    }
}

impl AddAssign for Counts {
    fn add_assign(&mut self, other: Self) {
        self.lines += other.lines;
        self.words += other.words;
        self.bytes += other.bytes;
    }
}

fn main() -> ExitCode {
    let directory = match std::env::args().nth(1) {
        Some(directory) => directory,
        None => {
            eprintln!("usage: word_count DIRECTORY");
            return ExitCode::FAILURE;
        }
    };
    match count_directory(Path::new(&directory)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("word_count: {message}");
            ExitCode::FAILURE
        }
    }
}

fn count_directory(directory: &Path) -> Result<(), String> {
    let names = regular_files(directory).map_err(|e| format!("{}: {e}", directory.display()))?;

    let mut out = io::BufWriter::new(io::stdout().lock());
    let mut total = Counts::default();
    for name in names {
        let path = directory.join(&name);
        let content = fs::read(&path).map_err(|e| format!("{}: {e}", path.display()))?;
        let counts = Counts::of(&content);
        total += counts;
        print(&mut out, counts, &name)?;
    }
    print(&mut out, total, "total")?;
    out.flush().map_err(cannot_write)
}

fn regular_files(directory: &Path) -> io::Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(directory)? {
        let entry = entry?;
        if entry.file_type()?.is_file() {
            names.push(entry.file_name().to_string_lossy().into_owned());
        }
    }
    names.sort();
    Ok(names)
}

fn print(out: &mut impl Write, counts: Counts, name: &str) -> Result<(), String> {
    let Counts { lines, words, bytes } = counts;
    writeln!(out, "{lines:7} {words:7} {bytes:7} {name}").map_err(cannot_write)
}

fn cannot_write(error: io::Error) -> String {
    format!("cannot write standard output: {error}")
}
