//! What all forms share: heading, legend, axes, the claimed range, notes, and the text alternative.

use std::fmt::Write as _;

use super::Embed;
use super::data::{Axis, Band, Figure, Interval};
use super::look::{self, Look};
use super::scale::{Scale, Tick, drawable, ticks};
use super::svg::{Anchor, Svg, escape, n, width, wrap};

/// Width of every chart in pixels of its own coordinate system.
pub(super) const WIDTH: f64 = 760.0;
pub(super) const MARGIN: f64 = 14.0;
const TEXT: f64 = 12.0;
const SMALL: f64 = 11.0;
/// Between two entries of the legend.
const GAP: f64 = 20.0;

/// The rectangle that data are drawn in.
#[derive(Clone, Copy)]
pub(super) struct Area {
    pub left: f64,
    pub right: f64,
    pub top: f64,
    pub bottom: f64,
}

/// An entry of the legend.
pub(super) enum Key {
    /// A series.
    Series(Look, String),
    /// The claimed range.
    Claim(String),
    /// What the claim's tolerance adds.
    Tolerance,
}

/// A picture that grows downwards.
pub(super) struct Frame {
    pub svg: Svg,
    /// Where the next thing goes.
    pub y: f64,
    notes: Vec<String>,
}

impl Frame {
    /// A frame with title and subtitle.
    pub fn new(figure: &Figure) -> Frame {
        let mut frame = Frame {
            svg: Svg::default(),
            y: MARGIN,
            notes: Vec::new(),
        };
        let room = WIDTH - 2.0 * MARGIN;
        for line in wrap(&figure.title, 16.0, room) {
            frame.y += 17.0;
            frame
                .svg
                .text("title", Anchor::Start, MARGIN, frame.y - 4.0, &line);
        }
        for line in wrap(&figure.subtitle, TEXT, room) {
            frame.y += 16.0;
            frame
                .svg
                .text("soft", Anchor::Start, MARGIN, frame.y - 3.0, &line);
        }
        frame.y += 8.0;
        frame
    }

    /// A sentence for the foot of the picture.
    pub fn note(&mut self, text: impl Into<String>) {
        self.notes.push(text.into());
    }

    /// Names of series in rows above the data, where they can't cover any.
    pub fn legend(&mut self, keys: &[Key]) {
        const SWATCH: f64 = 28.0;
        const LONGEST: f64 = WIDTH - 2.0 * MARGIN - SWATCH - 6.0;
        if keys.is_empty() {
            return;
        }
        let columns = columns(keys, SWATCH + 6.0 + GAP);
        let mut column = 0;
        let mut x = MARGIN;
        self.y += 8.0;
        for key in keys {
            let name = match key {
                Key::Series(_, name) => name.clone(),
                Key::Claim(words) => format!("claimed: {words}"),
                Key::Tolerance => "with tolerance".to_owned(),
            };
            let needs = SWATCH + 6.0 + width(&name, TEXT).min(LONGEST);
            if x > MARGIN && x + needs > WIDTH - MARGIN {
                x = MARGIN;
                self.y += 19.0;
            }
            let y = self.y;
            match key {
                Key::Series(look, _) => {
                    self.svg.open(&look.class());
                    self.svg.line("l", (x, y), (x + SWATCH, y));
                    look::marker(&mut self.svg, "m", *look, (x + SWATCH / 2.0, y), 4.5);
                    self.svg.close();
                }
                Key::Claim(_) => {
                    self.svg.rect("claim", x, y - 6.0, SWATCH, 12.0);
                    self.svg.rect("edge", x, y - 6.0, SWATCH, 12.0);
                }
                Key::Tolerance => self.svg.rect("wide", x, y - 6.0, SWATCH, 12.0),
            }
            self.svg.text_within(
                "key",
                Anchor::Start,
                (x + SWATCH + 6.0, y + 4.0),
                &name,
                TEXT,
                LONGEST,
            );
            x += needs + GAP;
            if let (Key::Series(..), Some((count, distance))) = (key, columns) {
                column += 1;
                x = if column % count == 0 {
                    WIDTH
                } else {
                    MARGIN + (column % count) as f64 * distance
                };
            }
        }
        self.y += 14.0;
    }

    /// Grid, ticks and title of a horizontal value axis below `area`.
    pub fn x_axis(&mut self, area: Area, axis: &Axis, scale: &Scale) {
        let room = ((area.right - area.left) / 66.0) as usize;
        let ticks = ticks(axis.unit, axis.log, scale.lo, scale.hi, room);
        self.x_ticks(area, scale, &ticks);
        self.x_title(area, &axis_title(axis));
    }

