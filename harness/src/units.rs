//! Quantities: a number never travels without its unit.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A base unit. Everything stored and computed is in one of these; prefixes exist only in text.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Hash,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    schemars::JsonSchema,
)]
pub enum Unit {
    /// Nanoseconds.
    #[serde(rename = "ns")]
    Nanosecond,
    /// Bytes.
    #[serde(rename = "B")]
    Byte,
    /// A count, a share or a ratio.
    #[serde(rename = "1")]
    One,
    /// Events a second.
    #[serde(rename = "1/s")]
    PerSecond,
}

impl Unit {
    /// The unit as the protocol and the files spell it.
    pub fn symbol(self) -> &'static str {
        match self {
            Unit::Nanosecond => "ns",
            Unit::Byte => "B",
            Unit::One => "1",
            Unit::PerSecond => "1/s",
        }
    }

    /// The factor and the suffix (with its space) that fit a value of this size, for texts in which
    /// several numbers share a prefix.
    pub fn prefix(self, value: f64) -> (f64, &'static str) {
        let steps: &[(f64, &str)] = match self {
            Unit::Nanosecond => &[(1e9, " s"), (1e6, " ms"), (1e3, " µs"), (1.0, " ns")],
            Unit::Byte => &[
                (1024.0 * 1024.0 * 1024.0, " GiB"),
                (1024.0 * 1024.0, " MiB"),
                (1024.0, " KiB"),
                (1.0, " B"),
            ],
            Unit::One => &[(1.0, "")],
            Unit::PerSecond => &[(1e9, " G/s"), (1e6, " M/s"), (1e3, " k/s"), (1.0, " /s")],
        };
        steps
            .iter()
            .find(|(scale, _)| value.abs() >= *scale)
            .or(steps.last())
            .copied()
            .unwrap_or((1.0, ""))
    }

    /// A centre with its interval for a person, e.g. `41.2 µs (38.1 to 44.5)`. The ends share the centre's prefix
    /// unless they are far from it; an interval of no width is one figure, one that is not known is said to be so.
    pub fn show_interval(self, center: f64, lo: f64, hi: f64) -> String {
        if !center.is_finite() {
            return "n/a".into();
        }
        let (scale, suffix) = self.prefix(center);
        let number = |v: f64| {
            if self == Unit::One && v.fract() == 0.0 {
                format!("{v:.0}")
            } else {
                significant(v / scale)
            }
        };
        let far = |v: f64| v.is_finite() && v != 0.0 && !(0.1..10.0).contains(&(v / center).abs());
        if lo == hi {
            format!("{}{suffix}", number(center))
        } else if hi.is_infinite() && (lo.is_infinite() || lo == 0.0) {
            format!("{}{suffix} (no interval)", number(center))
        } else if lo.is_infinite() || hi.is_infinite() || far(lo) || far(hi) {
            format!(
                "{} ({} to {})",
                self.show(center),
                self.show(lo),
                self.show(hi)
            )
        } else {
            format!(
                "{}{suffix} ({} to {})",
                number(center),
                number(lo),
                number(hi)
            )
        }
    }

    /// `value` of this unit for a person, with a fitting prefix and three significant digits.
    pub fn show(self, value: f64) -> String {
        if !value.is_finite() {
            return if value.is_nan() {
                "n/a".into()
            } else if value > 0.0 {
                "∞".into()
            } else {
                "-∞".into()
            };
        }
        let (scale, suffix) = self.prefix(value);
        format!("{}{suffix}", significant(value / scale))
    }
}

impl fmt::Display for Unit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.symbol())
    }
}

/// A number in three significant digits, integers above that whole.
pub fn significant(value: f64) -> String {
    let magnitude = value.abs();
    if magnitude == 0.0 {
        "0".into()
    } else if magnitude >= 100.0 {
        format!("{value:.0}")
    } else if magnitude >= 10.0 {
        format!("{value:.1}")
    } else if magnitude >= 0.01 {
        format!("{value:.2}")
    } else {
        format!("{value:.1e}")
    }
}

/// A ratio as `1.31x`, with as many decimals as a small one needs.
pub fn times(ratio: f64) -> String {
    if !ratio.is_finite() {
        "∞".into()
    } else if ratio > 0.0 && ratio < 0.1 {
        // Two decimals would show both ends of an interval as the same figure.
        let decimals = (1.0 - ratio.log10().floor()).min(12.0) as usize;
        format!("{ratio:.decimals$}x")
    } else {
        format!("{}x", significant(ratio))
    }
}

/// A number with its unit, in text such as `500us`, `64MiB`, `2KB`, `3x`, `2%`, `10M/s`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Quantity {
    /// In base units.
    pub value: f64,
    /// The base unit.
    pub unit: Unit,
}

impl Quantity {
    /// A quantity of `value` base units.
    pub fn new(value: f64, unit: Unit) -> Self {
        Quantity { value, unit }
    }
}

impl fmt::Display for Quantity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.unit.show(self.value))
    }
}

