//! Values of SciPy 1.17.1 and NumPy 2.4.6, printed by `scripts/reference-values.py`: the comment before
//! each is the line that gave it.

use harness::stats::regression::{least_squares, theil_sen};
use harness::stats::{Alpha, Interval, correction, counts, drift, interval, quantile, rank};

use super::sample;

pub const LATENCY: [f64; 10] = [12.1, 9.8, 11.4, 10.9, 15.2, 10.1, 9.9, 13.3, 10.4, 11.0];
const LOG_RATIOS: [f64; 12] = [
    0.12, -0.03, 0.25, 0.07, 0.18, -0.11, 0.31, 0.02, 0.09, 0.21, 0.16, -0.05,
];
const TIED: [f64; 10] = [1.0, 1.0, -2.0, 3.0, 3.0, 0.0, 2.0, 4.0, -1.0, 5.0];
pub const FIRST: [f64; 5] = [19.0, 22.0, 16.0, 29.0, 24.0];
pub const SECOND: [f64; 4] = [20.0, 11.0, 17.0, 12.0];
const P_VALUES: [f64; 7] = [0.01, 0.04, 0.03, 0.005, 0.2, 0.9, 0.04];
const POINTS: [(f64, f64); 5] = [
    (1.0, 2.3),
    (2.0, 3.9),
    (4.0, 8.4),
    (8.0, 15.6),
    (16.0, 33.0),
];

fn long() -> Vec<f64> {
    (0..40)
        .map(|i| f64::from(i * 37 % 101 - 40) / 10.0)
        .collect()
}

pub fn near(got: f64, expected: f64) {
    assert!(
        (got - expected).abs() <= 1e-9 * expected.abs().max(1e-3),
        "{got} instead of {expected}"
    );
}

pub fn ends(interval: Interval, lo: f64, hi: f64) {
    near(interval.lo, lo);
    near(interval.hi, hi);
}

pub fn alpha(rate: f64) -> Alpha {
    Alpha::new(rate).unwrap()
}

#[test]
fn type_7_quantiles() {
    // [float(np.quantile(LATENCY, p, method='linear')) for p in (0, 0.25, 0.5, 0.9, 0.99, 1)]
    let sorted = sample(&LATENCY).sorted();
    for (p, expected) in [
        (0.0, 9.8),
        (0.25, 10.175),
        (0.5, 10.95),
        (0.9, 13.49),
        (0.99, 15.029),
        (1.0, 15.2),
    ] {
        near(quantile::quantile(&sorted, p).unwrap(), expected);
    }
}

#[test]
fn type_7_quantiles_of_r() {
    // R: quantile(mtcars$mpg)
    let mpg = [
        21.0, 21.0, 22.8, 21.4, 18.7, 18.1, 14.3, 24.4, 22.8, 19.2, 17.8, 16.4, 17.3, 15.2, 10.4,
        10.4, 14.7, 32.4, 30.4, 33.9, 21.5, 15.5, 15.2, 13.3, 19.2, 27.3, 26.0, 30.4, 15.8, 19.7,
        15.0, 21.4,
    ];
    let sorted = sample(&mpg).sorted();
    for (p, expected) in [
        (0.0, 10.4),
        (0.25, 15.425),
        (0.5, 19.2),
        (0.75, 22.8),
        (1.0, 33.9),
    ] {
        near(quantile::quantile(&sorted, p).unwrap(), expected);
    }
}

#[test]
fn quantiles_over_operations() {
    // [float(np.quantile(np.repeat([1.5, 2.5, 4.0], [3, 5, 2]), p)) for p in (0.1, 0.25, 0.5, 0.75, 0.8, 0.9)]
    let samples = [(4.0, 2), (1.5, 3), (2.5, 5)];
    for (p, expected) in [
        (0.1, 1.5),
        (0.25, 1.75),
        (0.5, 2.5),
        (0.75, 2.5),
        (0.8, 2.8),
        (0.9, 4.0),
    ] {
        near(quantile::weighted_quantile(&samples, p).unwrap(), expected);
    }
}

#[test]
fn t_intervals() {
    let latency = sample(&LATENCY);
    // stats.ttest_1samp(LATENCY, 0).confidence_interval(0.95)
    let at_95 = interval::t_interval(&latency, Alpha::FIVE_PERCENT);
    ends(at_95, 10.183673402359306, 12.636326597640695);
    // stats.ttest_1samp(LATENCY, 0).confidence_interval(0.99)
    let at_99 = interval::t_interval(&latency, alpha(0.01));
    ends(at_99, 9.648248063329635, 13.171751936670365);
    // stats.ttest_1samp(LATENCY[:2], 0).confidence_interval(0.95)
    let of_two = interval::t_interval(&sample(&LATENCY[..2]), Alpha::FIVE_PERCENT);
    ends(of_two, -3.6621354466008924, 25.56213544660089);
}

#[test]
fn order_statistic_interval_of_the_median() {
    // stats.quantile_test(LATENCY).confidence_interval(level) gives 9.9 and 13.3 from 1 - 2 * 11 / 1024 on,
    // where nothing is left to interpolate.
    let level = alpha(2.0 * 11.0 / 1024.0);
    ends(
        interval::median_interval(&sample(&LATENCY), level),
        9.9,
        13.3,
    );
}

