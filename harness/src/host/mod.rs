//! The machine: what it is, what it went through while a program ran, and whether it is fit to measure.

mod cgroup;
mod doctor;
mod facts;
mod frequency;
mod noise;

pub use doctor::{DoctorInputs, Finding, Level, Machine, Tools, doctor, free_disk};
pub use facts::read_facts;
pub use frequency::stated_mhz;
pub use noise::{NoiseLimits, NoiseProbe, Snapshot};
