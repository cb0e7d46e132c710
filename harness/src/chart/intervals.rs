//! One interval a cell.

use super::Embed;
use super::data::{Axis, Figure, Row, Section};
use super::frame::{Area, Frame, MARGIN, WIDTH, band_keys, dropped, near_ends, whisker};
use super::look::{self, Look};
use super::scale::{Scale, domain, drawable};
use super::svg::{Anchor, width};

/// Room for a cell's name: two parameters beside the variant must stay readable, or rows look alike.
const LONGEST_LABEL: f64 = 310.0;
const ROW: f64 = 26.0;
/// Room for a section's title.
const HEAD: f64 = 22.0;
/// Most single invocations drawn in a row; more would be a bar of ink.
const DOTS: usize = 120;

pub(super) fn draw(figure: &Figure, x: &Axis, sections: &[Section], embed: Embed) -> String {
    let rows: Vec<&Row> = sections.iter().flat_map(|s| &s.rows).collect();
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
    // Where each row's middle and each section's title is, and the end of all.
    let mut heads: Vec<(f64, &str)> = Vec::new();
    let mut middles: Vec<f64> = Vec::new();
    let mut end = frame.y;
    for section in sections {
        if sections.len() > 1 {
            heads.push((end, &section.title));
            end += if section.title.is_empty() { 6.0 } else { HEAD };
        }
        for _ in &section.rows {
            middles.push(end + ROW / 2.0);
            end += ROW;
        }
        end += 4.0;
    }
    let area = Area {
        left: MARGIN + labels + 12.0,
        right: WIDTH - MARGIN - figures - 14.0,
        top: frame.y,
        bottom: end,
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

    for (y, title) in heads {
        frame.svg.line("grid", (MARGIN, y), (WIDTH - MARGIN, y));
        let room = WIDTH - 2.0 * MARGIN;
        let at = (MARGIN, y + 17.0);
        frame
            .svg
            .text_within("key head", Anchor::Start, at, title, 12.0, room);
    }

    let mut hidden = 0;
    let mut description = format!("{} by cell. ", x.title);
    let names = sections.iter().flat_map(|s| {
        s.rows
            .iter()
            .map(|r| format!("{} {}", s.title, r.name).trim().to_owned())
    });
    for (((row, name), words), y) in rows.iter().zip(names).zip(&shown).zip(middles) {
        let look = Look::number(row.group);
        frame.svg.text_within(
            "key",
            Anchor::End,
            (area.left - 12.0, y + 4.0),
            &row.name,
            12.0,
            labels,
        );
        frame.svg.open(&look.class());
        frame.svg.tip(&format!("{name}: {words}"));
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
            look::marker(&mut frame.svg, "m", look, (center, y), 5.0);
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
        description.push_str(&name);
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
