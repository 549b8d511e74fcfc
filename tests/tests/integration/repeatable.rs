//! Runs that can be repeated: clocks and random numbers of a program's own.

use std::time::{Duration, Instant, SystemTime};

use sha2::{Digest as _, Sha256};
use tests::calls::*;
use wasi_program::{Clock, Command, Error, Mount, Random, wasi_program};

const REALTIME: u64 = 0;
const MONOTONIC: u64 = 1;

fn new_year() -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(1_767_225_600)
}

/// Returns the times that a guest reads from its clocks, in nanoseconds.
fn times(clock: Clock, ids: &[u64]) -> Vec<u64> {
    let mut script = Script::default();
    for &id in ids {
        let time = script.room(8);
        script.call(clock_time_get, &[id, 0, time]).peek(time, 8);
    }
    let answers = script.run(SNAPSHOT_1.command().clock(clock)).unwrap();
    answers.assert_all(&[errno::SUCCESS]);
    numbers(&answers)
}

fn numbers(answers: &Answers) -> Vec<u64> {
    let shown = answers.shown.iter();
    shown
        .map(|bytes| u64::from_le_bytes(bytes[..8].try_into().unwrap()))
        .collect()
}

#[test]
fn a_fixed_clock_stands_still() {
    let times = times(
        Clock::fixed(new_year()),
        &[REALTIME, MONOTONIC, REALTIME, MONOTONIC],
    );
    assert_eq!(
        times,
        [1_767_225_600_000_000_000, 0, 1_767_225_600_000_000_000, 0]
    );
}

#[test]
fn a_stepped_clock_goes_on_with_each_reading() {
    let times = times(
        Clock::stepped(SystemTime::UNIX_EPOCH, Duration::from_nanos(5)),
        &[REALTIME, MONOTONIC, REALTIME, REALTIME],
    );
    assert_eq!(times, [0, 5, 10, 15]);
}

#[test]
fn a_fixed_time_before_1970_is_shown_as_1970() {
    let before = SystemTime::UNIX_EPOCH - Duration::from_secs(1);
    assert_eq!(times(Clock::fixed(before), &[REALTIME]), [0]);
}

#[test]
fn the_hosts_clock_is_the_default() {
    let now = SystemTime::UNIX_EPOCH.elapsed().unwrap().as_nanos() as u64;
    let times = times(Clock::system(), &[REALTIME, MONOTONIC, MONOTONIC]);
    assert!((now..now + 10_000_000_000).contains(&times[0]));
    assert!(times[1] < times[2] && times[2] < 10_000_000_000);
}

#[test]
fn sleeping_by_a_virtual_clock_advances_it_without_waiting() {
    const HOUR: u64 = 3_600_000_000_000;
    let mut script = Script::default();
    let (events, happened, time) = (script.room(96), script.room(8), script.room(8));
    for (id, timeout, absolute) in [(1u32, HOUR, 0u16), (0, HOUR, 0), (1, 5 * HOUR, 1)] {
        let mut clock = [0; 48];
        clock[16..20].copy_from_slice(&id.to_le_bytes());
        clock[24..32].copy_from_slice(&timeout.to_le_bytes());
        clock[40..42].copy_from_slice(&absolute.to_le_bytes());
        let clock = script.data(&clock);
        script.call(poll_oneoff, &[clock, events, 1, happened]);
        script.call(clock_time_get, &[1, 0, time]).peek(time, 8);
    }
    let started = Instant::now();
    let mut command = SNAPSHOT_1.command();
    let answers = script.run(command.clock(Clock::fixed(new_year()))).unwrap();
    assert!(started.elapsed() < Duration::from_secs(60));
    answers.assert_all(&[errno::SUCCESS]);
    assert_eq!(numbers(&answers), [HOUR, 2 * HOUR, 5 * HOUR]);
}

fn random(random: Random) -> Vec<u8> {
    let mut script = Script::default();
    let room = script.room(100);
    script.call(random_get, &[room, 60]);
    script.call(random_get, &[room + 60, 40]).peek(room, 100);
    let answers = script.run(SNAPSHOT_1.command().random(random)).unwrap();
    answers.assert_all(&[errno::SUCCESS]);
    answers.shown.concat()
}

#[test]
fn a_seed_always_gives_the_same_numbers() {
    let one = random(Random::seeded(1));
    // Known since the first version: it must not change.
    assert_eq!(one[..16], SEEDED_WITH_1, "{:?}", &one[..16]);
    assert_eq!(random(Random::seeded(1)), one);
    assert_ne!(random(Random::seeded(2)), one);
    assert_ne!(random(Random::system()), random(Random::system()));
}

const SEEDED_WITH_1: [u8; 16] = [
    154, 55, 68, 80, 69, 96, 99, 158, 198, 112, 183, 161, 125, 73, 43, 39,
];

/// Everything that a guest sees of a run, as one number.
fn hash(command: &mut Command, memory: Mount) -> String {
    let mut script = Script::default();
    script.open(MOUNT + 1, "new", flags::CREAT, flags::FILE);
    let room = script.room(8192);
    for name in ["old", "new"] {
        let [at, len] = script.text(name);
        script.call(path_filestat_get, &[MOUNT + 1, 0, at, len, room]);
        script.peek(room, 64);
    }
    for id in [REALTIME, MONOTONIC] {
        script.call(clock_time_get, &[id, 0, room]).peek(room, 8);
    }
    script.call(random_get, &[room, 1000]).peek(room, 1000);
    for directory in [MOUNT, MOUNT + 1] {
        script.call(fd_readdir, &[directory, room, 4096, 0, room + 4096]);
        script.peek(room, 4100);
    }
    command.args(["a", "b"]).env("K", "v");
    command.map_dir("/host", concat!(env!("CARGO_MANIFEST_DIR"), "/ui"));
    command.map_dir("/memory", memory);
    let answers = script.run(command).unwrap();
    answers.assert_all(&[errno::SUCCESS]);
    format!("{:x?}", Sha256::digest(answers.shown.concat()))
}

#[test]
fn two_runs_give_the_same_bytes() {
    let run = |clock, random| {
        let mut command = SNAPSHOT_1.command();
        let memory = Mount::memory().file("old", "old").into();
        hash(command.clock(clock).random(random), memory)
    };
    let clock = Clock::stepped(new_year(), Duration::from_millis(1));
    let one = run(clock, Random::seeded(1));
    assert_eq!(one, run(clock, Random::seeded(1)));
    assert_ne!(one, run(clock, Random::seeded(2)));
    assert_ne!(one, run(Clock::fixed(new_year()), Random::seeded(1)));
    let system = || run(Clock::system(), Random::system());
    assert_ne!(system(), system());
}

#[wasi_program(
    "guests/calls.wat",
    stdin = script.bytes(),
    clock = Clock::fixed(time),
    random = Random::seeded(seed),
)]
fn repeatable(script: &Script, time: SystemTime, seed: u64) -> Result<Vec<u8>, Error>;

#[test]
fn the_attribute_sets_clock_and_random() {
    let mut script = Script::default();
    let room = script.room(8);
    script.call(clock_time_get, &[REALTIME, 0, room]);
    script.peek(room, 8);
    script.call(random_get, &[room, 8]).peek(room, 8);
    let time = SystemTime::UNIX_EPOCH + Duration::from_nanos(7);
    let output = repeatable(&script, time, 1).unwrap();
    assert_eq!(output[..12], [0, 0, 0, 0, 7, 0, 0, 0, 0, 0, 0, 0]);
    assert_eq!(output[12..16], [0; 4]);
    assert_eq!(output[16..], SEEDED_WITH_1[..8]);
}
