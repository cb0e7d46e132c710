//! Names of what one picture shows side by side. A picture has less room than a table: what most cells have is said
//! once, and of too many series only those of the newest release are kept.

use std::collections::{BTreeMap, BTreeSet};

use super::data::Kin;
use super::words::{Parts, release_order, split};
use crate::record::CellKey;
use crate::spec::Experiment;

/// More lines than this can't be followed from the legend to the picture and back.
const MOST_SERIES: usize = 8;

/// The name of one cell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Label {
    /// Variant and release; empty where all are of one program.
    pub program: String,
    /// Case and parameters; empty where they do not differ.
    pub setting: String,
    /// Which of the others are of the same program, or have the same setting.
    pub kin: Kin,
}

impl Label {
    /// The whole name.
    pub fn name(&self) -> String {
        let parts = [self.program.as_str(), self.setting.as_str()];
        parts.join(" ").trim().to_owned()
    }
}

/// Names of cells, and what they need not say.
#[derive(Clone, Debug)]
pub(super) struct Labels {
    /// In the order of the cells.
    pub each: Vec<Label>,
    /// What all have in common, or most.
    pub common: String,
}

/// Names for `cells`, without the parts in which none differs or that most have.
pub(super) fn labels(experiment: &Experiment, cells: &[CellKey]) -> Labels {
    let (parts, common) = split(experiment, cells);
    named(&parts, &common)
}

/// Names for series; if they are too many and of several releases, for those of the newest only.
pub(super) fn series<T>(
    experiment: &Experiment,
    all: Vec<(CellKey, T)>,
) -> (Vec<(Label, T)>, String) {
    let every: Vec<CellKey> = all.iter().map(|(cell, _)| cell.clone()).collect();
    let kept = readable(&every);
    let (cells, data): (Vec<CellKey>, Vec<T>) =
        all.into_iter().filter(|(cell, _)| kept(cell)).unzip();
    let (parts, mut common) = split(experiment, &cells);
    let missing = cells.len() < every.len();
    if missing {
        let releases: BTreeSet<&str> = cells.iter().map(|c| c.toolchain.as_str()).collect();
        for release in releases.into_iter().filter(|r| !r.is_empty()) {
            let words = format!("Go {release}");
            if !common.contains(&words) {
                common.insert(0, words);
            }
        }
    }
    let mut named = named(&parts, &common);
    if missing {
        named.common.push_str("; other releases are in the tables");
    }
    (named.each.into_iter().zip(data).collect(), named.common)
}

/// Which cells to keep: all, or the newest release of each variant where they are too many.
fn readable(cells: &[CellKey]) -> impl Fn(&CellKey) -> bool {
    let mut newest: BTreeMap<String, String> = BTreeMap::new();
    if cells.len() > MOST_SERIES {
        for cell in cells {
            let release = newest.entry(cell.variant.clone()).or_default();
            if release_order(&cell.toolchain, release).is_gt() {
                release.clone_from(&cell.toolchain);
            }
        }
    }
    move |cell| {
        newest
            .get(&cell.variant)
            .is_none_or(|release| *release == cell.toolchain)
    }
}

