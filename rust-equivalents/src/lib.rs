//! The protocol helper of the Rust programs.
