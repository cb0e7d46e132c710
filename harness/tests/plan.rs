//! What must hold of every plan, whichever experiments, releases and profile it is for.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::OnceLock;

use harness::plan::{Blocks, CONTROL_VARIANT, Options, Plan, expand, order};
use harness::spec::{Experiment, Profile, Sources, load_all};
use proptest::prelude::*;
use proptest::sample::subsequence;
use proptest::test_runner::RngSeed;

const RELEASES: [&str; 4] = ["1.21.13", "1.23.9", "1.24.11", "1.27.3"];

fn shipped() -> &'static [Experiment] {
    static SHIPPED: OnceLock<Vec<Experiment>> = OnceLock::new();
    SHIPPED.get_or_init(|| {
        let project = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
        let sources = Sources {
            go_programs: project.join("go-programs"),
            rust_equivalents: project.join("rust-equivalents"),
        };
        load_all(&project.join("harness/experiments"), &sources).unwrap()
    })
}

fn options() -> impl Strategy<Value = Options> {
    let profile = prop_oneof![
        Just(Profile::Quick),
        Just(Profile::Standard),
        Just(Profile::Thorough)
    ];
    let releases = subsequence(RELEASES.to_vec(), 1..=RELEASES.len());
    (profile, releases, any::<u64>(), any::<bool>()).prop_map(
        |(profile, releases, seed, control)| Options {
            profile,
            seed,
            go_versions: releases.into_iter().map(str::to_owned).collect(),
            overrides: BTreeMap::new(),
            budget_ns: None,
            only_claims: BTreeMap::new(),
            control,
        },
    )
}

fn some_experiments() -> impl Strategy<Value = Vec<&'static Experiment>> {
    let all: Vec<&Experiment> = shipped().iter().collect();
    let most = all.len();
    subsequence(all, 1..=most)
}

/// The plan, where these options leave anything to run.
fn planned(experiments: &[&Experiment], options: &Options) -> Option<Plan> {
    expand(experiments, options).ok()
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 48,
        failure_persistence: None,
        rng_seed: RngSeed::Fixed(0x504c_414e),
        ..ProptestConfig::default()
    })]

    #[test]
    fn a_plan_follows_from_its_options(experiments in some_experiments(), options in options()) {
        prop_assert_eq!(expand(&experiments, &options), expand(&experiments, &options));
    }

    #[test]
    fn a_budget_goes_to_those_who_spend_it(
        experiments in some_experiments(),
        options in options(),
        budget_ns in 1_000_000_u64..10_000_000_000_000,
    ) {
        let options = Options { budget_ns: Some(budget_ns), ..options };
        let Some(plan) = planned(&experiments, &options) else { return Ok(()) };
        let adaptive: Vec<u64> = plan
            .experiments
            .iter()
            .filter(|e| e.is_adaptive())
            .map(|e| e.budget_ns)
            .collect();
        let rounding = adaptive.len() as u64 + 1;
        let shared: u64 = adaptive.iter().sum();
        prop_assert!(adaptive.is_empty() || shared.abs_diff(budget_ns) <= rounding, "{shared}");
    }

    #[test]
    fn no_cell_is_planned_twice_and_each_belongs_to_a_chosen_release(
        experiments in some_experiments(),
        options in options(),
    ) {
        let Some(plan) = planned(&experiments, &options) else { return Ok(()) };
        for experiment in &plan.experiments {
            let mut seen = BTreeSet::new();
            for cell in &experiment.cells {
                prop_assert!(seen.insert(&cell.key), "{} twice", cell.key);
                prop_assert_eq!(&cell.key.experiment, &experiment.name);
                let release = &cell.key.toolchain;
                prop_assert!(release.is_empty() || options.go_versions.contains(release), "{}", cell.key);
            }
        }
    }

    #[test]
    fn whatever_stops_by_its_figures_has_its_controls(
        experiments in some_experiments(),
        options in options(),
    ) {
        let Some(plan) = planned(&experiments, &options) else { return Ok(()) };
        for experiment in &plan.experiments {
            let is_own = |variant: &str| variant != CONTROL_VARIANT;
            let adaptive = experiment
                .cells
                .iter()
                .any(|c| c.blocks == Blocks::Adaptive && is_own(&c.key.variant));
            let twins = experiment.cells.iter().filter(|c| c.key.copy == 1).count();
            let spins = experiment.cells.iter().filter(|c| !is_own(&c.key.variant)).count();
            prop_assert!(twins <= 1 && (twins == 1 || !adaptive), "{}", experiment.name);
            prop_assert_eq!(spins, if adaptive && options.control { 2 } else { 0 });
            for twin in experiment.cells.iter().filter(|c| c.key.copy == 1) {
                let original = twin.key.with_copy(0);
                prop_assert!(experiment.cells.iter().any(|c| c.key == original), "{}", twin.key);
            }
        }
    }

    #[test]
    fn a_more_thorough_profile_leaves_nothing_out(experiments in some_experiments(), options in options()) {
        let cells = |profile| -> BTreeSet<String> {
            let options = Options { profile, ..options.clone() };
            planned(&experiments, &options)
                .iter()
                .flat_map(|plan| &plan.experiments)
                .flat_map(|e| e.cells.iter().filter(|c| c.key.copy == 0))
                .map(|c| format!("{} {}", c.key.experiment, c.key))
                .collect()
        };
        prop_assert!(cells(Profile::Quick).is_subset(&cells(Profile::Standard)));
        prop_assert!(cells(Profile::Standard).is_subset(&cells(Profile::Thorough)));
    }

    #[test]
    fn ids_name_one_invocation_each(experiments in some_experiments(), options in options()) {
        let Some(plan) = planned(&experiments, &options) else { return Ok(()) };
        let mut ids = BTreeSet::new();
        for cell in plan.experiments.iter().flat_map(|e| &e.cells) {
            for (block, attempt) in [(0, 0), (0, 1), (1, 0)] {
                let id = order::invocation_id(plan.seed, &cell.key, block, attempt);
                prop_assert!(order::env_pad(&id) < order::MAX_ENV_PAD);
                prop_assert!(ids.insert(id.0), "{} in block {block}, attempt {attempt}", cell.key);
            }
        }
    }

    #[test]
    fn the_least_is_no_more_than_the_most(experiments in some_experiments(), options in options()) {
        let Some(plan) = planned(&experiments, &options) else { return Ok(()) };
        for experiment in &plan.experiments {
            prop_assert!(experiment.min_blocks >= 1 && experiment.min_blocks <= experiment.max_blocks);
            prop_assert!(experiment.min_invocations() <= experiment.max_invocations());
        }
    }

    #[test]
    fn an_order_holds_every_cell_once(seed in any::<u64>(), block in 0..1000_u32, cells in 0..200_usize) {
        let mut order = order::block_order(seed, "experiment", block, cells);
        order.sort_unstable();
        prop_assert_eq!(order, (0..cells).collect::<Vec<_>>());
    }
}
