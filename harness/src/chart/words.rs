//! Words that charts and reports share: of intervals, and of cells.

use std::cmp::Ordering;
use std::collections::BTreeSet;

use crate::record::CellKey;
use crate::spec::{Experiment, Language};
use crate::units::Quantity;

/// `Go 1.27.3`, `Go 1.27.3 (race)`, `Rust (tokio)`: a variant as prose names it.
pub fn who(experiment: &Experiment, variant: &str, toolchain: &str) -> String {
    let Some(known) = experiment.variants.iter().find(|v| v.name == variant) else {
        return [variant, toolchain].join(" ").trim_end().to_owned();
    };
    let (language, word) = match known.language {
        Language::Go => ("Go", "go"),
        Language::Rust => ("Rust", "rust"),
    };
    let rest = variant
        .strip_prefix(word)
        .unwrap_or(variant)
        .trim_start_matches('-');
    let mut name = language.to_owned();
    if !toolchain.is_empty() {
        name.push(' ');
        name.push_str(toolchain);
    }
    if !rest.is_empty() {
        name.push_str(" (");
        name.push_str(rest);
        name.push(')');
    }
    name
}

/// Names of cells that tell them apart, and what they all have in common.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Names {
    /// In the order of the cells.
    pub each: Vec<String>,
    /// The parts that no name carries.
    pub common: String,
}

/// Names for `cells` without the parts in which none differs.
pub fn names(experiment: &Experiment, cells: &[CellKey]) -> Names {
    let (each, common) = split(experiment, cells);
    let join = |parts: Parts<'_>| {
        let case = parts.case.map(str::to_owned);
        let params = parts.params.iter().map(|(name, v)| format!("{name}={v}"));
        let words: Vec<String> = parts
            .program
            .into_iter()
            .chain(case)
            .chain(params)
            .collect();
        words.join(" ")
    };
    Names {
        each: each.into_iter().map(join).collect(),
        common: common.join(", "),
    }
}

/// The parts of a cell's name that others do not share. One cell alone has its program.
#[derive(Clone, Debug)]
pub(super) struct Parts<'a> {
    pub program: Option<String>,
    pub case: Option<&'a str>,
    pub params: Vec<(&'a str, &'a str)>,
}

/// The parts of each cell's name, and those that no name carries.
pub(super) fn split<'a>(
    experiment: &Experiment,
    cells: &'a [CellKey],
) -> (Vec<Parts<'a>>, Vec<String>) {
    fn differ<'a>(mut values: impl Iterator<Item = &'a str>) -> bool {
        let first = values.next();
        values.any(|v| Some(v) != first)
    }
    let toolchains_of = |variant: &str| -> BTreeSet<&str> {
        cells
            .iter()
            .filter(|c| c.variant == variant)
            .map(|c| c.toolchain.as_str())
            .collect()
    };
    let programs: BTreeSet<(&str, &str)> = cells
        .iter()
        .map(|c| (c.variant.as_str(), c.toolchain.as_str()))
        .collect();
    let cases_differ = differ(cells.iter().map(|c| c.case.as_str()));
    let params: BTreeSet<&str> = cells
        .iter()
        .flat_map(|c| c.params.keys().map(String::as_str))
        .collect();
    let (varied, constant): (Vec<&str>, Vec<&str>) = params.into_iter().partition(|name| {
        differ(
            cells
                .iter()
                .filter_map(|c| c.params.get(*name))
                .map(String::as_str),
        )
    });

    let each = cells
        .iter()
        .map(|cell| {
            let several = toolchains_of(&cell.variant).len() > 1;
            let toolchain = if several { cell.toolchain.as_str() } else { "" };
            let mut parts = Parts {
                program: (programs.len() > 1).then(|| who(experiment, &cell.variant, toolchain)),
                case: cases_differ.then_some(cell.case.as_str()),
                params: varied
                    .iter()
                    .filter_map(|name| Some((*name, cell.params.get(*name)?.as_str())))
                    .collect(),
            };
            if parts.program.is_none() && parts.case.is_none() && parts.params.is_empty() {
                parts.program = Some(who(experiment, &cell.variant, &cell.toolchain));
            }
            parts
        })
        .collect();

    let mut common = Vec::new();
    let single: BTreeSet<&str> = cells
        .iter()
        .filter(|c| !c.toolchain.is_empty() && toolchains_of(&c.variant).len() == 1)
        .map(|c| c.toolchain.as_str())
        .collect();
    if programs.len() > 1 {
        common.extend(single.iter().map(|t| format!("Go {t}")));
    }
    if let Some(cell) = cells.first() {
        if !cases_differ {
            common.push(format!("case {}", cell.case));
        }
        for name in constant {
            if let Some(value) = cells.iter().find_map(|c| c.params.get(name)) {
                common.push(format!("{name}={value}"));
            }
        }
    }
    (each, common)
}

/// The order of cells in tables and legends: by the definition's variants, release, case, then parameters.
pub fn cell_order(experiment: &Experiment, a: &CellKey, b: &CellKey) -> Ordering {
    let rank = |c: &CellKey| {
        experiment
            .variants
            .iter()
            .position(|v| v.name == c.variant)
            .unwrap_or(usize::MAX)
    };
    rank(a)
        .cmp(&rank(b))
        .then_with(|| release_order(&a.toolchain, &b.toolchain))
        .then_with(|| a.case.cmp(&b.case))
        .then_with(|| {
            a.params
                .iter()
                .zip(&b.params)
                .map(|(x, y)| x.0.cmp(y.0).then_with(|| value_order(x.1, y.1)))
                .find(|o| o.is_ne())
                .unwrap_or_else(|| a.params.len().cmp(&b.params.len()))
        })
        .then_with(|| a.copy.cmp(&b.copy))
}

/// Order of releases: `1.9` before `1.10`.
pub fn release_order(a: &str, b: &str) -> Ordering {
    let parts = |text: &str| -> Vec<u64> {
        text.split(|c: char| !c.is_ascii_digit())
            .filter_map(|p| p.parse().ok())
            .collect()
    };
    parts(a).cmp(&parts(b)).then_with(|| a.cmp(b))
}

/// Order of parameter values: numbers by size, then words.
pub fn value_order(a: &str, b: &str) -> Ordering {
    match (a.parse::<Quantity>(), b.parse::<Quantity>()) {
        (Ok(x), Ok(y)) => x.value.total_cmp(&y.value),
        (Ok(_), Err(_)) => Ordering::Less,
        (Err(_), Ok(_)) => Ordering::Greater,
        (Err(_), Err(_)) => a.cmp(b),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn releases_and_values_sort_by_number() {
        assert_eq!(release_order("1.9", "1.10.2"), Ordering::Less);
        let mut values = ["off", "100", "50", "1KiB"];
        values.sort_by(|a, b| value_order(a, b));
        assert_eq!(values, ["50", "100", "1KiB", "off"]);
    }
}