fn named(parts: &[Parts<'_>], common: &[String]) -> Labels {
    let usual = usual(parts);
    let mut programs: Vec<&Option<String>> = Vec::new();
    let mut settings: Vec<String> = Vec::new();
    let each = parts
        .iter()
        .map(|part| {
            let setting = setting(part, &usual);
            Label {
                program: part.program.clone().unwrap_or_default(),
                kin: Kin {
                    program: number(&mut programs, &part.program),
                    setting: number(&mut settings, setting.clone()),
                },
                setting,
            }
        })
        .collect();
    let mut words = common.join(", ");
    if !usual.is_empty() {
        let list: Vec<String> = usual.iter().map(|(k, v)| format!("{k}={v}")).collect();
        if !words.is_empty() {
            words.push_str("; ");
        }
        words.push_str(&list.join(", "));
        words.push_str(" unless named");
    }
    Labels {
        each,
        common: words,
    }
}

fn number<T: PartialEq>(seen: &mut Vec<T>, value: T) -> usize {
    seen.iter().position(|v| *v == value).unwrap_or_else(|| {
        seen.push(value);
        seen.len() - 1
    })
}

fn setting(part: &Parts<'_>, usual: &BTreeMap<&str, &str>) -> String {
    let case = part.case.map(str::to_owned);
    let params = part
        .params
        .iter()
        .filter(|(name, value)| usual.get(name) != Some(value))
        .map(|(name, value)| format!("{name}={value}"));
    case.into_iter().chain(params).collect::<Vec<_>>().join(" ")
}

/// Values that at least two thirds of those that have the parameter share; none where names would then be alike.
fn usual<'a>(parts: &[Parts<'a>]) -> BTreeMap<&'a str, &'a str> {
    let mut counts: BTreeMap<&str, BTreeMap<&str, usize>> = BTreeMap::new();
    for (name, value) in parts.iter().flat_map(|p| &p.params) {
        *counts.entry(name).or_default().entry(value).or_default() += 1;
    }
    let found: BTreeMap<&str, &str> = counts
        .into_iter()
        .filter_map(|(name, values)| {
            let total: usize = values.values().sum();
            let (value, count) = values.into_iter().max_by_key(|(_, count)| *count)?;
            (3 * count >= 2 * total).then_some((name, value))
        })
        .collect();
    let names: BTreeSet<_> = parts
        .iter()
        .map(|p| (&p.program, setting(p, &found)))
        .collect();
    if names.len() == parts.len() {
        found
    } else {
        BTreeMap::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cell(variant: &str, toolchain: &str, params: &[(&str, &str)]) -> CellKey {
        let own = |(k, v): &(&str, &str)| ((*k).to_owned(), (*v).to_owned());
        CellKey {
            experiment: "x".into(),
            variant: variant.into(),
            toolchain: toolchain.into(),
            case: "churn".into(),
            params: params.iter().map(own).collect(),
            copy: 0,
        }
    }

    fn part<'a>(program: &str, params: &[(&'a str, &'a str)]) -> Parts<'a> {
        Parts {
            program: Some(program.into()),
            case: None,
            params: params.to_vec(),
        }
    }

    #[test]
    fn of_too_many_series_the_newest_release_of_each_variant_stays() {
        let mut cells: Vec<CellKey> = ["1.9.7", "1.21.13", "1.27.3"]
            .iter()
            .flat_map(|r| ["50", "100"].map(|gogc| cell("go", r, &[("gogc", gogc)])))
            .chain([cell("go-old", "1.9.7", &[]), cell("rust", "", &[])])
            .collect();
        assert!(cells.iter().all(readable(&cells)));
        cells.push(cell("go-old", "1.10", &[]));
        let kept: Vec<String> = cells
            .iter()
            .filter(|c| readable(&cells)(c))
            .map(ToString::to_string)
            .collect();
        assert_eq!(
            kept,
            [
                "go@1.27.3 churn gogc=50",
                "go@1.27.3 churn gogc=100",
                "rust churn",
                "go-old@1.10 churn"
            ]
        );
    }

    #[test]
    fn what_most_have_is_said_once() {
        let parts = [
            part("Go", &[("gogc", "50"), ("limit", "none")]),
            part("Go", &[("gogc", "100"), ("limit", "none")]),
            part("Go", &[("gogc", "off"), ("limit", "none")]),
            part("Go", &[("gogc", "off"), ("limit", "96MiB")]),
            part("Rust", &[]),
        ];
        let got = named(&parts, &["case churn".into()]);
        assert_eq!(got.common, "case churn; limit=none unless named");
        let names: Vec<String> = got.each.iter().map(Label::name).collect();
        assert_eq!(
            names,
            [
                "Go gogc=50",
                "Go gogc=100",
                "Go gogc=off",
                "Go gogc=off limit=96MiB",
                "Rust"
            ]
        );
        let kin: Vec<(usize, usize)> = got
            .each
            .iter()
            .map(|l| (l.kin.program, l.kin.setting))
            .collect();
        assert_eq!(kin, [(0, 0), (0, 1), (0, 2), (0, 3), (1, 4)]);
    }

    #[test]
    fn what_most_have_stays_where_names_would_be_alike() {
        let parts = [
            part("Go", &[("limit", "none")]),
            part("Go", &[("limit", "96MiB")]),
            part("Go", &[]),
            part("Go (reuse)", &[("limit", "none")]),
        ];
        let got = named(&parts, &[]);
        assert_eq!(got.common, "");
        assert_eq!(got.each[0].name(), "Go limit=none");
    }
}
