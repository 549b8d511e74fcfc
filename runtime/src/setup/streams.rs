//! Opening the standard streams of a run.

use std::fs::File;
use std::io;
use std::sync::{Arc, Mutex};

use crate::control::Control;
use crate::outcome::UnfitStdio;
use crate::stdio::{
    self, Access, Input, InputEnd, Kind, OutputEnd, Pipe, Reader, Sink, Source, Stdio, Stream,
    Target, Writer,
};

/// The use of [`Kind::Piped`] streams.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ends {
    /// Outputs are captured, and the input is empty.
    Captured,
    /// Outputs are discarded, and the input is empty.
    Discarded,
    /// Streams are pipes, and the caller gets their other ends.
    Given,
}

/// The reason that a stream cannot be opened.
#[derive(Debug)]
pub(super) enum StdioError {
    /// The caller gave something of this kind.
    Kind(UnfitStdio),
    /// A thread to wait for it could not be started.
    NoThread(io::Error),
}

/// A stream of a run, and the other end of its pipe if the caller has that.
pub(super) type Opened<T> = Result<(T, Option<Arc<Pipe>>), StdioError>;

/// Opens the input.
pub(super) fn input(stdin: &Stdio, ends: Ends, control: &Arc<Control>) -> Opened<Input> {
    let mut other_end = None;
    let input = match &stdin.0 {
        Kind::Null => Input::Empty,
        Kind::Piped if ends != Ends::Given => Input::Empty,
        Kind::Piped => {
            let pipe = Pipe::new(control);
            other_end = Some(Arc::clone(&pipe));
            Input::Pipe(InputEnd(pipe))
        }
        Kind::Bytes(bytes) => Input::Bytes {
            bytes: bytes.clone(),
            position: 0,
        },
        Kind::Inherit if waits_elsewhere(control) => {
            fed(Arc::new(Mutex::new(io::stdin())), control)?
        }
        Kind::Inherit => match stdio::own(&io::stdin(), Access::Read, control) {
            Some(own) => Input::File(own),
            None => Input::Inherit,
        },
        Kind::File(file) if waits_elsewhere(control) => fed(shared(file.clone()), control)?,
        Kind::File(file) => {
            let own = stdio::own(&**file, Access::Read, control);
            Input::File(own.unwrap_or_else(|| file.clone()))
        }
        Kind::Reader(reader) if control.is_stoppable() => fed(reader.clone(), control)?,
        Kind::Reader(reader) => Input::Reader(Source(reader.clone())),
        Kind::Writer(_) => return Err(StdioError::Kind(UnfitStdio::Writer)),
    };
    Ok((input, other_end))
}

/// Opens an output.
pub(super) fn output(
    stream: Stream,
    stdio: &Stdio,
    ends: Ends,
    control: &Arc<Control>,
) -> Opened<Sink> {
    let mut other_end = None;
    let sink = match &stdio.0 {
        Kind::Null => Sink::Null,
        Kind::Piped if ends == Ends::Discarded => Sink::Null,
        Kind::Piped if ends == Ends::Captured => Sink::Captured(stream),
        Kind::Piped => {
            let pipe = Pipe::new(control);
            other_end = Some(Arc::clone(&pipe));
            Sink::Pipe(OutputEnd(pipe, stream))
        }
        Kind::Inherit if waits_elsewhere(control) => {
            drained(stream, stream.of_this_process(), control)?
        }
        Kind::Inherit => {
            stream.flush_of_this_process(control);
            let own = match stream {
                Stream::Out => stdio::own(&io::stdout(), Access::Write, control),
                Stream::Err => stdio::own(&io::stderr(), Access::Write, control),
            };
            own.map_or(Sink::Inherit(stream), Sink::File)
        }
        Kind::File(file) if waits_elsewhere(control) => {
            drained(stream, shared(file.clone()), control)?
        }
        Kind::File(file) => {
            let own = stdio::own(&**file, Access::Write, control);
            Sink::File(own.unwrap_or_else(|| file.clone()))
        }
        Kind::Writer(writer) if control.is_stoppable() => drained(stream, writer.clone(), control)?,
        Kind::Writer(writer) => Sink::Writer(Target(writer.clone())),
        Kind::Bytes(_) => return Err(StdioError::Kind(UnfitStdio::Bytes)),
        Kind::Reader(_) => return Err(StdioError::Kind(UnfitStdio::Reader)),
    };
    Ok((sink, other_end))
}

/// Reports whether waiting for a host file takes a separate thread, as the system
/// cannot wait for a file and a notification at once.
fn waits_elsewhere(control: &Control) -> bool {
    cfg!(not(unix)) && control.is_stoppable()
}

fn fed(reader: Reader, control: &Arc<Control>) -> Result<Input, StdioError> {
    let pipe = Pipe::new(control);
    stdio::feed(reader, Arc::clone(&pipe)).map_err(StdioError::NoThread)?;
    Ok(Input::Pipe(InputEnd(pipe)))
}

fn drained(stream: Stream, writer: Writer, control: &Arc<Control>) -> Result<Sink, StdioError> {
    let pipe = Pipe::new(control);
    stdio::drain(Arc::clone(&pipe), writer).map_err(StdioError::NoThread)?;
    Ok(Sink::Drained(OutputEnd(pipe, stream)))
}

/// A file as a reader and a writer.
fn shared(file: Arc<File>) -> Arc<Mutex<Arc<File>>> {
    Arc::new(Mutex::new(file))
}
