//! One interval a cell.

use super::Embed;
use super::data::{Axis, Figure, Row};
use super::frame::{Area, Frame, MARGIN, WIDTH, band_keys, dropped, near_ends, whisker};
use super::look;
use super::scale::{Scale, domain, drawable};
use super::svg::{Anchor, width};

/// Room for a cell's name: two parameters beside the variant must stay readable, or rows look alike.
const LONGEST_LABEL: f64 = 310.0;
const ROW: f64 = 30.0;
/// Most single invocations drawn in a row; more would be a bar of ink.
const DOTS: usize = 120;

pub(super) fn draw(figure: &Figure, x: &Axis, rows: &[Row], embed: Embed) -> String {
    let values = || {
        rows.iter().flat_map(|r| {
            [r.interval.center, r.interval.lo, r.interval.hi]
                .into_iter()
                .chain(r.values.iter().copied())
        })
    };
    let data = domain(values(), x.log);
    let near = near_ends(figure.band.as_ref(), data, x.log);
    let Some((lo, hi)) = domain(values().chain(near), x.log) else {
        return super::no_data(figure, embed);
    };

    let mut frame = Frame::new(figure);
    frame.legend(&band_keys(figure.band.as_ref()));
    frame.y += 4.0;
    let shown: Vec<String> = rows
        .iter()
        .map(|r| {
            x.unit
                .show_interval(r.interval.center, r.interval.lo, r.interval.hi)
        })
        .collect();
    let widest = |texts: &mut dyn Iterator<Item = &String>| {
        texts.map(|t| width(t, 12.0)).fold(0.0, f64::max)
    };
    let labels = widest(&mut rows.iter().map(|r| &r.name)).min(LONGEST_LABEL);
    let figures = widest(&mut shown.iter()).min(230.0);
    let area = Area {
        left: MARGIN + labels + 12.0,
        right: WIDTH - MARGIN - figures - 14.0,
        top: frame.y,
        bottom: frame.y + ROW * rows.len() as f64 + 4.0,
    };
    let xs = Scale {
        log: x.log,
        lo,
        hi,
        from: area.left,
        to: area.right,
    };
    if let Some(band) = &figure.band {
        frame.band(area, &xs, band, false);
    }
    frame.x_axis(area, x, &xs);

    let mut hidden = 0;
    let mut description = format!("{} by cell. ", x.title);
    for (i, (row, words)) in rows.iter().zip(&shown).enumerate() {
        let y = area.top + ROW * (i as f64 + 0.5);
        frame.svg.text_within(
            "key",
            Anchor::End,
            (area.left - 12.0, y + 4.0),
            &row.name,
            12.0,
            labels,
        );
        frame.svg.open(&look::series(row.group));
        frame.svg.tip(&format!("{}: {words}", row.name));
        let step = row.values.len().div_ceil(DOTS).max(1);
        for value in row.values.iter().step_by(step) {
            if drawable(*value, x.log) {
                frame.svg.circle("dot", xs.at(*value), y + 9.0, 2.5);
            }
        }
        hidden += row.values.iter().filter(|v| x.log && **v <= 0.0).count();
        if drawable(row.interval.center, x.log) {
            whisker(&mut frame.svg, &xs, row.interval, y, false);
            let center = xs.at(row.interval.center);
            look::marker(&mut frame.svg, "m", row.group, center, y, 5.0);
        } else {
            hidden += 1;
        }
        frame.svg.close();
        frame.svg.text_within(
            "key",
            Anchor::Start,
            (area.right + 14.0, y + 4.0),
            words,
            12.0,
            figures,
        );
        description.push_str(&row.name);
        description.push_str(": ");
        description.push_str(words);
        description.push_str(". ");
    }
    frame.note("Mark and line: estimate and interval; an arrow where it goes beyond the picture. Faint dots: single invocations.");
    if let Some(note) = dropped(hidden) {
        frame.note(note);
    }
    frame.finish(figure, description.trim_end(), embed)
}
