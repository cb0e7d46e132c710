//! An estimate held against what a claim states, with what is not known of its program's layouts.

use super::place::{Place, place, place_in_any_layout};
use crate::analysis::Analyst;
use crate::record::{Estimate, Warning};
use crate::spec::Expectation;

/// Where an estimate lies, and whether more layouts could tell better.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Held {
    /// Where it lies in any layout, where its programs ran in too few.
    pub(super) place: Place,
    /// Set where it would lie elsewhere were its layouts the only ones.
    pub(super) for_want_of_layouts: Option<Warning>,
}

impl Held {
    pub(super) fn against(
        expect: &Expectation,
        estimate: &Estimate,
        analyst: &Analyst<'_>,
    ) -> Held {
        let by_itself = place(estimate, expect);
        let few = analyst.few_layouts(estimate);
        let place = match few {
            Some(_) => place_in_any_layout(estimate, expect),
            None => by_itself,
        };
        Held {
            place,
            for_want_of_layouts: few.filter(|_| place != by_itself),
        }
    }
}