    /// Grid and labels; a label that would touch the one before it is left out.
    pub fn x_ticks(&mut self, area: Area, scale: &Scale, ticks: &[Tick]) {
        self.svg.open("ticks");
        let mut free = f64::NEG_INFINITY;
        for tick in ticks {
            let x = scale.at(tick.value);
            if tick.label.is_empty() {
                self.svg
                    .line("axis", (x, area.bottom), (x, area.bottom + 3.0));
                continue;
            }
            self.svg.line("grid", (x, area.top), (x, area.bottom));
            self.svg
                .line("axis", (x, area.bottom), (x, area.bottom + 6.0));
            let half = width(&tick.label, TEXT) / 2.0;
            if x - half > free + 6.0 && x + half < WIDTH {
                self.svg
                    .text("tick", Anchor::Middle, x, area.bottom + 19.0, &tick.label);
                free = x + half;
            }
        }
        self.svg
            .line("axis", (area.left, area.bottom), (area.right, area.bottom));
        self.svg.close();
        self.y = self.y.max(area.bottom + 24.0);
    }

    /// The x axis' title, centred below its labels.
    pub fn x_title(&mut self, area: Area, title: &str) {
        self.y = self.y.max(area.bottom + 24.0) + 15.0;
        let room = 2.0
            * ((area.left + area.right) / 2.0).min(WIDTH - (area.left + area.right) / 2.0)
            - MARGIN;
        self.svg.text_within(
            "soft",
            Anchor::Middle,
            ((area.left + area.right) / 2.0, self.y - 3.0),
            title,
            TEXT,
            room,
        );
    }

    /// The y axis' title: level, above the axis, so that nobody has to turn their head.
    pub fn y_title(&mut self, title: &str) {
        self.y += 14.0;
        self.svg.text_within(
            "soft",
            Anchor::Start,
            (MARGIN, self.y - 2.0),
            title,
            TEXT,
            WIDTH - 2.0 * MARGIN,
        );
        self.y += 8.0;
    }

    /// Grid and labels of a vertical axis left of `area`.
    pub fn y_ticks(&mut self, area: Area, scale: &Scale, ticks: &[Tick]) {
        self.svg.open("ticks");
        for tick in ticks {
            let y = scale.at(tick.value);
            if tick.label.is_empty() {
                self.svg.line("axis", (area.left - 3.0, y), (area.left, y));
                continue;
            }
            self.svg.line("grid", (area.left, y), (area.right, y));
            self.svg
                .text("tick", Anchor::End, area.left - 8.0, y + 4.0, &tick.label);
        }
        self.svg
            .line("axis", (area.left, area.top), (area.left, area.bottom));
        self.svg.close();
    }

    /// Shades the claimed range along a scale, across `area`.
    pub fn band(&mut self, area: Area, scale: &Scale, band: &Band, vertical_scale: bool) {
        if band.wide_hi < scale.lo || band.wide_lo > scale.hi {
            let side = match (band.wide_lo > scale.hi, vertical_scale) {
                (true, true) => "above",
                (true, false) => "to the right of",
                (false, true) => "below",
                (false, false) => "to the left of",
            };
            self.note(format!(
                "The claimed range ({}) lies {side} this axis.",
                band.label
            ));
            return;
        }
        self.svg.open("band");
        for (class, lo, hi) in [
            ("wide", band.wide_lo, band.wide_hi),
            ("claim", band.lo, band.hi),
        ] {
            if class == "wide" && (band.wide_lo, band.wide_hi) == (band.lo, band.hi) {
                continue;
            }
            if hi < scale.lo || lo > scale.hi {
                continue;
            }
            let (a, b) = (scale.at(lo), scale.at(hi));
            let (from, size) = (a.min(b), (a - b).abs());
            if vertical_scale {
                self.svg
                    .rect(class, area.left, from, area.right - area.left, size);
            } else {
                self.svg
                    .rect(class, from, area.top, size, area.bottom - area.top);
            }
        }
        // An edge line keeps a range of one point, or a thin one, visible.
        for end in [band.lo, band.hi] {
            if end.is_finite() && scale.shows(end) {
                let at = scale.at(end);
                if vertical_scale {
                    self.svg.line("edge", (area.left, at), (area.right, at));
                } else {
                    self.svg.line("edge", (at, area.top), (at, area.bottom));
                }
            }
        }
        self.svg.close();
    }

