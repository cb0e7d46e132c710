//! A reference to a value of a map is still used after an insert, which may move the value.

use std::collections::HashMap;

fn main() {
    let mut ages = HashMap::from([("ann", 31)]);
    if let Some(age) = ages.get_mut("ann") {
        ages.insert("bob", 40);
        *age += 1;
    }
}
