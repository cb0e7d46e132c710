//! Tests on ranks: a check on the t interval that does not lean on normality.
//!
//! - Wilcoxon signed-rank (Biometrics 1945): ranks of `|x|`, zeros dropped; W is the sum of ranks
//!   of positive values.
//! - Mann-Whitney U (Ann. Math. Statist. 1947): `U = R1 - n1 (n1 + 1) / 2`.
//!
//! Up to [`EXACT_MAX`] values p is exact, ties included: the permutation distribution of the very
//! midranks is counted. Above, the normal approximation with tie and continuity correction. statrs
//! has a `mannwhitneyu`, but it enumerates every combination where one side has 8 values or fewer,
//! which for 8 against 60 are seven thousand million, and is inexact on ties.

use super::PerInvocation;
use super::distribution::normal_two_sided;

/// Most values for which p is counted exactly.
pub const EXACT_MAX: usize = 25;

/// Statistic and p of a rank test.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RankTest {
    /// W of the positive values, or U of the first group.
    pub statistic: f64,
    /// Two-sided p.
    pub p_value: f64,
    /// Whether p was counted rather than approximated.
    pub exact: bool,
}

/// Are the values, say log ratios, symmetric about 0?
///
/// With nothing but zeros p is 1: nothing speaks against equality.
pub fn wilcoxon_signed_rank(values: &PerInvocation) -> RankTest {
    let nonzero: Vec<f64> = values
        .values()
        .iter()
        .copied()
        .filter(|v| *v != 0.0)
        .collect();
    let sizes: Vec<f64> = nonzero.iter().map(|v| v.abs()).collect();
    let ranks = doubled_ranks(&sizes);
    let positive: usize = ranks
        .iter()
        .zip(&nonzero)
        .filter(|(_, v)| **v > 0.0)
        .map(|(r, _)| r)
        .sum();
    let total: usize = ranks.iter().sum();
    let exact = ranks.len() <= EXACT_MAX;
    let p_value = if exact {
        let mut ways = vec![0.0; total + 1];
        ways[0] = 1.0;
        for &rank in &ranks {
            for sum in (rank..=total).rev() {
                ways[sum] += ways[sum - rank];
            }
        }
        two_sided(&ways, positive, total)
    } else {
        // A quarter of the sum of squared ranks, which corrects for ties by itself; ranks are doubled.
        let variance = ranks.iter().map(|&r| (r * r) as f64).sum::<f64>() / 16.0;
        let distance = (positive as f64 / 2.0 - total as f64 / 4.0).abs();
        normal_two_sided((distance - 0.5).max(0.0) / variance.sqrt())
    };
    RankTest {
        statistic: positive as f64 / 2.0,
        p_value,
        exact,
    }
}

/// Does one unpaired group tend to larger values than the other?
///
/// It tests order, not the ratio that a claim states.
pub fn mann_whitney(first: &PerInvocation, second: &PerInvocation) -> RankTest {
    let (n1, n2) = (first.len(), second.len());
    let n = n1 + n2;
    let all: Vec<f64> = first
        .values()
        .iter()
        .chain(second.values())
        .copied()
        .collect();
    let ranks = doubled_ranks(&all);
    let observed: usize = ranks[..n1].iter().sum();
    let statistic = observed as f64 / 2.0 - (n1 * (n1 + 1)) as f64 / 2.0;
    let exact = n <= EXACT_MAX;
    let p_value = if exact {
        let total: usize = ranks.iter().sum();
        // ways[k][s]: choices of k values whose doubled ranks sum to s.
        let mut ways = vec![vec![0.0; total + 1]; n1 + 1];
        ways[0][0] = 1.0;
        for &rank in &ranks {
            for k in (1..=n1).rev() {
                for sum in rank..=total {
                    ways[k][sum] += ways[k - 1][sum - rank];
                }
            }
        }
        two_sided(&ways[n1], observed, n1 * (n + 1) * 2)
    } else {
        let (a, b, m) = (n1 as f64, n2 as f64, n as f64);
        let ties: f64 = tie_sizes(&all).map(|t| t * t * t - t).sum();
        let variance = a * b / 12.0 * ((m + 1.0) - ties / (m * (m - 1.0)));
        let distance = ((statistic - a * b / 2.0).abs() - 0.5).max(0.0);
        if variance > 0.0 {
            normal_two_sided(distance / variance.sqrt())
        } else {
            1.0
        }
    };
    RankTest {
        statistic,
        p_value,
        exact,
    }
}

/// Share of the counted ways that lie at least as far from the middle, `doubled_mean / 2`.
fn two_sided(ways: &[f64], observed: usize, doubled_mean: usize) -> f64 {
    let far = (2 * observed).abs_diff(doubled_mean);
    let all: f64 = ways.iter().sum();
    let extreme: f64 = ways
        .iter()
        .enumerate()
        .filter(|(sum, _)| (2 * sum).abs_diff(doubled_mean) >= far)
        .map(|(_, count)| count)
        .sum();
    extreme / all
}

/// Twice the rank of each value; equal values share the mean of their ranks, hence the doubling.
fn doubled_ranks(values: &[f64]) -> Vec<usize> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    values
        .iter()
        .map(|value| {
            let below = sorted.partition_point(|other| other < value);
            let not_above = sorted.partition_point(|other| other <= value);
            below + not_above + 1
        })
        .collect()
}

/// Sizes of the groups of equal values.
pub(super) fn tie_sizes(values: &[f64]) -> impl Iterator<Item = f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let sizes: Vec<f64> = sorted
        .chunk_by(|a, b| a == b)
        .map(|group| group.len() as f64)
        .collect();
    sizes.into_iter()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn midranks_are_shared() {
        assert_eq!(doubled_ranks(&[3.0, 1.0, 3.0, 2.0]), [7, 2, 7, 4]);
    }

    #[test]
    fn nothing_but_zeros_is_no_evidence() {
        let zeros = PerInvocation::new(vec![0.0; 6]).unwrap();
        assert_eq!(wilcoxon_signed_rank(&zeros).p_value, 1.0);
    }

    #[test]
    fn equal_groups_are_no_evidence_at_any_size() {
        for n in [4, 40] {
            let group = PerInvocation::new(vec![5.0; n]).unwrap();
            assert_eq!(mann_whitney(&group, &group).p_value, 1.0, "n={n}");
        }
    }

    #[test]
    fn smallest_p_of_small_groups() {
        // benchstat's documented minimum: 0.1 for 3 against 3, 0.029 for 4 against 4.
        for (n, smallest) in [(3, 0.1), (4, 2.0 / 70.0)] {
            let low = PerInvocation::new((0..n).map(f64::from).collect()).unwrap();
            let high = PerInvocation::new((0..n).map(|v| f64::from(v + n)).collect()).unwrap();
            let test = mann_whitney(&low, &high);
            assert!(test.exact && (test.p_value - smallest).abs() < 1e-12);
        }
    }
}
