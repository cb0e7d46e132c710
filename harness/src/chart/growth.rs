//! Values over their place in the invocation.

use std::fmt::Write as _;

use super::Embed;
use super::data::{Axis, Cloud, Figure};
use super::frame::{Area, Frame, Key, MARGIN, WIDTH, axis_title, band_keys, dropped, near_ends};
use super::look;
use super::scale::{Scale, domain, drawable, ticks};
use super::svg::width;

const HEIGHT: f64 = 300.0;
/// Most bins a series. A growth step is one value among thousands: each bin keeps its largest.
const BINS: usize = 150;
/// A largest value is marked where it is this many times the median: marks on the line itself hide it.
const STANDS_OUT: f64 = 1.5;

/// What a bin keeps of its values.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Bin {
    /// Median place.
    at: f64,
    /// Median value.
    median: f64,
    /// The largest value and its own place.
    max: (f64, f64),
    /// Number of values.
    count: usize,
}

/// Bins of equal width on the axis; with no more different places than bins, one a place.
fn bins(points: &[(f64, f64)], scale: &Scale, most: usize) -> Vec<Bin> {
    let mut sorted: Vec<(f64, f64)> = points.to_vec();
    sorted.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)));
    let places = sorted.chunk_by(|a, b| a.0 == b.0).count();
    let pixel = (scale.to - scale.from) / most as f64;
    let column = |at: f64| ((scale.at(at) - scale.from) / pixel).floor() as i64;
    sorted
        .chunk_by(|a, b| {
            if places <= most {
                a.0 == b.0
            } else {
                column(a.0) == column(b.0)
            }
        })
        .filter_map(|chunk| {
            let mut values: Vec<f64> = chunk.iter().map(|(_, v)| *v).collect();
            values.sort_by(f64::total_cmp);
            let middle = values.len() / 2;
            let median = if values.len() % 2 == 1 {
                values[middle]
            } else {
                (values[middle - 1] + values[middle]) / 2.0
            };
            let max = chunk.iter().copied().max_by(|a, b| a.1.total_cmp(&b.1))?;
            Some(Bin {
                at: chunk[chunk.len() / 2].0,
                median,
                max,
                count: chunk.len(),
            })
        })
        .collect()
}

