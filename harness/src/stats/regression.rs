//! Lines through points: what one more goroutine, byte or map entry costs.
//!
//! They describe one process or one block; the slope of each is then the one value that goes into
//! [`super::PerInvocation`]. Hence no standard errors here: those of a fit within one process would be
//! pseudo-replication.

use super::quantile::median;

/// `y = intercept + slope * x`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Line {
    /// Change of y for one more x.
    pub slope: f64,
    /// y at x = 0.
    pub intercept: f64,
}

impl Line {
    /// The line's y at `x`.
    pub fn at(&self, x: f64) -> f64 {
        self.intercept + self.slope * x
    }
}

/// Ordinary least squares with intercept, about the means so that large x do not cancel.
///
/// `None` unless there are two different x.
pub fn least_squares(points: &[(f64, f64)]) -> Option<Line> {
    let n = points.len() as f64;
    let mean_x = points.iter().map(|p| p.0).sum::<f64>() / n;
    let mean_y = points.iter().map(|p| p.1).sum::<f64>() / n;
    let (squares, products) = points
        .iter()
        .fold((0.0, 0.0), |(squares, products), (x, y)| {
            let dx = x - mean_x;
            (squares + dx * dx, products + dx * (y - mean_y))
        });
    let slope = products / squares;
    (squares > 0.0 && slope.is_finite()).then_some(Line {
        slope,
        intercept: mean_y - slope * mean_x,
    })
}

/// Theil-Sen: the median of the slopes of all pairs of points, the median of `y - slope * x` as
/// intercept (Theil 1950; Sen, JASA 1968). Up to 29 % of the points may be anywhere.
///
/// `None` unless there are two different x.
pub fn theil_sen(points: &[(f64, f64)]) -> Option<Line> {
    let mut slopes = Vec::new();
    for (i, a) in points.iter().enumerate() {
        for b in &points[i + 1..] {
            if a.0 != b.0 {
                slopes.push((b.1 - a.1) / (b.0 - a.0));
            }
        }
    }
    let slope = median(&slopes)?;
    let rest: Vec<f64> = points.iter().map(|(x, y)| y - slope * x).collect();
    Some(Line {
        slope,
        intercept: median(&rest)?,
    })
}

/// The x at which two lines meet: from what size on one way is the cheaper.
///
/// `None` for parallel lines.
pub fn crossover(a: Line, b: Line) -> Option<f64> {
    let x = (b.intercept - a.intercept) / (a.slope - b.slope);
    x.is_finite().then_some(x)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_line_through_one_x() {
        for fit in [least_squares, theil_sen] {
            assert_eq!(fit(&[]), None);
            assert_eq!(fit(&[(1.0, 2.0)]), None);
            assert_eq!(fit(&[(1.0, 2.0), (1.0, 5.0)]), None);
        }
    }

    #[test]
    fn theil_sen_shrugs_off_an_outlier() {
        let mut points: Vec<(f64, f64)> = (0..9)
            .map(|x| (f64::from(x), 3.0 * f64::from(x) + 1.0))
            .collect();
        points[8].1 = 1e6;
        let line = theil_sen(&points).unwrap();
        assert_eq!((line.slope, line.intercept), (3.0, 1.0));
        assert!(least_squares(&points).unwrap().slope > 1000.0);
    }

    #[test]
    fn lines_cross_or_never_do() {
        let flat = Line {
            slope: 0.0,
            intercept: 6.0,
        };
        let steep = Line {
            slope: 2.0,
            intercept: 0.0,
        };
        assert_eq!(crossover(flat, steep), Some(3.0));
        assert_eq!(steep.at(3.0), flat.at(3.0));
        assert_eq!(crossover(flat, flat), None);
    }
}
