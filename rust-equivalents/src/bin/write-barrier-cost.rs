//! What it costs in Rust to store a pointer: a plain reference, or one that is counted.

use std::process::ExitCode;
use std::rc::Rc;
use std::sync::Arc;

use rust_equivalents::{Probe, Program};

/// Writes in a sample.
const BATCH: usize = 1 << 15;
const WARMUP: usize = 5;
const SAMPLES: usize = 60;

/// What the pointers point to: 64 bytes, as on the Go side.
struct Object {
    value: u64,
    _rest: [u64; 7],
}

/// The slots in random order, each time the same, and what is written.
struct Tables {
    order: Vec<u32>,
    values: Vec<u64>,
}

impl Tables {
    fn new(p: &Probe, slots: usize) -> Self {
        let mut rng = p.rand();
        let mut order: Vec<u32> = (0..slots as u32).collect();
        let values = (0..slots).map(|_| rng.next_u64()).collect();
        rng.shuffle(&mut order);
        Self { order, values }
    }

    fn objects<T>(&self, new: impl Fn(Object) -> T) -> Vec<T> {
        let object = |&value| {
            new(Object {
                value,
                _rest: [0; 7],
            })
        };
        self.values.iter().map(object).collect()
    }
}

/// `n` writes from the place on; each overwrites a pointer to another object. `T` is a reference, a counted pointer or
/// a number.
#[inline(never)]
fn write<T: Clone>(order: &[u32], from_objects: &[T], to: &mut [T], from: usize, n: usize) {
    let slots = from_objects.len();
    let (mut from, mut left) = (from, n);
    while left > 0 {
        let (first, pass) = (from & (slots - 1), from / slots);
        let end = slots.min(first + left);
        for (i, &slot) in order.iter().enumerate().take(end).skip(first) {
            to[slot as usize] = from_objects[(i + pass) & (slots - 1)].clone();
        }
        from += end - first;
        left -= end - first;
    }
}

/// Times writes of one sort and leaves one pass from the start behind.
fn timed<T: Clone>(p: &mut Probe, metric: &str, order: &[u32], objects: &[T]) -> Vec<T> {
    let mut slots = objects.to_vec();
    let mut from = 0;
    p.batches(metric, BATCH as u64, WARMUP, SAMPLES, |n| {
        write(order, objects, &mut slots, from, n as usize);
        from += n as usize;
    });
    write(order, objects, &mut slots, 0, order.len());
    slots
}

fn stores(p: &mut Probe, slots: usize, name: &str) {
    let tables = Tables::new(p, slots);
    let order = &tables.order;
    let integers = timed(p, "integer-idle", order, &tables.values);
    let reached: Vec<u64> = match name {
        "rc" => {
            let objects = tables.objects(Rc::new);
            let slots = timed(p, "pointer-idle", order, &objects);
            slots.iter().map(|object| object.value).collect()
        }
        "arc" => {
            let objects = tables.objects(Arc::new);
            let slots = timed(p, "pointer-idle", order, &objects);
            slots.iter().map(|object| object.value).collect()
        }
        _ => {
            let owned = tables.objects(Box::new);
            let objects: Vec<&Object> = owned.iter().map(AsRef::as_ref).collect();
            let slots = timed(p, "pointer-idle", order, &objects);
            slots.iter().map(|object| object.value).collect()
        }
    };
    let sum =
        reached
            .iter()
            .zip(&integers)
            .zip(1_u64..)
            .fold(0_u64, |sum, ((value, integer), place)| {
                sum.wrapping_add(place.wrapping_mul(value ^ (integer >> 1)))
            });
    p.check(sum);
}

fn main() -> ExitCode {
    let mut program = Program::new("write-barrier-cost");
    let slots = program.param("slots", 1024_usize, "slots written to; a power of two");
    let name = program.param("impl", "plain".to_owned(), "plain (a reference), rc or arc");
    program.case("stores", "pointer and integer writes", move |p| {
        stores(p, slots, &name)
    });
    program.run()
}

#[cfg(test)]
mod tests {
    use super::write;

    #[test]
    fn every_pass_writes_every_slot_with_another_value() {
        let order = [2, 0, 3, 1];
        let values = [10, 11, 12, 13];
        let mut slots = [0; 4];
        write(&order, &values, &mut slots, 0, 4);
        assert_eq!(slots, [11, 13, 10, 12]);
        write(&order, &values, &mut slots, 4, 4);
        assert_eq!(slots, [12, 10, 11, 13]);
    }
}
