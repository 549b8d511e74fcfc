//! The feature `tokio`: programs that run where nothing may block.

use std::future::Future;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use tests::timing::assert_within;
use wasi_program::{Error, Output, Program, Stdio, wasi_program};

/// A guest that never ends, or takes as much as it can get.
#[wasi_program("guests/misbehaves.wat", interrupt = true)]
static MISBEHAVES: Program;

#[wasi_program("guests/echo.wasm", args = [word])]
async fn echo(word: &str) -> Result<String, Error>;

type Answer<T> = Result<T, Error>;

#[wasi_program("guests/echo.wasm")]
async fn alias() -> Answer<Output>;

#[wasi_program("guests/misbehaves.wat", export = "loop", timeout = "100ms")]
async fn loops() -> Result<(), Box<dyn std::error::Error + Send + Sync>>;

#[wasi_program("guests/strings.wat", export = "twice")]
async fn twice(text: &str) -> Result<String, Error>;

#[wasi_program("guests/strings.wat", export = "twice")]
async fn twice_bytes(bytes: &[u8]) -> Answer<Vec<u8>>;

#[wasi_program("guests/library.wat", export = "work", timeout = "100ms")]
async fn work(rounds: i32) -> Result<(), Error>;

/// On the runtime with one thread, which waits for nobody else, and the one with several.
fn on_both<F: Future>(test: impl Fn() -> F) {
    let mut builder = tokio::runtime::Builder::new_current_thread();
    builder.enable_time().build().unwrap().block_on(test());
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    builder.enable_time().build().unwrap().block_on(test());
}

/// A command that runs one of the exports.
fn runs_of(export: &str) -> wasi_program::Command {
    let mut command = MISBEHAVES.command();
    command.export(export).stdin(Stdio::null());
    command
}

#[test]
fn a_function_can_be_awaited() {
    on_both(|| async {
        assert_eq!(echo("hi").await.unwrap(), "arg 0 echo\narg 1 hi\nstdin:\n");
        assert!(alias().await.unwrap().status.success());
    });
}

#[test]
fn an_awaiting_thread_runs_other_tasks_meanwhile() {
    on_both(|| async {
        let mut command = runs_of("sleep");
        let program = command.timeout(Duration::from_millis(300)).output_async();
        tokio::pin!(program);
        let mut ticks = 0;
        let error = loop {
            tokio::select! {
                result = &mut program => break result.unwrap_err(),
                () = tokio::time::sleep(Duration::from_millis(10)) => ticks += 1,
            }
        };
        assert!(matches!(error, Error::Timeout { .. }), "{error:?}");
        assert!(ticks > 5, "{ticks}");
    });
}

#[test]
fn a_timeout_is_an_error_of_the_future() {
    on_both(|| async {
        let error = loops().await.unwrap_err();
        let error = error.downcast_ref::<Error>().unwrap();
        assert!(matches!(error, Error::Timeout { .. }), "{error:?}");
    });
}

#[test]
fn many_concurrent_calls_all_return() {
    on_both(|| async {
        let runs: Vec<_> = (0..100)
            .map(|i| tokio::spawn(async move { echo(&i.to_string()).await }))
            .collect();
        for (i, run) in runs.into_iter().enumerate() {
            let text = run.await.unwrap().unwrap();
            assert_eq!(text, format!("arg 0 echo\narg 1 {i}\nstdin:\n"));
        }
    });
}

/// A program that loops until it is stopped, and tells it by the end of its output.
#[test]
fn dropping_the_future_stops_the_program() {
    let stops = |export| {
        let most = Mutex::new(Duration::ZERO);
        on_both(|| async {
            let (read, write) = std::io::pipe().unwrap();
            let mut command = runs_of(export);
            command.stdout(Stdio::writer(write));
            let running = tokio::spawn(command.output_async());
            drop(command);
            let mut reader = read;
            // Its first word, and then the end, which is there when it is stopped.
            let text = tokio::task::spawn_blocking(move || {
                let mut word = [0; 8];
                std::io::Read::read_exact(&mut reader, &mut word).unwrap();
                (word, reader)
            });
            let (word, mut reader) = text.await.unwrap();
            assert_eq!(&word, b"started\n");
            let stopped = Instant::now();
            running.abort();
            let rest = tokio::task::spawn_blocking(move || {
                let mut rest = Vec::new();
                std::io::Read::read_to_end(&mut reader, &mut rest).unwrap();
                rest
            });
            assert_eq!(rest.await.unwrap(), b"", "{export}");
            let mut most = most.lock().unwrap();
            *most = stopped.elapsed().max(*most);
        });
        most.into_inner().unwrap()
    };
    for export in ["loop", "sleep", "calls_host"] {
        assert_within(Duration::from_millis(500), export, || stops(export));
    }
}

#[test]
fn a_future_that_is_never_polled_runs_nothing() {
    on_both(|| async {
        let (mut read, write) = std::io::pipe().unwrap();
        let mut command = runs_of("loop");
        command.stdout(Stdio::writer(write));
        let future = command.output_async();
        drop((future, command));
        let mut rest = Vec::new();
        std::io::Read::read_to_end(&mut read, &mut rest).unwrap();
        assert_eq!(rest, b"");
    });
}

#[test]
fn a_handle_cancels_what_is_awaited() {
    on_both(|| async {
        let mut command = runs_of("loop");
        let handle = command.cancel_handle();
        let running = tokio::spawn(command.output_async());
        tokio::time::sleep(Duration::from_millis(20)).await;
        handle.cancel();
        let error = running.await.unwrap().unwrap_err();
        assert!(matches!(error, Error::Cancelled { .. }), "{error:?}");
    });
}

#[test]
fn a_program_that_cannot_be_stopped_is_not_awaited() {
    #[wasi_program("guests/echo.wasm")]
    static ECHO: Program;

    on_both(|| async {
        let error = ECHO.command().output_async().await.unwrap_err();
        assert!(matches!(error, Error::NotInterruptible { .. }), "{error:?}");
    });
}

#[test]
fn a_function_with_values_can_be_awaited() {
    on_both(|| async {
        assert_eq!(twice("ab").await.unwrap(), "ab");
        assert_eq!(twice_bytes(&[1, 2]).await.unwrap(), [1, 2]);
        work(1).await.unwrap();
        let error = work(i32::MAX).await.unwrap_err();
        assert!(matches!(error, Error::Timeout { .. }), "{error:?}");
    });
}
