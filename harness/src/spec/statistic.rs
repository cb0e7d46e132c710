//! The words for what is taken of an invocation.

use std::fmt;

use super::model::Statistic;
use crate::units::{Quantity, Unit};

impl Statistic {
    /// Reads the word; the error says which words there are.
    pub fn parse(text: &str) -> Result<Statistic, String> {
        match text {
            "median" => return Ok(Statistic::Median),
            "mean" => return Ok(Statistic::Mean),
            "min" => return Ok(Statistic::Min),
            "max" => return Ok(Statistic::Max),
            "value" => return Ok(Statistic::Value),
            "slope" => return Ok(Statistic::Slope),
            "count" => return Ok(Statistic::Count),
            _ => {}
        }
        if let Some(limit) = text.strip_prefix("share-below:") {
            return limit
                .parse::<Quantity>()
                .map(Statistic::ShareBelow)
                .map_err(|e| e.to_string());
        }
        let percentile = text
            .strip_prefix('p')
            .and_then(|digits| digits.parse::<f64>().ok());
        match percentile {
            Some(p) if (0.0001..=99.9999).contains(&p) => Ok(Statistic::Percentile(p)),
            _ => Err(format!(
                "unknown statistic `{text}` (known: median, mean, min, max, p90 and the like, value, slope, count, share-below:LIMIT)"
            )),
        }
    }

    /// The statistic of a metric with this title, as prose names it.
    pub fn of(&self, title: &str) -> String {
        match self {
            Statistic::Value => title.to_owned(),
            Statistic::Slope => format!("{title}, for each unit"),
            Statistic::Max => format!("largest {title}"),
            Statistic::Min => format!("smallest {title}"),
            Statistic::Count => format!("number of values of {title}"),
            Statistic::ShareBelow(limit) => format!("share of {title} at or below {limit}"),
            other => format!("{other} {title}"),
        }
    }

    /// The unit of the statistic of a metric in `unit`.
    pub fn unit(&self, unit: Unit) -> Unit {
        match self {
            Statistic::Count | Statistic::ShareBelow(_) => Unit::One,
            _ => unit,
        }
    }
}

impl fmt::Display for Statistic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Statistic::Median => f.write_str("median"),
            Statistic::Mean => f.write_str("mean"),
            Statistic::Min => f.write_str("min"),
            Statistic::Max => f.write_str("max"),
            Statistic::Value => f.write_str("value"),
            Statistic::Slope => f.write_str("slope"),
            Statistic::Count => f.write_str("count"),
            Statistic::Percentile(p) => write!(f, "p{p}"),
            Statistic::ShareBelow(limit) => {
                write!(f, "share-below:{}{}", limit.value, limit.unit)
            }
        }
    }
}
