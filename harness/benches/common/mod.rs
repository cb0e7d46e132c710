//! What every bench prints first: where its figures come from.

use std::process::Command;

use harness::host::read_facts;
use harness::units::Unit;

/// Machine, toolchain and date, for the head of a file of results.
pub fn header(what: &str) {
    let host = read_facts();
    let rustc = Command::new("rustc").arg("--version").output().map_or_else(
        |error| format!("rustc unknown ({error})"),
        |output| String::from_utf8_lossy(&output.stdout).trim().to_owned(),
    );
    println!("{what}");
    println!(
        "machine    {}, {} CPUs, {}, {}{}",
        host.cpu_model,
        host.cpus,
        Unit::Byte.show(host.memory as f64),
        host.kernel,
        host.guest()
            .map_or_else(String::new, |guest| format!(", {guest}")),
    );
    println!("toolchain  {rustc}, harness {}", env!("CARGO_PKG_VERSION"));
    println!("date       {}", jiff::Timestamp::now().strftime("%Y-%m-%d"));
    println!();
}
