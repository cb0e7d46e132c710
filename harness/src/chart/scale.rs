//! From values to pixels, and where the ticks stand.

use crate::units::Unit;

/// Maps values between `lo` and `hi` to pixels between `from` and `to`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Scale {
    pub log: bool,
    pub lo: f64,
    pub hi: f64,
    pub from: f64,
    pub to: f64,
}

impl Scale {
    /// The pixel of `value`. Infinite values and those outside go to the nearer end.
    pub fn at(&self, value: f64) -> f64 {
        let share = if self.log {
            if value <= 0.0 {
                0.0
            } else {
                (value / self.lo).ln() / (self.hi / self.lo).ln()
            }
        } else {
            (value - self.lo) / (self.hi - self.lo)
        };
        self.from + share.clamp(0.0, 1.0) * (self.to - self.from)
    }

    /// Whether `value` lies on the axis.
    pub fn shows(&self, value: f64) -> bool {
        value >= self.lo && value <= self.hi
    }
}

/// Whether an axis of this kind has a place for `value`.
pub(super) fn drawable(value: f64, log: bool) -> bool {
    // Beyond these the axis itself, with some air, would no longer be finite.
    value.abs() < 1e300 && (!log || value > 1e-300)
}

/// The ends of an axis that shows all `values` with some air, or `None` where nothing can be drawn.
pub(super) fn domain(values: impl Iterator<Item = f64>, log: bool) -> Option<(f64, f64)> {
    let (lo, hi) = values
        .filter(|v| drawable(*v, log))
        .fold((f64::INFINITY, f64::NEG_INFINITY), |(lo, hi), v| {
            (lo.min(v), hi.max(v))
        });
    if lo > hi {
        return None;
    }
    if log {
        let air = ((hi / lo).ln() * 0.05).max(0.15).exp();
        return Some((lo / air, hi * air));
    }
    let span = hi - lo;
    // Near zero an axis that starts elsewhere would exaggerate.
    if lo >= 0.0 && lo <= 0.5 * hi {
        return Some((0.0, if hi > 0.0 { hi * 1.05 } else { 1.0 }));
    }
    let air = (span * 0.08).max(hi.abs().max(lo.abs()) * 0.02);
    Some((lo - air, hi + air))
}

/// A tick; minor ones have no label.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Tick {
    pub value: f64,
    pub label: String,
}

/// Ticks within `lo..=hi`, at most about `room` of them labelled.
pub(super) fn ticks(unit: Unit, log: bool, lo: f64, hi: f64, room: usize) -> Vec<Tick> {
    let room = room.max(2);
    let ticks = match (log, unit) {
        (true, Unit::Byte) if (hi / lo).log2() >= 3.0 => octaves(lo, hi, room),
        (true, Unit::Nanosecond | Unit::One | Unit::PerSecond) if (hi / lo).log10() >= 1.0 => {
            decades(unit, lo, hi, room)
        }
        _ => even(unit, lo, hi, room),
    };
    ticks
        .into_iter()
        .filter(|t| t.value >= lo - lo.abs() * 1e-9 && t.value <= hi + hi.abs() * 1e-9)
        .collect()
}

fn octaves(lo: f64, hi: f64, room: usize) -> Vec<Tick> {
    let (first, last) = (lo.log2().ceil() as i32, hi.log2().floor() as i32);
    let step = (last - first + 1).max(1).div_euclid(room as i32) + 1;
    (first..=last)
        .filter(|e| e.rem_euclid(step) == 0)
        .map(|e| {
            let value = 2f64.powi(e);
            Tick {
                value,
                label: label(Unit::Byte, value, value, value),
            }
        })
        .collect()
}

fn decades(unit: Unit, lo: f64, hi: f64, room: usize) -> Vec<Tick> {
    let (first, last) = (lo.log10().floor() as i32, hi.log10().ceil() as i32);
    let span = (hi / lo).log10();
    let step = (span / room as f64).ceil().max(1.0) as i32;
    let within: &[u32] = if span * 3.0 <= room as f64 {
        &[1, 2, 5]
    } else if span * 2.0 <= room as f64 && span < 2.0 {
        &[1, 3]
    } else {
        &[1]
    };
    (first..=last)
        .flat_map(|e| (1..10).map(move |m| (e, m)))
        // With many decades the minor ticks would be a grey bar.
        .filter(|(_, m)| span <= 7.0 || *m == 1)
        .map(|(e, m)| {
            let value = f64::from(m) * 10f64.powi(e);
            let labelled = within.contains(&m) && e.rem_euclid(step) == 0;
            Tick {
                value,
                label: if labelled {
                    label(unit, value, value, value)
                } else {
                    String::new()
                },
            }
        })
        .collect()
}

