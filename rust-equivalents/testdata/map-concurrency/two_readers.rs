//! Two threads read one map.

use std::collections::HashMap;
use std::thread;

fn main() {
    let map = HashMap::from([(1, 1)]);
    thread::scope(|scope| {
        scope.spawn(|| map.get(&1).copied());
        scope.spawn(|| map.get(&1).copied());
    });
}
