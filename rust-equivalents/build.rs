//! Hands the compiler's version and the build's settings to the library, for the `hello` line.

use std::env;
use std::path::Path;
use std::process::Command;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let toolchain = env::var_os("RUSTC")
        .and_then(|rustc| Command::new(rustc).arg("--version").output().ok())
        .filter(|output| output.status.success())
        .and_then(|output| String::from_utf8(output.stdout).ok())
        .unwrap_or_else(|| "unknown".to_owned());
    println!("cargo::rustc-env=PROBE_TOOLCHAIN={}", toolchain.trim());
    for (name, variable) in [
        ("PROBE_TARGET", "TARGET"),
        ("PROBE_OPT_LEVEL", "OPT_LEVEL"),
        ("PROBE_TARGET_FEATURES", "CARGO_CFG_TARGET_FEATURE"),
    ] {
        let value = env::var(variable).unwrap_or_default();
        println!("cargo::rustc-env={name}={value}");
    }
    // Rustflags are parted by a control character, which an environment line may hold but a reader hates.
    let rustflags = env::var("CARGO_ENCODED_RUSTFLAGS").unwrap_or_default();
    println!(
        "cargo::rustc-env=PROBE_RUSTFLAGS={}",
        rustflags.replace('\u{1f}', " ")
    );
    println!("cargo::rustc-env=PROBE_PROFILE={}", profile());
    println!("cargo::rustc-env=PROBE_FEATURES={}", features());
}

/// The profile's own name: `PROFILE` says `release` for every profile that inherits from it, the
/// output directory (`target/<profile>/build/...`) does not.
fn profile() -> String {
    let out = env::var("OUT_DIR").unwrap_or_default();
    Path::new(&out)
        .ancestors()
        .find(|folder| folder.file_name().is_some_and(|name| name == "build"))
        .and_then(|build| build.parent()?.file_name()?.to_str().map(str::to_owned))
        .unwrap_or_else(|| env::var("PROFILE").unwrap_or_default())
}

fn features() -> String {
    let mut features: Vec<String> = env::vars()
        .filter_map(|(name, _)| name.strip_prefix("CARGO_FEATURE_").map(str::to_lowercase))
        .collect();
    features.sort();
    features.join(",")
}