pub(super) fn draw(
    figure: &Figure,
    (x, y): (&Axis, &Axis),
    series: &[Cloud],
    embed: Embed,
) -> String {
    let shown = |p: &&(f64, f64)| drawable(p.0, x.log) && drawable(p.1, y.log);
    let kept: Vec<Vec<(f64, f64)>> = series
        .iter()
        .map(|s| s.points.iter().filter(shown).copied().collect())
        .collect();
    let all = || kept.iter().flatten();
    let data = domain(all().map(|p| p.1), y.log);
    let near = near_ends(figure.band.as_ref(), data, y.log);
    let (Some((x_lo, x_hi)), Some((y_lo, y_hi))) = (
        domain(all().map(|p| p.0), x.log),
        domain(all().map(|p| p.1).chain(near), y.log),
    ) else {
        return super::no_data(figure, embed);
    };

    let mut frame = Frame::new(figure);
    let looks = look::looks(series.iter().map(|s| s.kin));
    let mut keys: Vec<Key> = series
        .iter()
        .zip(&looks)
        .map(|(s, look)| Key::Series(*look, s.name.clone()))
        .collect();
    keys.extend(band_keys(figure.band.as_ref()));
    frame.legend(&keys);
    frame.y_title(&axis_title(y));
    let y_ticks = ticks(y.unit, y.log, y_lo, y_hi, (HEIGHT / 38.0) as usize);
    let gutter = y_ticks
        .iter()
        .map(|t| width(&t.label, 12.0))
        .fold(24.0, f64::max);
    let area = Area {
        left: MARGIN + gutter + 10.0,
        right: WIDTH - MARGIN - 16.0,
        top: frame.y,
        bottom: frame.y + HEIGHT,
    };
    let xs = Scale {
        log: x.log,
        lo: x_lo,
        hi: x_hi,
        from: area.left,
        to: area.right,
    };
    let ys = Scale {
        log: y.log,
        lo: y_lo,
        hi: y_hi,
        from: area.bottom,
        to: area.top,
    };
    if let Some(band) = &figure.band {
        frame.band(area, &ys, band, true);
    }
    frame.y_ticks(area, &ys, &y_ticks);
    frame.x_axis(area, x, &xs);

    let mut description = format!("{} over {}. ", y.title, x.title);
    let mut binned = false;
    for ((s, points), look) in series.iter().zip(&kept).zip(looks) {
        let bins = bins(points, &xs, BINS);
        binned |= bins.iter().any(|b| b.count > 1);
        frame.svg.open(&look.class());
        frame.svg.tip(&s.name);
        let stands_out = |b: &&Bin| b.max.1 > b.median * STANDS_OUT;
        for bin in bins.iter().filter(stands_out) {
            let at = (xs.at(bin.max.0), ys.at(bin.max.1));
            look::marker(&mut frame.svg, "open", look, at, 3.0);
        }
        let line: Vec<(f64, f64)> = bins
            .iter()
            .map(|b| (xs.at(b.at), ys.at(b.median)))
            .collect();
        frame.svg.polyline("l", &line);
        if line.len() <= 30 {
            for at in &line {
                look::marker(&mut frame.svg, "m", look, *at, 4.0);
            }
        }
        frame.svg.close();
        let largest = points.iter().copied().max_by(|a, b| a.1.total_cmp(&b.1));
        if let (Some(first), Some(last), Some(largest)) = (bins.first(), bins.last(), largest) {
            let _ = write!(
                description,
                "{}: {} values, from {} at {} to {} at {}, largest {} at {}. ",
                s.name,
                points.len(),
                y.unit.show(first.median),
                x.unit.show(first.at),
                y.unit.show(last.median),
                x.unit.show(last.at),
                y.unit.show(largest.1),
                x.unit.show(largest.0),
            );
        }
    }
    if binned {
        frame.note(format!(
            "Line: median of the values at a place, over all invocations. Open marks: the largest value there, where it is more than {STANDS_OUT} times the median."
        ));
    }
    let hidden = series.iter().map(|s| s.points.len()).sum::<usize>()
        - kept.iter().map(Vec::len).sum::<usize>();
    if let Some(note) = dropped(hidden) {
        frame.note(note);
    }
    frame.finish(figure, description.trim_end(), embed)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scale() -> Scale {
        Scale {
            log: false,
            lo: 0.0,
            hi: 10_000.0,
            from: 0.0,
            to: 700.0,
        }
    }

    #[test]
    fn a_bin_keeps_the_largest_value_at_its_own_place() {
        let points: Vec<(f64, f64)> = (0..10_000)
            .map(|i| (f64::from(i), if i == 4321 { 900.0 } else { 1.0 }))
            .collect();
        let bins = bins(&points, &scale(), BINS);
        assert!(bins.len() <= BINS + 1);
        assert_eq!(bins.iter().map(|b| b.count).sum::<usize>(), 10_000);
        let spikes: Vec<_> = bins.iter().filter(|b| b.max.1 > b.median).collect();
        assert_eq!(spikes.len(), 1);
        assert_eq!(spikes[0].max, (4321.0, 900.0));
        assert_eq!(spikes[0].median, 1.0);
    }

    #[test]
    fn few_places_are_not_binned() {
        let points = [(1.0, 5.0), (2.0, 1.0), (1.0, 7.0), (1.0, 6.0)];
        let got = bins(&points, &scale(), BINS);
        assert_eq!(got.len(), 2);
        assert_eq!(
            (got[0].at, got[0].median, got[0].max),
            (1.0, 6.0, (1.0, 7.0))
        );
    }
}
