//! Statistics: what can be said of a claim from a few dozen processes, and how surely.
//!
//! Pure functions; nothing here knows of claims, cells or files. Everything that infers takes
//! [`PerInvocation`], one value per process, so that the thousands of samples within one process
//! can't pass for replication. Randomness comes from a generator that the caller seeds.
//!
//! | question | function | method and source |
//! |---|---|---|
//! | Where does the median lie, however often I look? | [`anytime::interval`] | counting, against a uniform prior; Robbins 1970, Howard & Ramdas 2022 |
//! | And when the stream has ended? | [`anytime::at_the_end`] | half of alpha for the looks on the way, half for a sign test |
//! | Where does the median lie, at an n fixed beforehand? | [`interval::median_interval`] | interpolated order statistics; Hettmansperger & Sheather 1986 |
//! | Where does the mean lie, at an n fixed beforehand? | [`interval::t_interval`] | Student 1908 |
//! | By what factor do two cells differ? | any of these on [`Paired`] | log ratios within blocks; Kalibera & Jones 2013 |
//! | By what factor do two independent groups differ? | [`Unpaired`] | trimmed means; Yuen 1974 on logs, Fieller 1954 on a linear scale |
//! | Do ranks agree that pairs differ? | [`rank::wilcoxon_signed_rank`] | Wilcoxon 1945, exact up to 25 |
//! | Do two unpaired groups differ in order? | [`rank::mann_whitney`] | Mann & Whitney 1947, exact up to 25 |
//! | What is the p-th percentile within a process? | [`quantile::quantile`], [`quantile::weighted_quantile`] | type 7; Hyndman & Fan 1996 |
//! | How many values does that percentile need? | [`quantile::min_values_for_percentile`] | order statistics, distribution-free |
//! | And out of a histogram? | [`histogram::quantile`], [`histogram::share_at_or_below`] | bounds by bucket, interpolation inside |
//! | Is a random choice as fair as claimed? | [`counts::goodness_of_fit`], [`counts::binomial_test`] | Pearson 1900; exact binomial |
//! | How large is the share of successes? | [`counts::clopper_pearson`] | Clopper & Pearson 1934 |
//! | What does one more unit cost? | [`regression::least_squares`], [`regression::theil_sen`] | Gauss; Theil 1950, Sen 1968 |
//! | Where do two lines cross? | [`regression::crossover`] | |
//! | Did the machine drift during the run? | [`drift::check`] | Mann 1945, Kendall 1975; Mann-Whitney of the halves |
//! | Many claims at once? | [`correction::holm`], [`correction::benjamini_hochberg`] | Holm 1979; Benjamini & Hochberg 1995 |
//!
//! The reference values in `tests/stats` are SciPy's; `scripts/reference-values.py` prints them again.

pub mod anytime;
pub mod correction;
pub mod counts;
mod distribution;
pub mod drift;
mod error;
pub mod histogram;
pub mod interval;
mod mixture_t;
mod per_invocation;
pub mod quantile;
pub mod rank;
pub mod regression;
mod unpaired;

pub use error::StatsError;
pub use interval::{Alpha, Interval};
pub use per_invocation::{Paired, PerInvocation};
pub use unpaired::{UNPAIRED_MIN, Unpaired};
