//! Slots against a model: random sequences of operations of runs and their hosts. After each,
//! every byte of the whole slot must be as the invariants say.

use super::super::dirty_pages::refuse;
use super::super::{OnlyThread, dirty_pages};
use super::{SLOT, Slot};

const PAGE: usize = 64 << 10;

/// A generator of numbers that are random enough (xorshift64*).
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    fn below(&mut self, bound: usize) -> usize {
        (self.next() >> 33) as usize % bound
    }
}

/// The accessible part of a slot.
fn bytes(slot: &mut Slot) -> &mut [u8] {
    // SAFETY: this many bytes are accessible, and nobody else uses the slot.
    unsafe { std::slice::from_raw_parts_mut(slot.start().as_ptr(), slot.accessible()) }
}

/// Asserts the invariants of a slot that waits for a run.
fn assert_invariants(slot: &mut Slot, what: &str) {
    static ZERO: [u8; PAGE] = [0; PAGE];
    for (index, page) in bytes(slot).chunks(PAGE).enumerate() {
        assert!(page == ZERO, "page {index} is not zero after {what}");
    }
    let accessible = slot.accessible();
    let beyond = slot.start().as_ptr().wrapping_add(accessible);
    if let Some(dirty) = dirty_pages(beyond, SLOT - accessible) {
        let ranges = dirty.ranges();
        assert!(ranges.is_empty(), "{ranges:?} beyond after {what}");
    }
}

/// A run that grows its memory and writes anywhere in it.
fn run(slot: &mut Slot, numbers: &mut Numbers) {
    for _ in 0..numbers.below(6) {
        if numbers.below(3) == 0 {
            let len = slot.accessible() + PAGE * (1 + numbers.below(3));
            if len <= 48 * PAGE {
                slot.open_to(len).expect("there is address space");
            }
        }
        let bytes = bytes(slot);
        if bytes.is_empty() {
            continue;
        }
        match numbers.below(4) {
            // Anything anywhere.
            0 => bytes[numbers.below(bytes.len())] = 1,
            // The same pages as in other runs, so that there are no page faults.
            1 => {
                let at = numbers.below(4) * 4096;
                bytes[at..at + 4096].fill(0xaa);
            }
            // The last byte, and what was accessible last.
            2 => bytes[bytes.len() - 1] = 2,
            // A page is read first, which maps the shared zero page there.
            _ => {
                let at = numbers.below(bytes.len());
                let byte = bytes[at];
                bytes[at / 4096 * 4096 + 1] = byte + 1;
            }
        }
    }
}

fn sequence(seed: u64) {
    let mut numbers = Numbers(seed * 2 + 1);
    let mut slots: Vec<Slot> = (0..2)
        .map(|_| Slot::reserve().expect("there is address space"))
        .collect();
    for _ in 0..40 {
        let which = numbers.below(slots.len());
        let slot = &mut slots[which];
        // Another module uses the slot next.
        if numbers.below(4) == 0 {
            let most = if numbers.below(8) == 0 { 40 } else { 6 };
            let len = PAGE * numbers.below(most);
            slot.prepare(len).expect("there is address space");
            assert_invariants(slot, "it was prepared");
        }
        run(slot, &mut numbers);
        // From here on, the system is no longer asked for dirty pages, or is asked again.
        match numbers.below(12) {
            0 => refuse(true),
            1 | 2 => refuse(false),
            _ => {}
        }
        let len = slot.accessible().min(PAGE * numbers.below(6));
        let before = OnlyThread::this().faults();
        // Another thread may reset it.
        let is_reset = match numbers.below(8) {
            0 => std::thread::scope(|scope| {
                let reset = scope.spawn(|| slot.reset(len, OnlyThread::this().faults()));
                reset.join().expect("nothing panics")
            }),
            _ => slot.reset(len, before),
        };
        assert!(is_reset);
        assert_eq!(slot.accessible(), len);
        assert_invariants(slot, "a reset");
    }
    refuse(false);
}

#[test]
fn random_sequences_leave_every_byte_of_a_slot_as_the_model_says() {
    for seed in 0..400 {
        sequence(seed);
    }
}

/// The sequence of `leak.wat`: a page beyond the first size is written to, and the set of
/// dirty pages is learnt without it.
#[test]
fn a_page_that_became_inaccessible_is_empty_when_it_is_accessible_again() {
    let mut slot = Slot::reserve().expect("there is address space");
    slot.prepare(PAGE).expect("there is address space");
    for round in 0..10u8 {
        slot.open_to(2 * PAGE).expect("there is address space");
        assert!(bytes(&mut slot).iter().all(|byte| *byte == 0), "{round}");
        bytes(&mut slot)[PAGE + 0x8000] = round + 1;
        assert!(slot.reset(PAGE, OnlyThread::this().faults()));
        for _ in 0..round {
            bytes(&mut slot)[0x5000] = 1;
            assert!(slot.reset(PAGE, OnlyThread::this().faults()));
        }
    }
}
