//! `poll_oneoff`: times, types and numbers that a host may stumble over.

use std::time::{Duration, Instant};

use tests::calls::*;

use crate::scene::{Scene, count};

const ABSOLUTE: u16 = 1;
const REALTIME: u32 = 0;
const MONOTONIC: u32 = 1;

/// A subscription to a clock, in the layout of snapshot 1.
fn clock(id: u32, timeout: u64, flags: u16) -> [u8; 48] {
    let mut bytes = [0; 48];
    bytes[16..20].copy_from_slice(&id.to_le_bytes());
    bytes[24..32].copy_from_slice(&timeout.to_le_bytes());
    bytes[40..42].copy_from_slice(&flags.to_le_bytes());
    bytes
}

/// A subscription to a descriptor that can be read (1) or written (2).
fn descriptor(kind: u8, fd: u32) -> [u8; 48] {
    let mut bytes = [0; 48];
    bytes[8] = kind;
    bytes[16..20].copy_from_slice(&fd.to_le_bytes());
    bytes
}

pub fn nothing_and_too_much_are_refused() {
    let scene = Scene::new();
    let mut script = Script::default();
    let room = script.room(256);
    script.call(poll_oneoff, &[room, room, 0, room]);
    for count in [
        1 << 20,
        1 << 27,
        1 << 28,
        0x5555_5556,
        0x8000_0000,
        0xffff_ffff,
    ] {
        script.call(poll_oneoff, &[room, room, count, room]);
    }
    let results = scene.run(&script).results();
    assert_eq!(results[0], errno::INVAL, "none at all");
    assert!(
        results[1..].iter().all(|&result| result == errno::FAULT),
        "{results:?}"
    );
}

pub fn times_are_exact_at_both_ends() {
    let scene = Scene::new();
    let started = Instant::now();
    // With one that is due, none of the others is waited for.
    let others = [
        clock(MONOTONIC, u64::MAX, 0),
        clock(REALTIME, u64::MAX, 0),
        clock(REALTIME, u64::MAX, ABSOLUTE),
        clock(MONOTONIC, u64::MAX, ABSOLUTE),
        clock(MONOTONIC, i64::MAX as u64, 0),
        clock(MONOTONIC, 1 << 62, ABSOLUTE),
    ];
    let due = [
        clock(MONOTONIC, 0, 0),
        clock(REALTIME, 0, 0),
        clock(REALTIME, 1, ABSOLUTE),
        clock(MONOTONIC, 1, ABSOLUTE),
        clock(REALTIME, 0, ABSOLUTE),
        descriptor(1, 0),
        descriptor(2, 1),
    ];
    for other in others {
        for due in due {
            let mut script = Script::default();
            let both = script.data(&[other, due].concat());
            let (events, happened) = (script.room(64), script.room(4));
            script.call(poll_oneoff, &[both, events, 2, happened]);
            script.peek(happened, 4).peek(events, 32);
            let answers = scene.run(&script);
            answers.assert_all(&[errno::SUCCESS]);
            assert_eq!(answers.shown[0], [1, 0, 0, 0]);
            assert_eq!(answers.shown[1][8..10], [0, 0], "its error");
            assert_eq!(answers.shown[1][10], due[8], "its type");
        }
    }
    assert!(
        started.elapsed() < Duration::from_secs(10),
        "something was waited for"
    );

    // One that is not due is waited for.
    for subscription in [
        clock(MONOTONIC, 20_000_000, 0),
        clock(MONOTONIC, 30_000_000, ABSOLUTE),
    ] {
        let mut script = Script::default();
        let clock = script.data(&subscription);
        let room = script.room(64);
        script.call(poll_oneoff, &[clock, room, 1, room]);
        let started = Instant::now();
        scene.run(&script).assert_all(&[errno::SUCCESS]);
        assert!(started.elapsed() >= Duration::from_millis(20));
    }
}

pub fn a_million_subscriptions_are_answered() {
    let scene = Scene::new();
    let many = 1u32 << 20;
    let mut script = Script::default();
    // 48 bytes a subscription, 32 an event.
    script.grow(many / 65536 * (48 + 32) + 1);
    script.open(MOUNT, "inside", 0, flags::FILE);
    let subscriptions: Vec<u8> = (0..many)
        .flat_map(|index| match index % 4 {
            0 => clock(MONOTONIC, 0, 0),
            1 => descriptor(1, 4),
            2 => descriptor(2, index),
            _ => clock(77, 0, 0),
        })
        .collect();
    let subscriptions = script.data(&subscriptions);
    let events = script.zeros(many * 32);
    let happened = script.room(4);
    script.call(poll_oneoff, &[subscriptions, events, many.into(), happened]);
    script.peek(happened, 4);
    let answers = scene.run(&script);
    answers.assert_all(&[errno::SUCCESS]);
    assert_eq!(answers.shown[0], many.to_le_bytes());
    count(many as usize);
}
