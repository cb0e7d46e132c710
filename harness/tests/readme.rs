//! The README's figures are those of the newest committed run. `UPDATE_DOCS=1` writes them.

#![expect(
    clippy::unwrap_used,
    reason = "what is committed is there, or the test must fail"
)]

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use harness::record::{Verdict, VerdictKind};
use harness::spec::{Claim, Experiment, Sources, load_text};
use harness::store::{RunDir, latest};

const BEGIN: &str = "<!-- results:begin -->\n";
const END: &str = "<!-- results:end -->\n";

/// In the order of the table.
const WORDS: [VerdictKind; 7] = [
    VerdictKind::Confirmed,
    VerdictKind::Close,
    VerdictKind::Refuted,
    VerdictKind::VersionDependent,
    VerdictKind::Inconclusive,
    VerdictKind::NotRun,
    VerdictKind::Untestable,
];

fn project() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .unwrap()
        .to_owned()
}

fn definitions(folder: &Path, names: &[String]) -> Vec<Experiment> {
    let sources = Sources {
        go_programs: project().join("go-programs"),
        rust_equivalents: project().join("rust-equivalents"),
    };
    names
        .iter()
        .map(|name| {
            let file = folder.join("definitions").join(format!("{name}.toml"));
            load_text(&file, &fs::read_to_string(&file).unwrap(), &sources).unwrap()
        })
        .collect()
}

fn summary() -> String {
    let reference = project().join("results/reference");
    let Some(entry) = latest(&reference).ok().flatten() else {
        return "No run is committed yet: `results/reference` is empty.\n".to_owned();
    };
    let dir = RunDir::open(&entry.path).unwrap();
    let run = dir.run();
    let file = fs::read(entry.path.join("verdicts.json")).unwrap();
    let file: serde_json::Value = serde_json::from_slice(&file).unwrap();
    let verdicts: Vec<Verdict> = serde_json::from_value(file["verdicts"].clone()).unwrap();
    let experiments = definitions(&entry.path, &run.experiments);
    let claims: BTreeMap<&str, &Claim> = experiments
        .iter()
        .flat_map(|experiment| &experiment.claims)
        .map(|claim| (claim.id.as_str(), claim))
        .collect();

    let host = &run.host;
    let mut text = String::new();
    // Writing to a String can't fail.
    let _ = writeln!(
        text,
        "From [`{}`](results/reference/{}/report.md), the committed run: {} profile, seed {}, {}; {}, {} CPUs, {}; Go {}.\n",
        run.id,
        run.id,
        run.profile,
        run.seed,
        run.created.split('T').next().unwrap(),
        host.cpu_model,
        host.cpus,
        host.kernel,
        run.go_versions.join(", "),
    );
    if file["fit"] == serde_json::Value::Bool(false) {
        text.push_str(
            "Some of its controls failed, as its report says first; verdicts by figures of those experiments are withheld.\n\n",
        );
    }
    text.push_str("| verdict | claims |\n|---|---|\n");
    for word in WORDS {
        let count = verdicts.iter().filter(|v| v.kind == word).count();
        let _ = writeln!(text, "| `{word}` | {count} |");
    }
    for (word, title) in [
        (VerdictKind::Refuted, "Refuted"),
        (VerdictKind::VersionDependent, "True on some releases only"),
    ] {
        let found: Vec<&Verdict> = verdicts.iter().filter(|v| v.kind == word).collect();
        if found.is_empty() {
            continue;
        }
        let _ = writeln!(
            text,
            "\n<details><summary>{title}: {} claims</summary>\n",
            found.len()
        );
        for verdict in found {
            let says = &claims[verdict.claim.as_str()].says;
            let _ = write!(text, "- `{}`: \"{says}\"", verdict.claim);
            match &verdict.instead {
                Some(instead) if instead.kind == VerdictKind::Confirmed => {
                    let _ = writeln!(text, " Instead: {}", instead.says);
                }
                _ => text.push('\n'),
            }
        }
        text.push_str("\n</details>\n");
    }
    text
}

#[test]
fn the_figures_are_those_of_the_committed_run() {
    let path = project().join("README.md");
    let page = fs::read_to_string(&path).unwrap();
    let (before, rest) = page.split_once(BEGIN).unwrap();
    let (_, after) = rest.split_once(END).unwrap();
    let expected = format!("{before}{BEGIN}{}{END}{after}", summary());
    if std::env::var_os("UPDATE_DOCS").is_some() {
        fs::write(&path, &expected).unwrap();
    }
    assert!(
        fs::read_to_string(&path).unwrap() == expected,
        "the README is not that of the committed run: run this test with UPDATE_DOCS=1"
    );
}
