//! From what the user typed to experiments and claims.

use std::collections::{BTreeMap, BTreeSet};

use glob::Pattern;

use super::exit::UsageError;
use crate::spec::Experiment;

/// Share of a word that may differ for it to be suggested.
const SIMILAR: f64 = 0.7;

/// What was selected.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Selection {
    /// Whether everything was.
    pub all: bool,
    /// Names of experiments.
    pub experiments: BTreeSet<String>,
    /// Claims by experiment, where only these were named.
    pub only_claims: BTreeMap<String, BTreeSet<String>>,
}

impl Selection {
    /// Everything.
    pub fn all(experiments: &[Experiment]) -> Selection {
        Selection {
            all: true,
            experiments: experiments.iter().map(|e| e.name.clone()).collect(),
            only_claims: BTreeMap::new(),
        }
    }

    /// Resolves names: experiments, claim ids, questions (`q3`, `q03`), globs over experiments and claims. An experiment
    /// that is named is taken whole, also where one of its claims is named too.
    ///
    /// # Errors
    /// [`UsageError`] for a name that fits nothing, with a suggestion.
    pub fn resolve(names: &[String], experiments: &[Experiment]) -> Result<Selection, UsageError> {
        let mut whole: BTreeSet<String> = BTreeSet::new();
        let mut claims: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for name in names {
            let mut found = false;
            let pattern = Pattern::new(name)
                .map_err(|error| UsageError(format!("`{name}` is no glob: {error}")))?;
            let question = question(name);
            for experiment in experiments {
                if pattern.matches(&experiment.name) {
                    found = true;
                    whole.insert(experiment.name.clone());
                }
                for claim in &experiment.claims {
                    let ids = std::iter::once(&claim.id).chain(&claim.also);
                    if question == Some(claim.question)
                        || ids.into_iter().any(|id| pattern.matches(id))
                    {
                        found = true;
                        claims
                            .entry(experiment.name.clone())
                            .or_default()
                            .insert(claim.id.clone());
                    }
                }
            }
            if !found {
                return Err(unknown(name, experiments));
            }
        }
        claims.retain(|experiment, _| !whole.contains(experiment));
        let experiments = whole.into_iter().chain(claims.keys().cloned()).collect();
        Ok(Selection {
            all: false,
            experiments,
            only_claims: claims,
        })
    }
}

/// `q3` or `q03`: a question number.
fn question(name: &str) -> Option<u32> {
    name.strip_prefix('q')?.parse().ok()
}

fn unknown(name: &str, experiments: &[Experiment]) -> UsageError {
    let known = experiments
        .iter()
        .flat_map(|e| std::iter::once(&e.name).chain(e.claims.iter().map(|c| &c.id)));
    let nearest = known
        .map(|candidate| {
            (
                strsim::normalized_damerau_levenshtein(name, candidate),
                candidate,
            )
        })
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .filter(|(similarity, _)| *similarity >= SIMILAR);
    let all = format!("`harness list` shows all {}", experiments.len());
    UsageError(match nearest {
        Some((_, candidate)) => format!(
            "no experiment, claim or question `{name}`\n  did you mean `{candidate}`? ({all})"
        ),
        None => format!("no experiment, claim or question `{name}` ({all})"),
    })
}
