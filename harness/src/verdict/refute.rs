//! A refutation by a figure must come twice, from invocations that have nothing in common.
//!
//! The first time is the first look, block by block, at which the confidence sequence lies outside of the widened range.
//! The blocks behind that look are fresh data: where their own sequence comes to lie outside as well, the claim is refuted.
//! Both looks are stopping times, so each is wrong in at most alpha of all runs, whenever the run ends.

use super::place::{Place, place};
use crate::analysis::{ALPHA, Analyst, Look};
use crate::record::CellKey;
use crate::spec::{Figure, Statistic};
use crate::stats::{Alpha, anytime};

/// Smallest error rate that is looked for; a refutation may be surer than that.
const SUREST: f64 = 1e-9;

/// Steps of the search for an error rate, by halves in logarithms: good to a few percent.
const STEPS: u32 = 24;

/// How often a figure refutes its claim in a cell.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Refutation {
    /// Not at all.
    Never,
    /// It can't be refuted by chance: the metric is exact.
    Plain,
    /// The number of invocations was fixed beforehand, and each of them refutes.
    Each {
        /// Chance of it, were the truth at the edge of the widened range.
        p: f64,
    },
    /// Once. The second look has too little or does not agree.
    Once {
        /// Invocations up to the first look that refuted.
        first: usize,
        /// Invocations behind it.
        second: usize,
    },
    /// Twice.
    Twice {
        /// Invocations up to the first look that refuted.
        first: usize,
        /// Invocations behind it.
        second: usize,
        /// Chance of both, were the truth at the edge of the widened range: an upper limit.
        p: f64,
    },
}

/// Looks for both times.
pub fn refutation(analyst: &Analyst<'_>, cell: &CellKey, figure: &Figure) -> Refutation {
    let is_outside = |look: Look| {
        analyst
            .measure_at(cell, &figure.of, figure.versus.as_ref(), look)
            .is_some_and(|estimate| place(&estimate, &figure.expect) == Place::Outside)
    };
    if !is_outside(Look::ALL) {
        return Refutation::Never;
    }
    let blocks = analyst.blocks(cell, &figure.of, figure.versus.as_ref());
    let is_exact = figure.versus.is_none()
        && figure.of.statistic == Statistic::Value
        && analyst.metric(&figure.of.metric).is_some_and(|m| m.exact);
    if is_exact {
        return Refutation::Plain;
    }
    if analyst.is_fixed(cell) {
        return fixed(analyst, cell, figure);
    }
    let up_to = |to| Look { to, ..Look::ALL };
    let split = (anytime::FIRST_LOOK..=blocks.len())
        .find(|n| blocks.get(n - 1).is_some_and(|to| is_outside(up_to(*to))))
        .unwrap_or(blocks.len());
    let second = blocks.len() - split;
    let once = Refutation::Once {
        first: split,
        second,
    };
    let (Some(last), Some(next)) = (blocks.get(split.saturating_sub(1)), blocks.get(split)) else {
        return once;
    };
    let behind = Look {
        from: *next,
        ..Look::ALL
    };
    if !is_outside(behind) {
        return once;
    }
    let p = smallest(|alpha| {
        is_outside(Look {
            alpha,
            ..up_to(*last)
        })
    })
    .max(smallest(|alpha| is_outside(Look { alpha, ..behind })));
    Refutation::Twice {
        first: split,
        second,
        // Both are at most the larger one, and they are independent.
        p: shortened(p * p),
    }
}

/// With a number of invocations that was fixed beforehand there is no look to choose; each invocation must refute by itself.
fn fixed(analyst: &Analyst<'_>, cell: &CellKey, figure: &Figure) -> Refutation {
    let (wide_lo, wide_hi) = super::place::widened(&figure.expect);
    let whole = analyst.measure(cell, &figure.of, figure.versus.as_ref());
    let values = whole.map(|estimate| estimate.values).unwrap_or_default();
    if values.iter().all(|x| *x < wide_lo) || values.iter().all(|x| *x > wide_hi) {
        let is_outside = |alpha| {
            let look = Look { alpha, ..Look::ALL };
            analyst
                .measure_at(cell, &figure.of, figure.versus.as_ref(), look)
                .is_some_and(|estimate| place(&estimate, &figure.expect) == Place::Outside)
        };
        Refutation::Each {
            p: shortened(smallest(is_outside)),
        }
    } else {
        Refutation::Once {
            first: values.len(),
            second: 0,
        }
    }
}

/// Rounded up to three digits: more than the search finds, and what a file gives back as it was.
fn shortened(p: f64) -> f64 {
    let unit = 10f64.powi(p.log10().floor() as i32 - 2);
    let digits = (p / unit).ceil();
    format!("{digits}e{}", unit.log10().round())
        .parse()
        .unwrap_or(p)
}

/// The smallest error rate at which `holds`, which it does at [`ALPHA`]; smaller rates are harder.
fn smallest(holds: impl Fn(Alpha) -> bool) -> f64 {
    let (mut hard, mut easy) = (SUREST.ln(), ALPHA.get().ln());
    for _ in 0..STEPS {
        let middle = f64::midpoint(hard, easy);
        if Alpha::new(middle.exp()).is_ok_and(&holds) {
            easy = middle;
        } else {
            hard = middle;
        }
    }
    easy.exp()
}
