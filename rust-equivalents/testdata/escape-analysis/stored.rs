//! A heap object that is given a reference to a variable which dies first.
#![crate_type = "lib"]

pub struct Node<'a> {
    pub next: Option<&'a (i64, i64)>,
}

pub fn stored() -> i64 {
    let mut node = Box::new(Node { next: None });
    {
        let point = (std::process::id() as i64, 2);
        node.next = Some(&point);
    }
    node.next.map_or(0, |point| point.0)
}
