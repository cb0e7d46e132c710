//! Every shipped definition loads, and every claim id stands in one place only.

use std::path::Path;

use harness::spec::{Sources, load_all};

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
            }
        }
        Err(error) => panic!("{error}"),
    }
}
