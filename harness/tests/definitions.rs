//! Every shipped definition loads, and every claim id stands in one place only.

use std::collections::BTreeSet;
use std::path::Path;

use harness::spec::{ChartKind, Sources, load_all};

#[test]
fn shipped_definitions_are_valid() {
    let project = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let sources = Sources {
        go_programs: project.join("go-programs"),
        rust_equivalents: project.join("rust-equivalents"),
    };
    let experiments = load_all(&project.join("harness/experiments"), &sources);
    match experiments {
        Ok(experiments) => {
            for experiment in &experiments {
                assert!(
                    !experiment.all_cells().is_empty(),
                    "{} has no cell",
                    experiment.name
                );
                for chart in &experiment.charts {
                    let along_x = matches!(chart.kind, ChartKind::Ecdf | ChartKind::Intervals);
                    assert!(
                        !(along_x && chart.log_y),
                        "{}: chart {} has its metric along x: `log-x`",
                        experiment.name,
                        chart.id
                    );
                }
            }
        }
        Err(error) => panic!("{error}"),
    }
}

/// Questions whose statements all have a definition.
const COVERED: std::ops::RangeInclusive<u32> = 1..=20;

#[test]
fn every_statement_of_the_covered_questions_has_a_claim() {
    let project = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let sources = Sources {
        go_programs: project.join("go-programs"),
        rust_equivalents: project.join("rust-equivalents"),
    };
    let experiments = load_all(&project.join("harness/experiments"), &sources).unwrap();
    let claimed: BTreeSet<&str> = experiments
        .iter()
        .flat_map(|experiment| &experiment.claims)
        .flat_map(|claim| std::iter::once(&claim.id).chain(&claim.also))
        .map(String::as_str)
        .collect();
    let list = std::fs::read_to_string(project.join("harness/catalogue/statements.csv")).unwrap();
    let mut known = BTreeSet::new();
    let mut missing = Vec::new();
    for row in list.lines().skip(1) {
        let mut fields = row.split(',');
        let (id, question) = (fields.next().unwrap(), fields.next().unwrap());
        known.insert(id);
        let is_covered = COVERED.contains(&question.parse().unwrap());
        if is_covered && !claimed.contains(id) {
            missing.push(id);
        }
    }
    assert!(missing.is_empty(), "no definition has {missing:?}");
    let invented: Vec<&&str> = claimed.iter().filter(|id| !known.contains(**id)).collect();
    assert!(invented.is_empty(), "the article has no {invented:?}");
}
