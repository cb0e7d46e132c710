//! From what the user typed to experiments and claims.

use std::collections::{BTreeMap, BTreeSet};

use glob::Pattern;

use super::exit::UsageError;
use crate::spec::{Claim, Experiment};

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
                    let asks = question.is_some_and(|q| questions_of(claim).any(|of| of == q));
                    if asks || ids.into_iter().any(|id| pattern.matches(id)) {
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

/// The questions of a claim's statements: its own first, then one for each that says the same, as its id begins.
pub(super) fn questions_of(claim: &Claim) -> impl Iterator<Item = u32> {
    let others = claim.also.iter().map(|id| {
        let prefix = id.split('-').next().unwrap_or_default();
        question(prefix).unwrap_or(claim.question)
    });
    std::iter::once(claim.question).chain(others)
}

/// The question of a statement's id.
pub(super) fn question_of(id: &str) -> Option<u32> {
    question(id.split('-').next().unwrap_or_default())
}

/// `q3` or `q03`: a question number.
pub(super) fn question(name: &str) -> Option<u32> {
    let digits = name.strip_prefix('q')?;
    // The parser would take a sign too.
    let is_number = digits.bytes().all(|b| b.is_ascii_digit());
    is_number.then(|| digits.parse().ok()).flatten()
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

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::spec::{Sources, load_text};

    /// An experiment of claims alone, so that it needs no program.
    fn experiment(name: &str, claims: &[(&str, u32, &str)]) -> Experiment {
        let head = "format = 1\ntitle = \"t\"\nsummary = \"s\"\nanalysis = \"a\"\nfairness = [\"f\"]\n\
             run = { min-blocks = 6, max-blocks = 8, precision = \"5%\", timeout = \"1s\", budget = \"1s\" }\n\
             source = [{ key = \"k\", files = [\"src/a.go\"], pattern = \"x\" }]\n";
        let claims = claims.iter().map(|(id, question, also)| {
            format!(
                "[[claims]]\nid = \"{id}\"\nquestion = {question}\nline = 1\nkind = \"opinion\"\n\
                 says = \"s\"\nalso = [{also}]\nuntestable = \"advice\"\n"
            )
        });
        let text: String = std::iter::once(head.to_owned()).chain(claims).collect();
        let sources = Sources {
            go_programs: "go-programs".into(),
            rust_equivalents: "rust-equivalents".into(),
        };
        load_text(Path::new(&format!("{name}.toml")), &text, &sources).unwrap()
    }

    fn experiments() -> Vec<Experiment> {
        vec![
            experiment(
                "gc-pauses",
                &[
                    ("q03-pause-short", 3, "\"q44-pause-short\""),
                    ("q10-pause-rare", 10, ""),
                ],
            ),
            experiment("gc-work", &[("q03-work-concurrent", 3, "")]),
            experiment("map-growth", &[("q30-map-doubles", 30, "")]),
        ]
    }

    /// What names select, as `experiment` or `experiment:claim+claim`.
    fn select(names: &[&str]) -> Vec<String> {
        let names: Vec<String> = names.iter().map(ToString::to_string).collect();
        let selection = Selection::resolve(&names, &experiments()).unwrap();
        let shown = |experiment: &String| match selection.only_claims.get(experiment) {
            None => experiment.clone(),
            Some(claims) => {
                let claims: Vec<&str> = claims.iter().map(String::as_str).collect();
                format!("{experiment}:{}", claims.join("+"))
            }
        };
        selection.experiments.iter().map(shown).collect()
    }

    fn refusal(name: &str) -> String {
        Selection::resolve(&[name.to_owned()], &experiments())
            .unwrap_err()
            .to_string()
    }

    #[test]
    fn names_of_experiments_select_them_whole_in_the_order_of_files() {
        assert_eq!(
            select(&["map-growth", "gc-pauses"]),
            ["gc-pauses", "map-growth"]
        );
        assert_eq!(select(&["gc-*"]), ["gc-pauses", "gc-work"]);
    }

    #[test]
    fn claims_and_questions_select_only_these_claims() {
        assert_eq!(select(&["q10-pause-rare"]), ["gc-pauses:q10-pause-rare"]);
        let third = ["gc-pauses:q03-pause-short", "gc-work:q03-work-concurrent"];
        assert_eq!(select(&["q3"]), third);
        assert_eq!(select(&["q03"]), third);
        assert_eq!(select(&["q03-*"]), third);
        assert_eq!(
            select(&["q3", "q10"])[0],
            "gc-pauses:q03-pause-short+q10-pause-rare"
        );
    }

    #[test]
    fn a_claim_that_says_the_same_stands_for_the_one_that_is_judged() {
        for name in ["q44-pause-short", "q44"] {
            assert_eq!(select(&[name]), ["gc-pauses:q03-pause-short"]);
        }
    }

    #[test]
    fn an_experiment_that_is_named_is_whole_whatever_claims_are_named_too() {
        for names in [
            ["q10-pause-rare", "gc-pauses"],
            ["gc-pauses", "q10-pause-rare"],
        ] {
            assert_eq!(select(&names), ["gc-pauses"]);
        }
    }

    #[test]
    fn a_misspelt_name_is_refused_with_the_nearest_one() {
        let says = refusal("gc-pause");
        assert!(
            says.starts_with("no experiment, claim or question `gc-pause`\n"),
            "{says}"
        );
        assert!(
            says.contains("did you mean `gc-pauses`? (`harness list` shows all 3)"),
            "{says}"
        );
        assert!(refusal("q30-map-double").contains("`q30-map-doubles`"));
        // One that is like nothing gets no suggestion, and a question that nobody asks none either.
        for name in ["zebra", "q99", "q+3", "q", "zz-*"] {
            let says = refusal(name);
            assert!(!says.contains("did you mean"), "{says}");
        }
        assert!(refusal("gc-[").contains("`gc-[` is no glob"));
    }
}
