//! What a chart shows, as plain data: no definition, no journal, no pixels.

use crate::units::Unit;

/// One picture.
#[derive(Clone, Debug, PartialEq)]
pub struct Figure {
    /// Unique on a page; prefix of every id inside the SVG.
    pub id: String,
    /// Title.
    pub title: String,
    /// What all series have in common (`case churn, live-mib=64`).
    pub subtitle: String,
    /// The form, with its data.
    pub plot: Plot,
    /// The range that a claim states, shaded along the value axis.
    pub band: Option<Band>,
    /// Sentences below the picture: what was left out, how to read it.
    pub notes: Vec<String>,
}

/// The four forms.
#[derive(Clone, Debug, PartialEq)]
pub enum Plot {
    /// Share of values at or below x, one step line a series.
    Ecdf {
        /// The values' axis.
        x: Axis,
        /// One line each.
        series: Vec<Distribution>,
    },
    /// Centre, interval and invocations, one row a cell.
    Intervals {
        /// The values' axis.
        x: Axis,
        /// From top to bottom.
        sections: Vec<Section>,
    },
    /// Intervals over a parameter, one line a series.
    Sweep {
        /// Name of the parameter.
        x_title: String,
        /// Whether the numbers among its values lie on a logarithmic axis.
        x_log: bool,
        /// Unit of the numbers.
        x_unit: Unit,
        /// The values' axis.
        y: Axis,
        /// One line each.
        series: Vec<Line>,
    },
    /// Values over their place in the invocation.
    Growth {
        /// What `at` counts.
        x: Axis,
        /// The values' axis.
        y: Axis,
        /// One line and one set of markers each.
        series: Vec<Cloud>,
    },
}

/// An axis with a unit.
#[derive(Clone, Debug, PartialEq)]
pub struct Axis {
    /// A phrase.
    pub title: String,
    /// Base unit of the values on it; ticks carry prefixes.
    pub unit: Unit,
    /// Logarithmic or linear.
    pub log: bool,
}

/// A range of values with its tolerance, in the value axis' unit. Infinite ends are open.
#[derive(Clone, Debug, PartialEq)]
pub struct Band {
    /// The range in words.
    pub label: String,
    /// Lower end.
    pub lo: f64,
    /// Upper end.
    pub hi: f64,
    /// Lower end with tolerance; equal to `lo` without any.
    pub wide_lo: f64,
    /// Upper end with tolerance.
    pub wide_hi: f64,
}

/// Centre and interval; the ends may be infinite, and then an arrow is drawn.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Interval {
    /// Centre.
    pub center: f64,
    /// Lower end.
    pub lo: f64,
    /// Upper end.
    pub hi: f64,
}

/// What a series shares with others: one program has one colour, one setting one dash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kin {
    /// Number of the program, counted in the order of the series.
    pub program: usize,
    /// Number of the setting: case and parameters.
    pub setting: usize,
}

/// Values with how often each occurs.
#[derive(Clone, Debug, PartialEq)]
pub struct Distribution {
    /// Name in the legend.
    pub name: String,
    /// What it shares with others.
    pub kin: Kin,
    /// Value and count, ascending by value.
    pub values: Vec<(f64, u64)>,
}

/// Rows that are to be compared with each other.
#[derive(Clone, Debug, PartialEq)]
pub struct Section {
    /// What its rows have in common; empty for none.
    pub title: String,
    /// From top to bottom.
    pub rows: Vec<Row>,
}

/// One row of an interval chart.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// Label on the left.
    pub name: String,
    /// Rows of one group share colour and marker.
    pub group: usize,
    /// The estimate.
    pub interval: Interval,
    /// Each invocation's value.
    pub values: Vec<f64>,
}

/// A place on the parameter's axis.
#[derive(Clone, Debug, PartialEq)]
pub enum Place {
    /// A number in base units.
    Number(f64),
    /// A word such as `off`: stands behind all numbers.
    Word(String),
}

/// One line of a sweep.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    /// Name in the legend.
    pub name: String,
    /// What it shares with others.
    pub kin: Kin,
    /// Estimates by place.
    pub points: Vec<(Place, Interval)>,
}

/// Single values over their place.
#[derive(Clone, Debug, PartialEq)]
pub struct Cloud {
    /// Name in the legend.
    pub name: String,
    /// What it shares with others.
    pub kin: Kin,
    /// `at` and value, in any order.
    pub points: Vec<(f64, f64)>,
}