fn even(unit: Unit, lo: f64, hi: f64, room: usize) -> Vec<Tick> {
    let largest = lo.abs().max(hi.abs());
    let (scale, _) = prefix(unit, largest);
    let raw = (hi - lo) / scale / room as f64;
    if raw <= 0.0 || !raw.is_finite() {
        return Vec::new();
    }
    let power = 10f64.powf(raw.log10().floor());
    let step = [1.0, 2.0, 5.0, 10.0]
        .into_iter()
        .map(|m| m * power)
        .find(|s| *s >= raw * (1.0 - 1e-9))
        .unwrap_or(10.0 * power)
        * scale;
    let first = (lo / step).ceil() as i64;
    let last = (hi / step).floor() as i64;
    (first..=last)
        .map(|i| {
            let value = i as f64 * step;
            Tick {
                value,
                label: label(unit, value, largest, step),
            }
        })
        .collect()
}

/// Counts get SI prefixes on axes, which running text does not need.
fn prefix(unit: Unit, value: f64) -> (f64, &'static str) {
    if unit != Unit::One {
        return unit.prefix(value);
    }
    match value.abs() {
        v if v >= 1e9 => (1e9, "G"),
        v if v >= 1e6 => (1e6, "M"),
        v if v >= 1e4 => (1e3, "k"),
        _ => (1.0, ""),
    }
}

/// `value` with the prefix that fits `like`, and decimals enough to tell steps of `step` apart.
pub(super) fn label(unit: Unit, value: f64, like: f64, step: f64) -> String {
    if value == 0.0 {
        return "0".into();
    }
    let (scale, suffix) = prefix(unit, like);
    let decimals = (-(step / scale).log10() - 1e-9).ceil().clamp(0.0, 9.0) as usize;
    // 2.5 needs a decimal although it is larger than one.
    let decimals = if (value / scale * 10f64.powi(decimals as i32)).fract().abs() > 1e-6 {
        decimals + 1
    } else {
        decimals
    };
    format!("{:.decimals$}{suffix}", value / scale)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(unit: Unit, log: bool, lo: f64, hi: f64, room: usize) -> Vec<String> {
        ticks(unit, log, lo, hi, room)
            .into_iter()
            .map(|t| t.label)
            .filter(|l| !l.is_empty())
            .collect()
    }

    #[test]
    fn logarithmic_times_are_labelled_at_decades() {
        assert_eq!(
            labels(Unit::Nanosecond, true, 800.0, 2e6, 6),
            ["1 µs", "10 µs", "100 µs", "1 ms"]
        );
        assert_eq!(
            labels(Unit::Nanosecond, true, 9.0, 110.0, 6),
            ["10 ns", "20 ns", "50 ns", "100 ns"]
        );
    }

    #[test]
    fn sizes_are_labelled_at_powers_of_two() {
        assert_eq!(
            labels(Unit::Byte, true, 1000.0, 70_000.0, 8),
            [
                "1 KiB", "2 KiB", "4 KiB", "8 KiB", "16 KiB", "32 KiB", "64 KiB"
            ]
        );
        assert!(labels(Unit::Byte, true, 1.0, 1e12, 6).len() <= 7);
    }

    #[test]
    fn linear_ticks_share_one_prefix() {
        assert_eq!(
            labels(Unit::Nanosecond, false, 0.0, 2.1e6, 5),
            ["0", "0.5 ms", "1.0 ms", "1.5 ms", "2.0 ms"]
        );
        assert_eq!(
            labels(Unit::One, true, 900.0, 2e6, 6),
            ["1000", "10k", "100k", "1M"]
        );
        assert_eq!(
            labels(Unit::One, false, -0.02, 0.03, 5),
            ["-0.02", "-0.01", "0", "0.01", "0.02", "0.03"]
        );
    }

    #[test]
    fn a_short_logarithmic_range_gets_even_ticks() {
        let got = labels(Unit::Nanosecond, true, 40e3, 60e3, 5);
        assert_eq!(got, ["40 µs", "45 µs", "50 µs", "55 µs", "60 µs"]);
    }

    #[test]
    fn a_domain_drops_what_has_no_place() {
        assert_eq!(domain([0.0, -1.0].into_iter(), true), None);
        assert_eq!(domain([f64::INFINITY].into_iter(), false), None);
        let (lo, hi) = domain([5.0, 0.0, f64::INFINITY].into_iter(), true).unwrap();
        assert!(lo < 5.0 && hi > 5.0);
        assert_eq!(domain([0.0].into_iter(), false), Some((0.0, 1.0)));
    }
}
