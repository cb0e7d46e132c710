//! Where a 64-bit atomic behind a 32-bit field lies.

use std::mem::{align_of, offset_of};
use std::process::ExitCode;
use std::sync::atomic::{AtomicI64, Ordering};

use rust_equivalents::Program;

#[repr(C)]
#[derive(Default)]
struct Fields {
    x: i32,
    y: AtomicI64,
}

fn main() -> ExitCode {
    let mut program = Program::new("alignment-32bit");
    program.case(
        "layout",
        "offset of the 64-bit field and an atomic addition to it",
        |p| {
            let fields = Fields::default();
            fields
                .y
                .fetch_add(1 + i64::from(fields.x), Ordering::Relaxed);
            p.outcome("pointer-bits", i64::from(usize::BITS));
            p.outcome("atomic-i64-alignment", align_of::<AtomicI64>() as i64);
            p.outcome("atomic-i64-offset", offset_of!(Fields, y) as i64);
            p.outcome("atomic-i64-failed", fields.y.into_inner() != 1);
        },
    );
    program.run()
}
