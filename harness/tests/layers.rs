//! Modules are layers: one may only use those below it. The order is that of `src/lib.rs`.

#![expect(
    clippy::unwrap_used,
    reason = "the sources of the project are there, or the test must fail"
)]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use regex::Regex;

/// Lowest first. Modules of one layer know nothing of each other.
const LAYERS: [&[&str]; 18] = [
    &["units"],
    &["record"],
    &["stats"],
    &["spec"],
    &["store"],
    &["probe"],
    &["exec"],
    &["toolchain", "host"],
    &["plan"],
    &["engine"],
    &["calibrate"],
    &["analysis"],
    &["verdict"],
    &["compare"],
    &["chart"],
    &["report"],
    &["ui"],
    &["cli"],
];

/// Layers that stand by themselves, whatever lies below them.
const ALONE: [&str; 2] = ["units", "stats"];

fn src() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

fn height(module: &str) -> Option<usize> {
    LAYERS.iter().position(|layer| layer.contains(&module))
}

/// Whether `from` may use `to`; what is no module may be used by nobody.
fn is_allowed(from: &str, to: &str) -> bool {
    let (Some(upper), Some(lower)) = (height(from), height(to)) else {
        return false;
    };
    from == to || (!ALONE.contains(&from) && lower < upper)
}

/// What a file uses, each with the place for the message; comments do not count. `crate::{a, b}` counts as `{`, which
/// is no module: one `use` a module keeps this test simple.
fn uses(module: &str, file: &Path, text: &str) -> Vec<(String, String)> {
    let path = Regex::new(r"\bcrate::(\{|[a-z_]+)").unwrap();
    path.captures_iter(&without_comments(text))
        .map(|captures| {
            let target = captures[1].to_owned();
            let place = format!("{} ({module} -> {target})", file.display());
            (target, place)
        })
        .collect()
}

fn without_comments(text: &str) -> String {
    text.lines()
        .map(|line| line.split("//").next().unwrap_or_default())
        .collect::<Vec<_>>()
        .join("\n")
}

fn rust_files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            rust_files(&path, found);
        } else if path.extension().is_some_and(|e| e == "rs") {
            found.push(path);
        }
    }
}

#[test]
fn arrows_between_modules_point_down() {
    let mut files = Vec::new();
    rust_files(&src(), &mut files);
    let mut wrong = BTreeSet::new();
    let mut seen = 0;
    for file in &files {
        let relative = file.strip_prefix(src()).unwrap();
        let first = relative.components().next().unwrap();
        let module = Path::new(first.as_os_str())
            .file_stem()
            .unwrap()
            .to_str()
            .unwrap();
        if ["lib", "main"].contains(&module) {
            continue;
        }
        let text = fs::read_to_string(file).unwrap();
        for (target, place) in uses(module, relative, &text) {
            seen += 1;
            if !is_allowed(module, &target) {
                wrong.insert(place);
            }
        }
    }
    assert!(seen > 50, "only {seen} uses were found: the test is blind");
    assert!(wrong.is_empty(), "arrows that point upward: {wrong:#?}");
}

#[test]
fn every_module_has_a_layer_and_every_layer_a_module() {
    let text = fs::read_to_string(src().join("lib.rs")).unwrap();
    let declared: BTreeSet<&str> = text
        .lines()
        .filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(';'))
        .collect();
    let placed: BTreeSet<&str> = LAYERS.iter().copied().flatten().copied().collect();
    assert_eq!(declared, placed);
}

#[test]
fn an_upward_arrow_is_seen() {
    let text =
        "use crate::record::X;\nuse crate::cli::Y;\n// crate::ui\nfn f() { crate::report::x() }\n";
    let found: Vec<String> = uses("engine", Path::new("engine/mod.rs"), text)
        .into_iter()
        .filter(|(target, _)| !is_allowed("engine", target))
        .map(|(_, place)| place)
        .collect();
    assert_eq!(
        found,
        [
            "engine/mod.rs (engine -> cli)",
            "engine/mod.rs (engine -> report)"
        ]
    );
    assert!(!is_allowed("engine", "{"));
    assert!(!is_allowed("stats", "units"));
    assert!(!is_allowed("host", "toolchain"));
    assert!(is_allowed("verdict", "engine"));
}
