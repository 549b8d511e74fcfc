//! Tests of [`Control`].

use std::thread;
use std::time::Duration;

use super::*;

#[test]
fn the_first_stop_sets_the_flag_while_it_is_attached() {
    let mut flag = 0;
    let control = Control::new(true);
    {
        // SAFETY: `flag` outlives the guard.
        let _attached = unsafe { control.attach(NonNull::from(&mut flag)) };
        control.stop(Why::Timeout);
        control.stop(Why::Cancelled);
    }
    assert_eq!((flag, control.why()), (1, Some(Why::Timeout)));

    let mut flag = 0;
    let control = Control::new(true);
    // SAFETY: as above.
    drop(unsafe { control.attach(NonNull::from(&mut flag)) });
    control.stop(Why::Cancelled);
    assert_eq!((flag, control.why()), (0, Some(Why::Cancelled)));
    // SAFETY: as above.
    drop(unsafe { control.attach(NonNull::from(&mut flag)) });
    assert_eq!(flag, 1);
}

#[test]
fn the_deadline_of_a_call_does_not_stop_a_later_call() {
    let mut flag = 0;
    let control = Control::new(true);
    // SAFETY: `flag` outlives the guard.
    let attached = unsafe { control.attach(NonNull::from(&mut flag)) };
    let first = control.call();
    control.end_call(true);
    control.stop_call(first, Why::Timeout);
    assert_eq!(control.why(), None);

    // The guest returned before it saw that it was stopped.
    control.stop_call(control.call(), Why::Timeout);
    assert_eq!(control.why(), Some(Why::Timeout));
    control.end_call(true);
    assert_eq!(control.why(), None);

    // A cancel stops all later calls.
    control.stop(Why::Cancelled);
    control.end_call(true);
    assert_eq!(control.why(), Some(Why::Cancelled));
    drop(attached);
    assert_eq!(flag, 1);
}

/// Every sequence of a few events, against a model: the flag and the reason agree, whoever
/// cancels stops all later calls, and only the deadline of the current call counts.
#[test]
fn stops_and_ends_of_calls_agree_with_a_model_in_any_order() {
    const EVENTS: u32 = 7;
    for sequence in 0..4_u32.pow(EVENTS) {
        let mut flag = 0;
        let control = Control::new(true);
        // SAFETY: `flag` outlives the guard.
        let attached = unsafe { control.attach(NonNull::from(&mut flag)) };
        let (mut cancelled, mut late) = (false, None);
        for event in 0..EVENTS {
            match sequence / 4_u32.pow(event) % 4 {
                0 => {
                    control.stop(Why::Cancelled);
                    cancelled = true;
                    late.get_or_insert(Why::Cancelled);
                }
                1 => {
                    control.stop_call(control.call(), Why::Timeout);
                    late.get_or_insert(Why::Timeout);
                }
                2 => control.stop_call(control.call().wrapping_sub(1), Why::Timeout),
                _ => {
                    control.end_call(true);
                    if late == Some(Why::Timeout) {
                        late = cancelled.then_some(Why::Cancelled);
                    }
                }
            }
            assert_eq!(control.why(), late, "{sequence}");
        }
        drop(attached);
        assert_eq!(flag, i32::from(late.is_some()), "{sequence}");
    }
}

#[test]
fn a_notification_between_looking_and_waiting_is_not_missed() {
    let control = Control::new(true);
    let seen = control.notifications();
    control.notify();
    control.wait(seen, None);
    let seen = control.notifications();
    let soon = Instant::now() + Duration::from_millis(20);
    control.wait(seen, Some(soon));
    assert!(Instant::now() >= soon);
    thread::scope(|scope| {
        scope.spawn(|| control.wait(seen, None));
        thread::sleep(Duration::from_millis(10));
        control.notify();
    });
}

#[cfg(unix)]
#[test]
fn a_notification_ends_a_wait_for_files() {
    use std::os::fd::AsFd as _;

    let control = Control::new(true);
    let (silent, _other_end) = rustix::pipe::pipe().expect("a pipe");
    let poll = |seen, until| {
        let files = [silent.as_fd()];
        control
            .poll(seen, &files, PollFlags::IN, until)
            .expect("polled")
    };
    thread::scope(|scope| {
        let seen = control.notifications();
        scope.spawn(|| {
            thread::sleep(Duration::from_millis(10));
            control.notify();
        });
        assert_eq!(poll(seen, None), [false]);
    });
    let soon = Some(Instant::now() + Duration::from_millis(10));
    assert_eq!(poll(control.notifications(), soon), [false]);
}
