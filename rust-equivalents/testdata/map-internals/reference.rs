//! A reference to a value of a map may be held as long as nothing changes the map.

use std::collections::HashMap;

fn main() {
    let mut ages = HashMap::from([("ann", 31)]);
    if let Some(age) = ages.get_mut("ann") {
        *age += 1;
    }
    println!("{ages:?}");
}
