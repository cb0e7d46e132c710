#!/usr/bin/env python3
"""Prints the reference values that harness/tests/stats/reference.rs holds.

    python3 -m venv venv && venv/bin/pip install numpy scipy && venv/bin/python scripts/reference-values.py

Each line is the expression and its value, so that a constant can be traced and repeated.
Made with SciPy 1.17.1 and NumPy 2.4.6.
"""

from itertools import combinations

import numpy as np
from scipy import optimize, stats

LATENCY = [12.1, 9.8, 11.4, 10.9, 15.2, 10.1, 9.9, 13.3, 10.4, 11.0]
LOG_RATIOS = [0.12, -0.03, 0.25, 0.07, 0.18, -0.11, 0.31, 0.02, 0.09, 0.21, 0.16, -0.05]
TIED = [1.0, 1.0, -2.0, 3.0, 3.0, 0.0, 2.0, 4.0, -1.0, 5.0]
LONG = [((i * 37) % 101 - 40) / 10 for i in range(40)]
FIRST = [19.0, 22.0, 16.0, 29.0, 24.0]
SECOND = [20.0, 11.0, 17.0, 12.0]
P_VALUES = [0.01, 0.04, 0.03, 0.005, 0.2, 0.9, 0.04]
X = [1.0, 2.0, 4.0, 8.0, 16.0]
Y = [2.3, 3.9, 8.4, 15.6, 33.0]


def holm(ps):
    """Holm's adjustment by its definition: closed testing, a Bonferroni test of every subset."""
    indices = range(len(ps))
    subsets = [s for r in range(1, len(ps) + 1) for s in combinations(indices, r)]
    return [max(min(1.0, len(s) * min(ps[j] for j in s)) for s in subsets if i in s) for i in indices]


def exact(test, *samples, **options):
    """A rank test over every permutation, ties included."""
    every = stats.PermutationMethod(n_resamples=np.inf)
    return test(*samples, method=every, **options)


def mann_kendall(values):
    """S and its p with continuity correction; the tie-corrected variance is SciPy's."""
    n = len(values)
    s = sum(int(np.sign(values[j] - values[i])) for i, j in combinations(range(n), 2))
    z = stats.norm.isf(stats.kendalltau(range(n), values, method="asymptotic").pvalue / 2)
    return s, float(2 * stats.norm.sf((abs(s) - 1) / (abs(s) / z)))


def yuen(values):
    """20 % trimmed mean, its squared standard error from the winsorised variance, and how many values are left."""
    kept = len(values) - 2 * (len(values) // 5)
    winsorised = stats.mstats.winsorize(np.array(values), limits=(0.2, 0.2))
    return stats.trim_mean(values, 0.2), np.var(winsorised, ddof=1) * (len(values) - 1) / (kept * (kept - 1)), kept


def fieller(a, b, alpha):
    """The factors r for which mean(b) - r mean(a) may be 0, by root finding; 20 % trimmed means, degrees of freedom at the estimate."""
    (mean_a, u, m), (mean_b, v, n) = yuen(a), yuen(b)
    center = mean_b / mean_a
    w = center**2 * u
    freedom = (w + v) ** 2 / (w**2 / (m - 1) + v**2 / (n - 1))
    t = stats.t.ppf(1 - alpha / 2, freedom)
    excess = lambda r: abs(mean_b - r * mean_a) - t * np.sqrt(v + r**2 * u)
    return [float(optimize.brentq(excess, center, end, xtol=1e-14)) for end in (center - 0.5, center + 0.5)]


EXPRESSIONS = """
[float(np.quantile(LATENCY, p, method='linear')) for p in (0, 0.25, 0.5, 0.9, 0.99, 1)]
[float(np.quantile(np.repeat([1.5, 2.5, 4.0], [3, 5, 2]), p)) for p in (0.1, 0.25, 0.5, 0.75, 0.8, 0.9)]
stats.ttest_1samp(LATENCY, 0).confidence_interval(0.95)
stats.ttest_1samp(LATENCY, 0).confidence_interval(0.99)
stats.ttest_1samp(LATENCY[:2], 0).confidence_interval(0.95)
stats.quantile_test(LATENCY).confidence_interval(0.95)
stats.wilcoxon(LOG_RATIOS, method='exact')
exact(stats.wilcoxon, TIED)
stats.wilcoxon(LONG, method='approx', correction=True)
stats.mannwhitneyu(FIRST, SECOND, method='exact')
exact(stats.mannwhitneyu, FIRST, [22.0, 11.0, 16.0, 12.0])
stats.mannwhitneyu(LONG[:22], LONG[18:], method='asymptotic')
np.exp(stats.ttest_ind(np.log(SECOND), np.log(FIRST[:4]), equal_var=False).confidence_interval(0.95)).tolist()
np.exp(stats.ttest_ind(np.log(LATENCY), np.log(FIRST), equal_var=False, trim=0.2).confidence_interval(0.99)).tolist()
stats.ttest_ind(np.log(LATENCY), np.log(np.divide(FIRST, 1.05)), equal_var=False, trim=0.2).pvalue
fieller(FIRST, LATENCY, 0.05)
stats.ttest_ind(LATENCY, np.divide(FIRST, 1.05), equal_var=False, trim=0.2).pvalue
stats.chisquare([43, 52, 54, 40], [189 / 4] * 4)
stats.chisquare([5, 20, 75], [10, 20, 70])
stats.binomtest(3, 15, 0.1).pvalue
stats.binomtest(60, 100, 0.5).pvalue
stats.binomtest(480, 1000, 0.5).pvalue
stats.binomtest(3, 15).proportion_ci(0.95, method='exact')
stats.binomtest(0, 20).proportion_ci(0.95, method='exact')
stats.binomtest(480, 1000).proportion_ci(0.99, method='exact')
holm(P_VALUES)
stats.false_discovery_control(P_VALUES, method='bh').tolist()
stats.linregress(X, Y)
stats.theilslopes(Y, X, method='joint')
stats.kendalltau(range(12), LOG_RATIOS, method='exact').pvalue
mann_kendall(TIED)
mann_kendall(LONG)
"""

if __name__ == "__main__":
    for line in EXPRESSIONS.strip().splitlines():
        print(f"{line}\n    {eval(line)!r}")
