//! Which cells a claim, chart or pair speaks of, and how two of them belong together.

use super::check::{SOURCE_CASE, TOOL_CASE};
use super::model::{CONTROL_VARIANT, Selector};
use crate::record::CellKey;

impl Selector {
    /// Whether `cell` is one of those selected. A/A twins and the positive control never are, and probes of source and
    /// tools only by the name of their case.
    pub fn matches(&self, cell: &CellKey) -> bool {
        let is_probe = [SOURCE_CASE, TOOL_CASE].contains(&cell.case.as_str());
        cell.copy == 0
            && cell.variant != CONTROL_VARIANT
            && (self.case.is_some() || !is_probe)
            && self.variant.as_ref().is_none_or(|v| *v == cell.variant)
            && self.case.as_ref().is_none_or(|c| *c == cell.case)
            && self.params.iter().all(|(name, values)| {
                cell.params
                    .get(name)
                    .is_some_and(|value| values.contains(value))
            })
    }

    /// The selected cell that stands against `cell` in a ratio: the one whose parameters are equal, those left out
    /// that the selection pins to one value or that one of the two does not have.
    ///
    /// A Go cell meets the cell of its own toolchain, and the one cell of a language that has a single toolchain.
    pub fn counterpart<'a>(
        &self,
        cell: &CellKey,
        cells: impl IntoIterator<Item = &'a CellKey>,
    ) -> Option<&'a CellKey> {
        let is_pinned = |name: &str| self.params.get(name).is_some_and(|v| v.len() == 1);
        cells
            .into_iter()
            .filter(|other| self.matches(other))
            .find(|other| {
                let same_toolchain = cell.toolchain == other.toolchain
                    || cell.toolchain.is_empty()
                    || other.toolchain.is_empty();
                same_toolchain
                    && other
                        .params
                        .iter()
                        .filter(|(name, _)| !is_pinned(name))
                        .all(|(name, value)| cell.params.get(name).is_none_or(|v| v == value))
            })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn cell(variant: &str, toolchain: &str, params: &[(&str, &str)]) -> CellKey {
        CellKey {
            experiment: "e".into(),
            variant: variant.into(),
            toolchain: toolchain.into(),
            case: "c".into(),
            params: params
                .iter()
                .map(|(k, v)| ((*k).into(), (*v).into()))
                .collect(),
            copy: 0,
        }
    }

    fn selector(variant: &str, params: &[(&str, &str)]) -> Selector {
        Selector {
            variant: Some(variant.into()),
            case: None,
            params: params
                .iter()
                .map(|(k, v)| ((*k).to_owned(), vec![(*v).to_owned()]))
                .collect::<BTreeMap<_, _>>(),
        }
    }

    #[test]
    fn a_twin_is_never_selected() {
        let c = cell("go", "1.27.3", &[]);
        assert!(Selector::default().matches(&c));
        assert!(!Selector::default().matches(&c.with_copy(1)));
    }

    #[test]
    fn a_ratio_pairs_equal_parameters_and_toolchains() {
        let cells = [
            cell("go", "1.21.13", &[("gogc", "100"), ("live", "16")]),
            cell("go", "1.27.3", &[("gogc", "100"), ("live", "64")]),
            cell("go", "1.27.3", &[("gogc", "100"), ("live", "16")]),
            cell("rust", "", &[("live", "16")]),
        ];
        let slow = cell("go", "1.27.3", &[("gogc", "400"), ("live", "16")]);
        let by_gogc = selector("go", &[("gogc", "100")]);
        assert_eq!(by_gogc.counterpart(&slow, &cells), Some(&cells[2]));
        assert_eq!(
            selector("rust", &[]).counterpart(&slow, &cells),
            Some(&cells[3])
        );
        let other = cell("go", "1.27.3", &[("gogc", "400"), ("live", "256")]);
        assert_eq!(by_gogc.counterpart(&other, &cells), None);
    }
}
