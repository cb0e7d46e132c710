//! Samples by column: what an invocation keeps of its `sample` records.
//!
//! A record a sample would take a hundred bytes a sample in the journal and more in memory; a column takes ten and eight.

use std::cell::RefCell;
use std::fmt;

use serde::de::{SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{Phase, Sample};
use crate::units::Unit;

/// All samples of an invocation that agree in metric, unit, phase and in whether they have a place, in the order in
/// which they were printed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Samples {
    /// A metric that the experiment declares.
    pub metric: String,
    /// Unit of `values`.
    pub unit: Unit,
    /// Part of the figure or not.
    pub phase: Phase,
    /// How many operations each value covers.
    pub ops: Ops,
    /// Totals over the operations, in `unit`.
    #[serde(serialize_with = "write_column", deserialize_with = "read_column")]
    pub values: Vec<f64>,
    /// Where in the invocation each was taken; absent where the program does not say.
    #[serde(
        default,
        skip_serializing_if = "Vec::is_empty",
        serialize_with = "write_column",
        deserialize_with = "read_column"
    )]
    pub at: Vec<f64>,
}

/// Operations of samples: nearly always the same for all.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(untagged)]
pub enum Ops {
    /// Of every sample.
    Same(u64),
    /// Of each.
    Each(Vec<u64>),
}

impl Ops {
    /// Of the sample with this index.
    pub fn get(&self, index: usize) -> u64 {
        match self {
            Ops::Same(ops) => *ops,
            Ops::Each(each) => each.get(index).copied().unwrap_or(1),
        }
    }

    fn push(&mut self, len: usize, ops: u64) {
        match self {
            Ops::Same(same) if *same == ops => {}
            Ops::Same(same) => {
                let mut each = vec![*same; len];
                each.push(ops);
                *self = Ops::Each(each);
            }
            Ops::Each(each) => each.push(ops),
        }
    }
}

impl Samples {
    /// Number of samples.
    pub fn len(&self) -> usize {
        self.values.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// Whether they are part of the figure of `metric`.
    pub fn measure(&self, metric: &str) -> bool {
        self.phase == Phase::Measure && self.metric == metric
    }

    /// The value of one operation, by sample.
    pub fn per_op(&self) -> impl Iterator<Item = f64> {
        self.values
            .iter()
            .enumerate()
            .map(|(i, value)| value / self.ops.get(i) as f64)
    }

    /// Place and value of one operation, by sample; empty without places.
    pub fn places(&self) -> impl Iterator<Item = (f64, f64)> {
        self.at.iter().copied().zip(self.per_op())
    }

    /// Whether the columns are of one length, as those of a damaged journal may not be.
    pub fn is_whole(&self) -> bool {
        let fits = |len: usize| len == self.values.len();
        let ops = match &self.ops {
            Ops::Same(_) => true,
            Ops::Each(each) => fits(each.len()),
        };
        ops && (self.at.is_empty() || fits(self.at.len()))
    }

    /// Adds `sample` to its column in `all`, or begins one.
    pub(super) fn add(all: &mut Vec<Samples>, sample: Sample) {
        let column = all.iter_mut().find(|c| {
            c.metric == sample.metric
                && c.unit == sample.unit
                && c.phase == sample.phase
                && c.at.is_empty() == sample.at.is_none()
        });
        match column {
            Some(column) => {
                column.ops.push(column.values.len(), sample.ops);
                column.values.push(sample.value);
                column.at.extend(sample.at);
            }
            None => all.push(Samples {
                metric: sample.metric,
                unit: sample.unit,
                phase: sample.phase,
                ops: Ops::Same(sample.ops),
                values: vec![sample.value],
                at: sample.at.into_iter().collect(),
            }),
        }
    }
}

/// Whole numbers without `.0`: two bytes of ten.
fn write_column<S: Serializer>(values: &[f64], serializer: S) -> Result<S::Ok, S::Error> {
    /// Beyond it not every whole number is a float.
    const EXACT: f64 = 9_007_199_254_740_992.0;

    struct Number(f64);

    impl Serialize for Number {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            let whole = self.0.fract() == 0.0 && self.0.abs() < EXACT;
            // -0 is no whole number.
            if whole && (self.0 != 0.0 || self.0.is_sign_positive()) {
                serializer.serialize_i64(self.0 as i64)
            } else {
                serializer.serialize_f64(self.0)
            }
        }
    }

    serializer.collect_seq(values.iter().copied().map(Number))
}

thread_local! {
    /// Columns are read into one vector that grows once, and copied to their exact length: a vector of their own
    /// would end up with up to twice the memory that it needs.
    static SCRATCH: RefCell<Vec<f64>> = const { RefCell::new(Vec::new()) };
}

fn read_column<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<f64>, D::Error> {
    struct Column;

    impl<'de> Visitor<'de> for Column {
        type Value = Vec<f64>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("an array of numbers")
        }

        fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<Vec<f64>, A::Error> {
            SCRATCH.with_borrow_mut(|scratch| {
                scratch.clear();
                while let Some(value) = sequence.next_element()? {
                    scratch.push(value);
                }
                Ok(scratch.as_slice().to_vec())
            })
        }
    }

    deserializer.deserialize_seq(Column)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(ops: u64, value: f64, at: Option<f64>) -> Sample {
        Sample {
            metric: "insert".into(),
            unit: Unit::Nanosecond,
            phase: Phase::Measure,
            ops,
            value,
            at,
        }
    }

    #[test]
    fn samples_with_and_without_a_place_are_columns_of_their_own() {
        let mut all = Vec::new();
        for s in [
            sample(2, 10.0, None),
            sample(2, 12.0, Some(4.0)),
            sample(3, 30.0, None),
        ] {
            Samples::add(&mut all, s);
        }
        assert_eq!(all.len(), 2);
        assert_eq!(all[0].ops, Ops::Each(vec![2, 3]));
        assert_eq!(all[0].per_op().collect::<Vec<_>>(), [5.0, 10.0]);
        assert_eq!(all[1].places().collect::<Vec<_>>(), [(4.0, 6.0)]);
        assert!(all.iter().all(Samples::is_whole));
    }

    #[test]
    fn numbers_come_back_bit_by_bit() {
        let mut all = Vec::new();
        let values = [
            0.0,
            -0.0,
            1.0,
            -7.0,
            0.1 + 0.2,
            1e300,
            9_007_199_254_740_993.0,
            f64::MIN_POSITIVE,
        ];
        for value in values {
            Samples::add(&mut all, sample(1, value, None));
        }
        let text = serde_json::to_string(&all).unwrap();
        assert!(text.contains("[0,-0.0,1,-7,0.3"), "{text}");
        let again: Vec<Samples> = serde_json::from_str(&text).unwrap();
        let bits = |s: &[Samples]| {
            s[0].values
                .iter()
                .map(|v| v.to_bits())
                .collect::<Vec<u64>>()
        };
        assert_eq!(bits(&again), bits(&all));
    }
}
