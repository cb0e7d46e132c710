//! A project of its own, in which the command builds and runs programs that the test wrote.

use std::fs;
use std::path::{Path, PathBuf};

/// A new project with `library` as what the programs share, each of which calls its `speak` with its own name.
///
/// It lies in the target directory, in a folder per test crate that is emptied first: what a static holds is never
/// dropped, and would stay in the temporary folder for ever.
pub fn make(test: &str, library: &str, programs: &[&str]) -> PathBuf {
    let root = Path::new(env!("CARGO_TARGET_TMPDIR")).join(test);
    if root.exists() {
        fs::remove_dir_all(&root).unwrap();
    }
    write(
        &root.join("Cargo.toml"),
        "[workspace]\nresolver = \"3\"\nmembers = [\"rust-equivalents\"]\n[profile.measured]\ninherits = \"release\"\n",
    );
    write(
        &root.join("Cargo.lock"),
        "version = 4\n\n[[package]]\nname = \"rust-equivalents\"\nversion = \"0.1.0\"\n",
    );
    let rust = root.join("rust-equivalents");
    write(
        &rust.join("Cargo.toml"),
        "[package]\nname = \"rust-equivalents\"\nversion = \"0.1.0\"\nedition = \"2024\"\n",
    );
    write(&rust.join("src/lib.rs"), library);
    for program in programs {
        let main = format!("fn main() {{ rust_equivalents::speak(\"{program}\") }}");
        write(&rust.join(format!("src/bin/{program}.rs")), &main);
    }
    fs::create_dir_all(root.join("go-programs")).unwrap();
    root
}

/// Writes a file and the folders above it.
pub fn write(path: &Path, text: &str) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}