    /// The whole file: notes at the foot, then size, title and description around it.
    pub fn finish(mut self, figure: &Figure, description: &str, embed: Embed) -> String {
        let mut y = self.y + 4.0;
        for note in self.notes.iter().chain(&figure.notes) {
            for line in wrap(note, SMALL, WIDTH - 2.0 * MARGIN) {
                y += 15.0;
                self.svg.text("soft small", Anchor::Start, MARGIN, y, &line);
            }
        }
        let height = (y + MARGIN - 2.0).ceil();
        let id = escape(&figure.id);
        let mut out = String::with_capacity(self.svg.body.len() + 4096);
        let _ = writeln!(
            out,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"hc\" viewBox=\"0 0 {w} {h}\" width=\"{w}\" height=\"{h}\" \
             role=\"img\" aria-labelledby=\"{id}-title {id}-desc\">\n\
             <title id=\"{id}-title\">{}</title>\n<desc id=\"{id}-desc\">{}</desc>",
            escape(&figure.title),
            escape(description),
            w = n(WIDTH),
            h = n(height),
        );
        if embed == Embed::File {
            let _ = writeln!(out, "<style>\n{}</style>", look::style());
            let _ = writeln!(
                out,
                "<rect class=\"paper\" width=\"{}\" height=\"{}\"/>",
                n(WIDTH),
                n(height)
            );
        }
        out.push_str(&self.svg.body);
        out.push_str("</svg>\n");
        out
    }
}

/// Number and distance of columns for the series of a long legend, which is looked up rather than read; `None` for a
/// short one. Where programs come in several settings, a line has all settings of one program or of several.
fn columns(keys: &[Key], around: f64) -> Option<(usize, f64)> {
    let series = || {
        keys.iter().filter_map(|key| match key {
            Key::Series(look, name) => Some((look, width(name, TEXT) + around)),
            _ => None,
        })
    };
    let (first, _) = series().next()?;
    if series().count() <= 4 {
        return None;
    }
    let room = WIDTH - 2.0 * MARGIN + GAP;
    let widest = series().map(|(_, wide)| wide).fold(0.0, f64::max);
    let fit = ((room / widest) as usize).max(1);
    let settings = series()
        .take_while(|(look, _)| look.hue == first.hue)
        .count();
    let count = (fit / settings * settings).max(fit.min(settings));
    Some((count, (room / count as f64).min(widest * 1.4)))
}

/// Legend entries of a claimed range.
pub(super) fn band_keys(band: Option<&Band>) -> Vec<Key> {
    let Some(band) = band else { return Vec::new() };
    let mut keys = vec![Key::Claim(band.label.clone())];
    if (band.wide_lo, band.wide_hi) != (band.lo, band.hi) {
        keys.push(Key::Tolerance);
    }
    keys
}

/// Ends of the claimed range that are near enough to `domain` to be worth showing.
pub(super) fn near_ends(band: Option<&Band>, domain: Option<(f64, f64)>, log: bool) -> Vec<f64> {
    let (Some(band), Some((lo, hi))) = (band, domain) else {
        return Vec::new();
    };
    [band.wide_lo, band.lo, band.hi, band.wide_hi]
        .into_iter()
        .filter(|end| {
            drawable(*end, log)
                && ((log && *end > lo / 100.0 && *end < hi * 100.0)
                    || (lo > 0.0 && *end > lo / 3.0 && *end < hi * 3.0)
                    || (!log && *end > lo - 2.0 * (hi - lo) && *end < hi + 2.0 * (hi - lo)))
        })
        .collect()
}

/// Title of an axis, with its scale where that is not the usual.
pub(super) fn axis_title(axis: &Axis) -> String {
    if axis.log {
        format!("{} (logarithmic)", axis.title)
    } else {
        axis.title.clone()
    }
}

/// An interval along a scale at `cross` on the other axis: caps at finite ends, arrows at those that leave the picture.
pub(super) fn whisker(
    svg: &mut Svg,
    scale: &Scale,
    interval: Interval,
    cross: f64,
    vertical: bool,
) {
    let at = |along: f64, across: f64| {
        if vertical {
            (across, along)
        } else {
            (along, across)
        }
    };
    let (lo, hi) = (scale.at(interval.lo), scale.at(interval.hi));
    svg.line("w", at(lo, cross), at(hi, cross));
    let outward = (scale.to - scale.from).signum();
    for (value, pixel, sign) in [(interval.lo, lo, -outward), (interval.hi, hi, outward)] {
        if scale.shows(value) {
            svg.line("w", at(pixel, cross - 4.0), at(pixel, cross + 4.0));
        } else {
            svg.polyline(
                "w",
                &[
                    at(pixel - sign * 7.0, cross - 5.0),
                    at(pixel, cross),
                    at(pixel - sign * 7.0, cross + 5.0),
                ],
            );
        }
    }
}

/// `3 values` or `1 value`, with the words that say why they are missing.
pub(super) fn dropped(count: usize) -> Option<String> {
    (count > 0).then(|| {
        format!(
            "{count} value{} of zero or below {} not drawn on a logarithmic axis.",
            if count == 1 { "" } else { "s" },
            if count == 1 { "is" } else { "are" }
        )
    })
}
