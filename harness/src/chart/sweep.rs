//! Intervals over a parameter.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use super::Embed;
use super::data::{Axis, Figure, Line, Place};
use super::frame::{
    Area, Frame, Key, MARGIN, WIDTH, axis_title, band_keys, dropped, near_ends, whisker,
};
use super::look;
use super::scale::{Scale, Tick, domain, drawable, label, ticks};
use super::svg::{Anchor, elide, width};
use crate::units::Unit;

const HEIGHT: f64 = 280.0;
/// Room of a word on the x axis in pixels, at most.
const SLOT: f64 = 84.0;

/// More values than this get no slot each.
const MOST_SLOTS: usize = 12;

/// Where the places of the parameter stand: numbers to scale, then words in even slots. Numbers get slots too where
/// to scale the intervals of one would cover those of the next.
struct Places {
    numbers: Option<Scale>,
    values: Vec<f64>,
    /// What stands in the slots, from left to right.
    words: Vec<String>,
    first_word: f64,
    slot: f64,
}

impl Places {
    /// `aside` is how far from its place an interval may be drawn.
    fn new(series: &[Line], (log, unit): (bool, Unit), area: Area, aside: f64) -> Places {
        let all = || series.iter().flat_map(|s| s.points.iter().map(|(p, _)| p));
        let mut values: Vec<f64> = all()
            .filter_map(|p| match p {
                Place::Number(v) if drawable(*v, log) => Some(*v),
                _ => None,
            })
            .collect();
        values.sort_by(f64::total_cmp);
        values.dedup();
        let mut seen = BTreeSet::new();
        let mut words: Vec<String> = all()
            .filter_map(|p| match p {
                Place::Word(w) if seen.insert(w) => Some(w.clone()),
                _ => None,
            })
            .collect();
        let span = area.right - area.left;
        let slot = if values.is_empty() {
            span / words.len().max(1) as f64
        } else {
            SLOT.min(0.5 * span / words.len().max(1) as f64)
        };
        let border = area.right - slot * words.len() as f64;
        let numbers = domain(values.iter().copied(), log).map(|(lo, hi)| {
            let whole = Scale {
                log,
                lo,
                hi,
                from: area.left,
                to: border,
            };
            let at = |value: Option<&f64>| value.map_or(area.left, |v| whole.at(*v));
            let needs = aside + 8.0;
            Scale {
                from: area.left + (needs - (at(values.first()) - area.left)).max(0.0),
                to: border - (needs - (border - at(values.last()))).max(0.0),
                ..whole
            }
        });
        let too_close = |s: &Scale| {
            let gaps = values.windows(2).map(|v| s.at(v[1]) - s.at(v[0]));
            values.len() <= MOST_SLOTS && gaps.fold(f64::INFINITY, f64::min) < 2.0 * aside + 10.0
        };
        if numbers.as_ref().is_some_and(too_close) {
            let numbers = values.iter().map(|v| place_label(unit, *v));
            words = numbers.chain(words).collect();
            let slot = span / words.len() as f64;
            return Places {
                numbers: None,
                values,
                words,
                first_word: area.left + slot / 2.0,
                slot,
            };
        }
        Places {
            numbers,
            values,
            words,
            first_word: border + slot / 2.0,
            slot,
        }
    }

    fn at(&self, place: &Place) -> Option<f64> {
        match place {
            Place::Number(v) => match self.numbers {
                Some(scale) => drawable(*v, scale.log).then(|| scale.at(*v)),
                None => {
                    let slot = self.values.iter().position(|known| known == v)?;
                    Some(self.first_word + self.slot * slot as f64)
                }
            },
            Place::Word(word) => self
                .words
                .iter()
                .position(|w| w == word)
                .map(|i| self.first_word + self.slot * i as f64),
        }
    }
}