#[test]
fn wilcoxon() {
    // stats.wilcoxon(LOG_RATIOS, method='exact'); SciPy gives the smaller sum, 11 of 78
    let test = rank::wilcoxon_signed_rank(&sample(&LOG_RATIOS));
    assert!(test.exact);
    near(test.statistic, 78.0 - 11.0);
    near(test.p_value, 0.02685546875);
    // exact(stats.wilcoxon, TIED); 6.5 of 45
    let test = rank::wilcoxon_signed_rank(&sample(&TIED));
    assert!(test.exact);
    near(test.statistic, 45.0 - 6.5);
    near(test.p_value, 0.0703125);
    // stats.wilcoxon(LONG, method='approx', correction=True)
    let test = rank::wilcoxon_signed_rank(&sample(&long()));
    assert!(!test.exact);
    near(test.p_value, 0.06049401522095768);
}

#[test]
fn mann_whitney() {
    // stats.mannwhitneyu(FIRST, SECOND, method='exact')
    let test = rank::mann_whitney(&sample(&FIRST), &sample(&SECOND));
    near(test.statistic, 17.0);
    near(test.p_value, 0.1111111111111111);
    // exact(stats.mannwhitneyu, FIRST, [22.0, 11.0, 16.0, 12.0])
    let test = rank::mann_whitney(&sample(&FIRST), &sample(&[22.0, 11.0, 16.0, 12.0]));
    near(test.statistic, 17.0);
    near(test.p_value, 0.12698412698412698);
    // stats.mannwhitneyu(LONG[:22], LONG[18:], method='asymptotic')
    let test = rank::mann_whitney(&sample(&long()[..22]), &sample(&long()[18..]));
    assert!(!test.exact);
    near(test.statistic, 222.0);
    near(test.p_value, 0.6471099744402661);
}

#[test]
fn goodness_of_fit() {
    // stats.chisquare([43, 52, 54, 40], [189 / 4] * 4)
    let fit = counts::goodness_of_fit(&[43, 52, 54, 40], &[0.25; 4]).unwrap();
    near(fit.statistic, 2.9365079365079363);
    near(fit.p_value, 0.4015183527259283);
    // stats.chisquare([5, 20, 75], [10, 20, 70])
    let fit = counts::goodness_of_fit(&[5, 20, 75], &[0.1, 0.2, 0.7]).unwrap();
    near(fit.statistic, 2.857142857142857);
    near(fit.p_value, 0.23965103644177582);
    near(fit.smallest_expected, 10.0);
}

#[test]
fn binomial() {
    // stats.binomtest(3, 15, 0.1).pvalue, and so on
    for (successes, trials, chance, expected) in [
        (3, 15, 0.1, 0.18406106910639106),
        (60, 100, 0.5, 0.05688793364098089),
        (480, 1000, 0.5, 0.2174482932041415),
    ] {
        near(
            counts::binomial_test(successes, trials, chance).unwrap(),
            expected,
        );
    }
    // stats.binomtest(3, 15).proportion_ci(0.95, method='exact'), and so on
    for (successes, trials, rate, lo, hi) in [
        (3, 15, 0.05, 0.04331200510583602, 0.48089113380685317),
        (0, 20, 0.05, 0.0, 0.16843347098308548),
        (480, 1000, 0.01, 0.4389815435235648, 0.5212114960011579),
    ] {
        ends(
            counts::clopper_pearson(successes, trials, alpha(rate)).unwrap(),
            lo,
            hi,
        );
    }
}

#[test]
fn corrections() {
    // holm(P_VALUES)
    let expected = [0.06, 0.16, 0.15, 0.035, 0.4, 0.9, 0.16];
    for (got, expected) in correction::holm(&P_VALUES).into_iter().zip(expected) {
        near(got, expected);
    }
    // stats.false_discovery_control(P_VALUES, method='bh').tolist()
    let expected = [0.035, 0.056, 0.056, 0.035, 0.7 / 3.0, 0.9, 0.056];
    for (got, expected) in correction::benjamini_hochberg(&P_VALUES)
        .into_iter()
        .zip(expected)
    {
        near(got, expected);
    }
}

#[test]
fn lines() {
    // stats.linregress(X, Y)
    let line = least_squares(&POINTS).unwrap();
    near(line.slope, 2.0474462365591397);
    near(line.intercept, -0.054166666666665364);
    // stats.theilslopes(Y, X, method='joint')
    let line = theil_sen(&POINTS).unwrap();
    near(line.slope, 2.04);
    near(line.intercept, 0.24);
}

#[test]
fn trends() {
    // stats.kendalltau(range(12), LOG_RATIOS, method='exact').pvalue
    near(
        drift::check(&sample(&LOG_RATIOS)).trend_p,
        0.9465592891547753,
    );
    // mann_kendall(TIED)
    let tied = drift::check(&sample(&TIED));
    assert_eq!(tied.s, 13);
    near(tied.trend_p, 0.27925094536873785);
    // mann_kendall(LONG)
    let long = drift::check(&sample(&long()));
    assert_eq!(long.s, 82);
    near(long.trend_p, 0.3453056974481019);
}
