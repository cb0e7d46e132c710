//! Estimates and single values to SVG pictures.
//!
//! [`figure`] derives the data of one of a definition's charts, [`render`] draws them. Equal data give equal bytes.

pub mod data;
mod ecdf;
mod frame;
mod from;
mod growth;
mod intervals;
mod labels;
mod look;
mod scale;
mod svg;
mod sweep;
mod values;
pub mod words;

pub use from::{Source, figure};
pub use look::style;
pub use values::single_values;

use data::{Figure, Plot};

/// Where a picture will stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Embed {
    /// A file of its own: with its style, on its own ground.
    File,
    /// Inside a page that holds [`style`] once and gives the ground.
    Page,
}

/// Draws a figure. Never fails: what can't be drawn is said in the picture.
pub fn render(figure: &Figure, embed: Embed) -> String {
    match &figure.plot {
        Plot::Ecdf { x, series } => ecdf::draw(figure, x, series, embed),
        Plot::Intervals { x, sections } => intervals::draw(figure, x, sections, embed),
        Plot::Sweep {
            x_title,
            x_log,
            x_unit,
            y,
            series,
        } => sweep::draw(figure, (x_title, *x_unit, *x_log), y, series, embed),
        Plot::Growth { x, y, series } => growth::draw(figure, (x, y), series, embed),
    }
}

fn no_data(figure: &Figure, embed: Embed) -> String {
    const SAYS: &str =
        "No data: nothing that this chart shows was measured, or it has no place on its axes.";
    let mut frame = frame::Frame::new(figure);
    frame.y += 26.0;
    frame.svg.text(
        "soft",
        svg::Anchor::Start,
        frame::MARGIN,
        frame.y - 8.0,
        SAYS,
    );
    frame.finish(figure, SAYS, embed)
}

#[cfg(test)]
mod tests;
