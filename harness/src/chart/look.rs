//! Colours, dashes and markers.
//!
//! Hues are close to Okabe and Ito's palette for colour-blind readers, darkened on light and lightened on dark
//! ground until each has a contrast of 3:1 or more; markers differ with them, so that colour is not alone.

use std::fmt::Write as _;

use super::data::Kin;
use super::svg::{Svg, n};

const LIGHT: [&str; 6] = [
    "#0069a8", "#c44f00", "#00805a", "#a83a82", "#806400", "#5450c8",
];
const DARK: [&str; 6] = [
    "#5cb8ee", "#ff9c5a", "#35d0a2", "#f092cb", "#e6c44a", "#aeaaff",
];
const DASHES: [&str; 5] = ["", "7 3", "2 3", "9 3 2 3", "4 4"];
const MARKERS: usize = 5;

/// What a series looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Look {
    pub hue: usize,
    dash: usize,
    marker: usize,
}

impl Look {
    /// Of the series with this number. Colours have a length without a common factor with dashes and markers: the
    /// first thirty all differ.
    pub fn number(i: usize) -> Look {
        Look {
            hue: i % LIGHT.len(),
            dash: i % DASHES.len(),
            marker: i % MARKERS,
        }
    }

    /// The class that gives a group its colour and dash.
    pub fn class(self) -> String {
        format!("s{} d{}", self.hue, self.dash)
    }
}

/// Looks of all series of a picture. Several programs in several settings get a colour each program and a dash each
/// setting, as far as there are enough; not where most programs have one setting, since lines of one dash hide each other.
pub(super) fn looks(kin: impl ExactSizeIterator<Item = Kin> + Clone) -> Vec<Look> {
    let many = |of: fn(&Kin) -> usize| 1 + kin.clone().map(|k| of(&k)).max().unwrap_or(0);
    let (programs, settings) = (many(|k| k.program), many(|k| k.setting));
    let crossed = settings > 1 && programs > 1 && 3 * programs <= 2 * kin.len();
    if !crossed || programs > LIGHT.len() || settings > DASHES.len() {
        return (0..kin.len()).map(Look::number).collect();
    }
    kin.map(|k| Look {
        dash: k.setting,
        ..Look::number(k.program)
    })
    .collect()
}

/// The rules of every chart. Put once into a page that holds inline charts, or into the file of one.
pub fn style() -> String {
    let mut css = String::from(
        "svg.hc{max-width:100%;height:auto;font-family:system-ui,-apple-system,\"Segoe UI\",Roboto,\"Helvetica Neue\",Arial,sans-serif}\n\
         .hc text{font-size:12px}.hc .title{font-size:15px;font-weight:600}.hc .head{font-weight:600}.hc .small{font-size:11px}\n\
         .hc .l,.hc .w,.hc .axis,.hc .grid,.hc .ref{fill:none}\n\
         .hc .l{stroke-width:2;stroke-linejoin:round}.hc .w{stroke-width:2}.hc .thin{stroke-width:1;opacity:.55}\n\
         .hc .dot{opacity:.38;stroke:none}.hc .open{stroke-width:1.6}.hc .m{stroke-width:1}\n\
         .hc .grid{stroke-width:1}.hc .axis{stroke-width:1}\n",
    );
    for (i, dash) in DASHES.iter().enumerate().filter(|(_, d)| !d.is_empty()) {
        let _ = writeln!(css, ".hc .d{i} .l{{stroke-dasharray:{dash}}}");
    }
    ground(
        &mut css,
        &LIGHT,
        ["#ffffff", "#1d2126", "#555d66", "#e4e7ea", "#8b949e"],
        ["#2f9e62", "0.13", "0.09"],
    );
    css.push_str("@media screen and (prefers-color-scheme:dark){\n");
    ground(
        &mut css,
        &DARK,
        ["#15181c", "#e8eaed", "#a6adb5", "#2c3138", "#6e7681"],
        ["#4fd18b", "0.13", "0.10"],
    );
    css.push_str("}\n");
    css
}

fn ground(
    css: &mut String,
    hues: &[&str],
    [paper, ink, soft, grid, axis]: [&str; 5],
    [claim, strong, weak]: [&str; 3],
) {
    let _ = writeln!(
        css,
        ".hc .paper{{fill:{paper}}}.hc text{{fill:{ink}}}.hc .soft{{fill:{soft}}}\
         .hc .grid{{stroke:{grid}}}.hc .axis{{stroke:{axis}}}\
         .hc .claim{{fill:{claim};fill-opacity:{strong}}}.hc .wide{{fill:{claim};fill-opacity:{weak}}}\
         .hc .edge{{stroke:{claim};stroke-width:1;fill:none}}\
         .hc .head{{stroke:{paper};stroke-width:4px;paint-order:stroke}}"
    );
    for (i, hue) in hues.iter().enumerate() {
        let _ = writeln!(
            css,
            ".hc .s{i} .l,.hc .s{i} .w{{stroke:{hue}}}.hc .s{i} .m{{fill:{hue};stroke:{paper}}}\
             .hc .s{i} .dot{{fill:{hue}}}.hc .s{i} .open{{fill:{paper};stroke:{hue}}}"
        );
    }
}

/// Draws the marker of a series; `class` is `m` (filled) or `open`.
pub(super) fn marker(svg: &mut Svg, class: &str, look: Look, (x, y): (f64, f64), r: f64) {
    let polygon = |svg: &mut Svg, corners: &[(f64, f64)]| {
        let mut d = String::new();
        for (k, (dx, dy)) in corners.iter().enumerate() {
            let _ = write!(
                d,
                "{}{} {}",
                if k == 0 { "M" } else { "L" },
                n(x + dx * r),
                n(y + dy * r)
            );
        }
        d.push('Z');
        svg.path(class, &d);
    };
    match look.marker {
        0 => svg.circle(class, x, y, r),
        1 => polygon(svg, &[(-0.9, -0.9), (0.9, -0.9), (0.9, 0.9), (-0.9, 0.9)]),
        2 => polygon(svg, &[(0.0, -1.2), (1.15, 0.85), (-1.15, 0.85)]),
        3 => polygon(svg, &[(0.0, -1.3), (1.3, 0.0), (0.0, 1.3), (-1.3, 0.0)]),
        _ => polygon(svg, &[(0.0, 1.2), (1.15, -0.85), (-1.15, -0.85)]),
    }
}
