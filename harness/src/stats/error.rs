//! Why a figure can't be computed.

/// Input that has no answer.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum StatsError {
    /// There is nothing to compute from.
    #[error("no values: at least one invocation is needed")]
    Empty,
    /// NaN or an infinity among the values.
    #[error("value {index} is {value}: only finite numbers can be used")]
    NotFinite {
        /// Position, from 0.
        index: usize,
        /// The value.
        value: f64,
    },
    /// A logarithm of zero or of a negative value was asked for.
    #[error("value {index} is {value}: a log scale takes positive values only, use a linear scale")]
    NotPositive {
        /// Position, from 0.
        index: usize,
        /// The value.
        value: f64,
    },
    /// The sides of a pair have different lengths.
    #[error("{left} values against {right}: pairs need one value a block on both sides")]
    Unpaired {
        /// Values of the numerator.
        left: usize,
        /// Values of the denominator.
        right: usize,
    },
    /// The method is not valid for so few values.
    #[error("{have} values, this method needs {need}: measure more invocations")]
    TooFew {
        /// How many there are.
        have: usize,
        /// How many it takes.
        need: usize,
    },
    /// An error rate outside of (0, 1).
    #[error("an error rate of {0} is not between 0 and 1")]
    Alpha(f64),
    /// A probability outside of its range.
    #[error("{0} is no probability, or the probabilities do not sum to 1")]
    Probability(f64),
    /// More successes than trials.
    #[error("{successes} successes in {trials} trials")]
    MoreSuccessesThanTrials {
        /// Counted successes.
        successes: u64,
        /// Counted trials.
        trials: u64,
    },
    /// Bounds and counts that make no histogram.
    #[error("not a histogram: {0}")]
    Histogram(&'static str),
}