pub(super) fn draw(
    figure: &Figure,
    (x_title, x_unit, x_log): (&str, Unit, bool),
    y: &Axis,
    series: &[Line],
    embed: Embed,
) -> String {
    let values = || {
        series
            .iter()
            .flat_map(|s| s.points.iter().flat_map(|(_, i)| [i.center, i.lo, i.hi]))
    };
    let data = domain(values(), y.log);
    let near = near_ends(figure.band.as_ref(), data, y.log);
    let Some((lo, hi)) = domain(values().chain(near), y.log) else {
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
    let y_ticks = ticks(y.unit, y.log, lo, hi, (HEIGHT / 38.0) as usize);
    let gutter = y_ticks
        .iter()
        .map(|t| width(&t.label, 12.0))
        .fold(24.0, f64::max);
    let area = Area {
        left: MARGIN + gutter + 10.0,
        right: WIDTH - MARGIN - 10.0,
        top: frame.y,
        bottom: frame.y + HEIGHT,
    };
    let ys = Scale {
        log: y.log,
        lo,
        hi,
        from: area.bottom,
        to: area.top,
    };
    // Intervals at one place would cover each other.
    let step = (36.0 / series.len() as f64).min(9.0);
    let middle = (series.len() as f64 - 1.0) / 2.0;
    let places = Places::new(series, (x_log, x_unit), area, middle * step);
    if let Some(band) = &figure.band {
        frame.band(area, &ys, band, true);
    }
    frame.y_ticks(area, &ys, &y_ticks);
    x_places(&mut frame, area, &places, x_unit);
    frame.x_title(
        area,
        &match places.numbers {
            Some(_) if x_log => format!("{x_title} (logarithmic)"),
            None if !places.values.is_empty() => format!("{x_title} (not to scale)"),
            _ => x_title.to_owned(),
        },
    );

    let mut hidden = 0;
    let mut description = format!("{} over {x_title}. ", y.title);
    for (i, (s, look)) in series.iter().zip(looks).enumerate() {
        let aside = (i as f64 - middle) * step;
        let mut drawn: Vec<(&Place, f64, f64)> = Vec::new();
        frame.svg.open(&look.class());
        frame.svg.tip(&s.name);
        for (place, interval) in &s.points {
            let Some(x) = places.at(place) else {
                hidden += 1;
                continue;
            };
            if !drawable(interval.center, y.log) {
                hidden += 1;
                continue;
            }
            whisker(&mut frame.svg, &ys, *interval, x + aside, true);
            drawn.push((place, x + aside, ys.at(interval.center)));
            let _ = write!(
                description,
                "{} at {}: {}. ",
                s.name,
                place_name(place, x_unit),
                y.unit
                    .show_interval(interval.center, interval.lo, interval.hi)
            );
        }
        drawn.sort_by(|a, b| a.1.total_cmp(&b.1));
        for pair in drawn.windows(2) {
            if let [a, b] = pair {
                // From a number to a word there is no slope to see.
                let breaks = matches!((a.0, b.0), (Place::Number(_), Place::Word(_)));
                frame
                    .svg
                    .line(if breaks { "w thin" } else { "l" }, (a.1, a.2), (b.1, b.2));
            }
        }
        for (_, x, y) in &drawn {
            look::marker(&mut frame.svg, "m", look, (*x, *y), 5.0);
        }
        frame.svg.close();
    }
    if let Some(note) = dropped(hidden) {
        frame.note(note);
    }
    frame.finish(figure, description.trim_end(), embed)
}

fn place_name(place: &Place, unit: Unit) -> String {
    match place {
        Place::Number(v) => place_label(unit, *v),
        Place::Word(w) => w.clone(),
    }
}

/// A value that was set is known to the last digit, which a prefix would round away.
fn place_label(unit: Unit, value: f64) -> String {
    if unit == Unit::One && value.fract() == 0.0 && value % 1000.0 != 0.0 {
        format!("{value}")
    } else {
        label(unit, value, value, value)
    }
}

/// Labels at the values that were measured, where they fit; otherwise regular ticks.
fn x_places(frame: &mut Frame, area: Area, places: &Places, unit: Unit) {
    if let Some(scale) = places.numbers {
        let measured: Vec<Tick> = places
            .values
            .iter()
            .map(|v| Tick {
                value: *v,
                label: place_label(unit, *v),
            })
            .collect();
        let fits = measured.windows(2).all(|pair| match pair {
            [a, b] => {
                let half = (width(&a.label, 12.0) + width(&b.label, 12.0)) / 2.0;
                scale.at(b.value) - scale.at(a.value) > half + 8.0
            }
            _ => true,
        });
        let room = ((scale.to - scale.from) / 66.0) as usize;
        let shown = if fits {
            measured
        } else {
            ticks(unit, scale.log, scale.lo, scale.hi, room)
        };
        frame.x_ticks(area, &scale, &shown);
        if !places.words.is_empty() {
            frame
                .svg
                .line("axis", (scale.to, area.top), (scale.to, area.bottom));
        }
    } else {
        frame
            .svg
            .line("axis", (area.left, area.bottom), (area.right, area.bottom));
        frame.y = frame.y.max(area.bottom + 24.0);
    }
    for (i, word) in places.words.iter().enumerate() {
        let x = places.first_word + places.slot * i as f64;
        frame
            .svg
            .line("axis", (x, area.bottom), (x, area.bottom + 6.0));
        let short = elide(word, 12.0, places.slot - 8.0);
        frame
            .svg
            .text("tick", Anchor::Middle, x, area.bottom + 19.0, &short);
    }
}
