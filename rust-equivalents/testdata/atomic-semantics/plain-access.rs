use std::sync::atomic::{AtomicI64, Ordering};

static N: AtomicI64 = AtomicI64::new(0);

fn main() {
    N.fetch_add(1, Ordering::SeqCst);
    N += 1;
}
