//! The two ends of a pipe, each waiting for the other.

use std::thread;

use super::*;

#[test]
fn a_pipe_keeps_the_order_of_bytes_and_its_capacity() {
    let control = Control::new(true);
    let pipe = Pipe::new(&control);
    let all: Vec<u8> = (0..1_000_000u32).map(|i| (i % 251) as u8).collect();
    let read = thread::scope(|scope| {
        let host = scope.spawn(|| {
            let mut read = Vec::new();
            let mut buffer = [0; 1000];
            loop {
                match pipe.host_read(&mut buffer) {
                    0 => return read,
                    len => read.extend_from_slice(&buffer[..len]),
                }
            }
        });
        let mut rest = all.as_slice();
        while !rest.is_empty() {
            let seen = control.notifications();
            match pipe.guest_write(rest) {
                Written::Taken(len) => rest = &rest[len..],
                Written::Full => control.wait(seen, None),
                other => panic!("{other:?}"),
            }
            assert!(pipe.state().bytes.len() <= CAPACITY);
        }
        pipe.guest_is_done();
        host.join().expect("no panic")
    });
    assert!(read == all);
}

#[test]
fn a_read_returns_the_wanted_bytes_or_the_end() {
    let control = Control::new(true);
    let pipe = Pipe::new(&control);
    let mut buffer = [0; 4];
    assert!(pipe.guest_read(&mut buffer).is_none());
    assert_eq!(pipe.host_wanted(), Some(4));
    assert_eq!(pipe.host_write(b"abcdef").expect("room"), 6);
    assert_eq!(pipe.guest_available(), Some(6));
    assert_eq!(
        pipe.guest_read(&mut buffer).expect("bytes").expect("fine"),
        4
    );
    pipe.host_is_done();
    assert_eq!(
        pipe.guest_read(&mut buffer).expect("bytes").expect("fine"),
        2
    );
    assert_eq!(
        pipe.guest_read(&mut buffer)
            .expect("the end")
            .expect("fine"),
        0
    );
    pipe.guest_is_gone();
    let error = pipe.host_write(b"x").expect_err("nobody reads");
    assert_eq!(error.kind(), io::ErrorKind::BrokenPipe);
    assert_eq!(pipe.host_wanted(), None);
}

#[test]
fn collecting_ends_at_the_limit() {
    let control = Control::new(true);
    let pipe = Pipe::new(&control);
    assert_eq!(pipe.guest_write(b"abc"), Written::Taken(3));
    assert!(!pipe.collect(5));
    assert_eq!(pipe.guest_write(b"de"), Written::Taken(2));
    assert_eq!(pipe.guest_write(b""), Written::Taken(0));
    assert_eq!(pipe.guest_write(b"f"), Written::Limit);
    assert!(pipe.collect(4));
    assert_eq!(pipe.collected(), b"abcd");
    pipe.host_is_gone();
    assert_eq!(
        pipe.guest_write(b"g"),
        Written::Failed(Failure::Other(io::ErrorKind::BrokenPipe))
    );
}
