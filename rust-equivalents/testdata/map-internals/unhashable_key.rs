//! A floating-point number can't be a key: it has neither a hash nor an equality that always holds.

use std::collections::HashMap;

fn main() {
    let mut prices = HashMap::new();
    prices.insert(1.5_f64, "one and a half");
}
