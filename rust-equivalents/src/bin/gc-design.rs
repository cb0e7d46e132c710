//! When memory is freed without a collector: at the last use of its owner, whatever its age; and what counting
//! references can't see.

use std::cell::RefCell;
use std::process::ExitCode;
use std::rc::{Rc, Weak};

use rust_equivalents::{Probe, Program};

/// Tells when it is dropped.
struct Watched {
    dropped: Rc<RefCell<bool>>,
}

impl Drop for Watched {
    fn drop(&mut self) {
        *self.dropped.borrow_mut() = true;
    }
}

/// An object, and whether it was dropped.
fn watch() -> (Watched, Rc<RefCell<bool>>) {
    let dropped = Rc::new(RefCell::new(false));
    (
        Watched {
            dropped: Rc::clone(&dropped),
        },
        dropped,
    )
}

/// One of two objects that refer to each other.
#[derive(Default)]
struct Link {
    strong: RefCell<Option<Rc<Link>>>,
    weak: RefCell<Weak<Link>>,
    tell: Option<Watched>,
}

fn main() -> ExitCode {
    let mut program = Program::new("gc-design");
    program.case(
        "ages",
        "when an owner's memory goes, and what a cycle of references does",
        ages,
    );
    program.run()
}

fn ages(p: &mut Probe) {
    let (object, dropped) = watch();
    p.outcome("old-freed-while-held", *dropped.borrow());
    drop(object);
    p.outcome("freed-at-drop", *dropped.borrow());
    p.outcome("ring-freed", ring(false));
    p.outcome("ring-with-weak-freed", ring(true));
}

/// Drops two objects that refer to each other, one of the references weak or not, and tells whether they are gone.
fn ring(weak: bool) -> bool {
    let (object, dropped) = watch();
    let first = Rc::new(Link {
        tell: Some(object),
        ..Link::default()
    });
    let second = Rc::new(Link::default());
    *first.strong.borrow_mut() = Some(Rc::clone(&second));
    if weak {
        *second.weak.borrow_mut() = Rc::downgrade(&first);
    } else {
        *second.strong.borrow_mut() = Some(Rc::clone(&first));
    }
    debug_assert!(first.tell.is_some() && second.weak.borrow().upgrade().is_some() == weak);
    drop((first, second));
    *dropped.borrow()
}

#[cfg(test)]
mod tests {
    use super::ring;

    #[test]
    fn only_a_ring_with_a_weak_reference_is_dropped() {
        assert!(ring(true));
        assert!(!ring(false));
    }
}