/// Why a text is no quantity.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum QuantityError {
    /// The text does not start with a number.
    #[error("`{0}` does not start with a number (write e.g. `500us`, `64MiB`, `2x`)")]
    NoNumber(String),
    /// The suffix is none that is known.
    #[error(
        "`{text}`: unknown unit `{suffix}` (known: ns us ms s, B KB MB GB KiB MiB GiB, x %, /s k/s M/s)"
    )]
    UnknownUnit {
        /// The whole text.
        text: String,
        /// What stands behind the number.
        suffix: String,
    },
}

impl FromStr for Quantity {
    type Err = QuantityError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let trimmed = text.trim();
        let split = trimmed
            .find(|c: char| !(c.is_ascii_digit() || matches!(c, '.' | '-' | '+' | '_')))
            .unwrap_or(trimmed.len());
        let (digits, suffix) = trimmed.split_at(split);
        let number: f64 = digits
            .replace('_', "")
            .parse()
            .map_err(|_| QuantityError::NoNumber(text.to_owned()))?;
        let (scale, unit) = match suffix.trim() {
            "" | "x" => (1.0, Unit::One),
            "%" => (0.01, Unit::One),
            "ns" => (1.0, Unit::Nanosecond),
            "us" | "µs" => (1e3, Unit::Nanosecond),
            "ms" => (1e6, Unit::Nanosecond),
            "s" => (1e9, Unit::Nanosecond),
            "B" => (1.0, Unit::Byte),
            "KB" => (1e3, Unit::Byte),
            "MB" => (1e6, Unit::Byte),
            "GB" => (1e9, Unit::Byte),
            "KiB" => (1024.0, Unit::Byte),
            "MiB" => (1024.0 * 1024.0, Unit::Byte),
            "GiB" => (1024.0 * 1024.0 * 1024.0, Unit::Byte),
            "/s" => (1.0, Unit::PerSecond),
            "k/s" => (1e3, Unit::PerSecond),
            "M/s" => (1e6, Unit::PerSecond),
            other => {
                return Err(QuantityError::UnknownUnit {
                    text: text.to_owned(),
                    suffix: other.to_owned(),
                });
            }
        };
        Ok(Quantity::new(number * scale, unit))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_prefixes_into_base_units() {
        for (text, value, unit) in [
            ("500us", 500e3, Unit::Nanosecond),
            ("0.3 us", 300.0, Unit::Nanosecond),
            ("64MiB", 64.0 * 1024.0 * 1024.0, Unit::Byte),
            ("2KB", 2000.0, Unit::Byte),
            ("2%", 0.02, Unit::One),
            ("20x", 20.0, Unit::One),
            ("1_000_000", 1e6, Unit::One),
            ("10M/s", 10e6, Unit::PerSecond),
        ] {
            assert_eq!(text.parse(), Ok(Quantity::new(value, unit)), "{text}");
        }
    }

    #[test]
    fn refuses_what_has_no_number_or_no_known_unit() {
        assert!(matches!(
            "fast".parse::<Quantity>(),
            Err(QuantityError::NoNumber(_))
        ));
        assert!(matches!(
            "5 parsecs".parse::<Quantity>(),
            Err(QuantityError::UnknownUnit { .. })
        ));
        assert!(matches!(
            "5Ms".parse::<Quantity>(),
            Err(QuantityError::UnknownUnit { .. })
        ));
    }

    #[test]
    fn intervals_share_a_prefix_unless_an_end_is_far_away() {
        let ns = Unit::Nanosecond;
        assert_eq!(
            ns.show_interval(41_200.0, 38_100.0, 44_500.0),
            "41.2 µs (38.1 to 44.5)"
        );
        assert_eq!(
            ns.show_interval(1.02e6, 0.98e6, 1.07e6),
            "1.02 ms (0.98 to 1.07)"
        );
        assert_eq!(
            ns.show_interval(449e3, 4.4e3, 22.8e6),
            "449 µs (4.40 µs to 22.8 ms)"
        );
        assert_eq!(
            ns.show_interval(5e3, f64::NEG_INFINITY, f64::INFINITY),
            "5.00 µs (no interval)"
        );
        assert_eq!(
            ns.show_interval(5e3, 4e3, f64::INFINITY),
            "5.00 µs (4.00 µs to ∞)"
        );
        assert_eq!(Unit::One.show_interval(24.0, 24.0, 24.0), "24");
    }

    #[test]
    fn small_ratios_keep_their_digits() {
        assert_eq!(
            [times(0.0266), times(0.00012), times(1.314)],
            ["0.027x", "0.00012x", "1.31x"]
        );
        assert_eq!(times(f64::INFINITY), "∞");
    }

    #[test]
    fn shows_three_significant_digits() {
        assert_eq!(Unit::Nanosecond.show(1234.0), "1.23 µs");
        assert_eq!(Unit::Nanosecond.show(0.42), "0.42 ns");
        assert_eq!(Unit::Byte.show(2048.0), "2.00 KiB");
        assert_eq!(Unit::One.show(0.0), "0");
        assert_eq!(Unit::PerSecond.show(12_500_000.0), "12.5 M/s");
        assert_eq!(Unit::Nanosecond.show(f64::INFINITY), "∞");
    }
}
