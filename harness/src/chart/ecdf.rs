//! Distributions of single values.

use std::fmt::Write as _;

use super::Embed;
use super::data::{Axis, Distribution, Figure};
use super::frame::{Area, Frame, Key, MARGIN, WIDTH, band_keys, dropped, near_ends};
use super::look;
use super::scale::{Scale, Tick, domain, drawable};
use super::svg::n;

const HEIGHT: f64 = 270.0;

/// Smallest value that at least `share` of all values do not exceed.
fn quantile(values: &[(f64, u64)], share: f64) -> Option<f64> {
    let total: u64 = values.iter().map(|(_, count)| count).sum();
    let mut seen = 0;
    values.iter().find_map(|(value, count)| {
        seen += count;
        (seen as f64 >= share * total as f64).then_some(*value)
    })
}

pub(super) fn draw(figure: &Figure, x: &Axis, series: &[Distribution], embed: Embed) -> String {
    let values = || series.iter().flat_map(|s| s.values.iter().map(|(v, _)| *v));
    let data = domain(values(), x.log);
    let near = near_ends(figure.band.as_ref(), data, x.log);
    let Some((lo, hi)) = domain(values().chain(near), x.log) else {
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
    frame.y_title("share of values at or below");
    let area = Area {
        left: MARGIN + 44.0,
        right: WIDTH - MARGIN - 16.0,
        top: frame.y + 4.0,
        bottom: frame.y + 4.0 + HEIGHT,
    };
    let xs = Scale {
        log: x.log,
        lo,
        hi,
        from: area.left,
        to: area.right,
    };
    let ys = Scale {
        log: false,
        lo: 0.0,
        hi: 1.0,
        from: area.bottom,
        to: area.top,
    };
    if let Some(band) = &figure.band {
        frame.band(area, &xs, band, false);
    }
    let shares: Vec<Tick> = [0.0, 0.25, 0.5, 0.75, 1.0]
        .into_iter()
        .map(|value| Tick {
            value,
            label: format!("{} %", value * 100.0),
        })
        .collect();
    frame.y_ticks(area, &ys, &shares);
    frame.x_axis(area, x, &xs);

    let mut description = format!("Cumulative distribution of {}. ", x.title);
    let mut hidden = 0;
    for (s, look) in series.iter().zip(looks) {
        let total: u64 = s.values.iter().map(|(_, count)| count).sum();
        hidden += s
            .values
            .iter()
            .filter(|(v, _)| x.log && *v <= 0.0)
            .map(|(_, count)| *count as usize)
            .sum::<usize>();
        frame.svg.open(&look.class());
        frame.svg.tip(&s.name);
        frame.svg.path("l", &steps(s, total, &xs, &ys));
        let middle = quantile(&s.values, 0.5);
        let tail = quantile(&s.values, 0.99);
        for (class, value, share) in [("m", middle, 0.5), ("open", tail, 0.99)] {
            if let Some(v) = value.filter(|v| drawable(*v, x.log)) {
                let at = (xs.at(v), ys.at(share));
                look::marker(&mut frame.svg, class, look, at, 4.5);
            }
        }
        frame.svg.close();
        if let (Some(m), Some(t)) = (middle, tail) {
            let _ = write!(
                description,
                "{}: {total} values, median {}, 99th percentile {}, largest {}. ",
                s.name,
                x.unit.show(m),
                x.unit.show(t),
                x.unit.show(s.values.last().map_or(t, |(v, _)| *v)),
            );
        }
    }
    frame.note(
        "Filled mark: median. Open mark: 99th percentile. The line ends at the largest value.",
    );
    if let Some(note) = dropped(hidden) {
        frame.note(note);
    }
    frame.finish(figure, description.trim_end(), embed)
}

/// The step line; steps within one pixel are joined, which no eye can tell.
fn steps(s: &Distribution, total: u64, xs: &Scale, ys: &Scale) -> String {
    let mut columns: Vec<(f64, u64)> = Vec::new();
    let mut seen = 0;
    let mut start = 0;
    for (value, count) in &s.values {
        seen += count;
        if !drawable(*value, xs.log) {
            start = seen;
            continue;
        }
        let x = xs.at(*value).round();
        match columns.last_mut() {
            Some((column, upto)) if *column == x => *upto = seen,
            _ => columns.push((x, seen)),
        }
    }
    let height = |count: u64| n(ys.at(count as f64 / total.max(1) as f64));
    let mut d = String::new();
    for (i, (x, upto)) in columns.iter().enumerate() {
        let lead = if i == 0 {
            format!("M{} {}", n(*x), height(start))
        } else {
            format!("H{}", n(*x))
        };
        let _ = write!(d, "{lead}V{}", height(*upto));
    }
    d
}

#[cfg(test)]
mod tests {
    use super::quantile;

    #[test]
    fn quantiles_of_counted_values() {
        let values = [(1.0, 98), (5.0, 1), (9.0, 1)];
        assert_eq!(quantile(&values, 0.5), Some(1.0));
        assert_eq!(quantile(&values, 0.99), Some(5.0));
        assert_eq!(quantile(&values, 1.0), Some(9.0));
        assert_eq!(quantile(&[], 0.5), None);
    }
}
