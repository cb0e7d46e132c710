//! Pictures of hard cases; `HARNESS_CHARTS=DIR cargo test -p harness chart` also leaves them as files to look at.

use super::data::*;
use super::*;
use crate::units::Unit;

fn axis(title: &str, unit: Unit, log: bool) -> Axis {
    Axis {
        title: title.into(),
        unit,
        log,
    }
}

fn figure(id: &str, plot: Plot) -> Figure {
    Figure {
        id: id.into(),
        title: "Pauses of the garbage collector".into(),
        subtitle: "case churn, live-mib=64".into(),
        plot,
        band: Some(Band {
            label: "under 100 µs".into(),
            lo: f64::NEG_INFINITY,
            hi: 100e3,
            wide_lo: f64::NEG_INFINITY,
            wide_hi: 150e3,
        }),
        notes: Vec::new(),
    }
}

/// Numbers between 0 and 1 that look random and are always the same.
fn noise(i: u32) -> f64 {
    f64::from(i.wrapping_mul(2_654_435_761) >> 8) / f64::from(1u32 << 24)
}

fn ecdf() -> Figure {
    let series = ["Go 1.24.9", "Go 1.27.3", "Rust (arena)", "Rust (drop)"]
        .iter()
        .zip(0u32..)
        .map(|(name, k)| {
            let mut values: Vec<(f64, u64)> = (0..4000)
                .map(|i| {
                    let u = noise(i * 7 + k * 100_003);
                    let tail = if u > 0.97 { 8.0 } else { 1.0 };
                    (8e3 * (1.0 + f64::from(k)) * (0.4 + u) * tail, 1)
                })
                .collect();
            values.sort_by(|a, b| a.0.total_cmp(&b.0));
            Distribution {
                name: (*name).into(),
                values,
            }
        })
        .collect();
    let x = axis("pause", Unit::Nanosecond, true);
    figure("ecdf", Plot::Ecdf { x, series })
}

fn interval(center: f64, lo: f64, hi: f64) -> Interval {
    Interval { center, lo, hi }
}

fn intervals() -> Figure {
    let row = |name: &str, group, i: Interval| Row {
        name: name.into(),
        group,
        interval: i,
        values: (0..14).map(|k| i.center * (0.9 + 0.2 * noise(k))).collect(),
    };
    let rows = vec![
        row("Go 1.24.9 gogc=50", 0, interval(82e3, 70e3, 96e3)),
        row("Go 1.24.9 gogc=100", 0, interval(61e3, 52e3, 71e3)),
        row("Go 1.27.3 gogc=50", 1, interval(140e3, 120e3, 165e3)),
        row(
            "Go 1.27.3 gogc=100",
            1,
            interval(33e3, f64::NEG_INFINITY, f64::INFINITY),
        ),
        row("Rust (arena)", 2, interval(1.2e3, 1.2e3, 1.2e3)),
        Row {
            values: vec![0.0, 2e6, 2.4e6],
            ..row(
                "Rust (drop-of-a-very-large-tree-with-a-name-that-does-not-fit)",
                3,
                interval(2.2e6, 1.9e6, f64::INFINITY),
            )
        },
    ];
    let x = axis("pause, 99th percentile", Unit::Nanosecond, true);
    figure("intervals", Plot::Intervals { x, rows })
}

fn sweep() -> Figure {
    let line = |name: &str, base: f64, words: bool| Line {
        name: name.into(),
        points: [25.0, 50.0, 100.0, 200.0, 400.0]
            .iter()
            .map(|x| Place::Number(*x))
            .chain(words.then(|| Place::Word("off".into())))
            .enumerate()
            .map(|(i, p)| {
                let c = base / (1.0 + i as f64 * 0.4);
                let hi = if i == 2 { f64::INFINITY } else { c * 1.2 };
                (p, interval(c, c * 0.85, hi))
            })
            .collect(),
    };
    let mut f = figure(
        "sweep",
        Plot::Sweep {
            x_title: "gogc: heap growth that starts a collection, in percent".into(),
            x_log: true,
            x_unit: Unit::One,
            y: axis("pause, 99th percentile", Unit::Nanosecond, true),
            series: vec![
                line("Go 1.24.9", 160e3, true),
                line("Go 1.27.3", 90e3, true),
                line("Go 1.27.3 (race)", 900e3, false),
            ],
        },
    );
    f.subtitle = "case churn".into();
    f
}

fn growth() -> Figure {
    let cloud = |name: &str, base: f64, spikes: f64| Cloud {
        name: name.into(),
        points: (0..6000u32)
            .map(|i| {
                let at = 10f64.powf(1.0 + 5.0 * f64::from(i) / 6000.0).round();
                let near = (at.log2().fract() - 0.8074).abs() < 0.002;
                let v = base * (0.7 + 0.6 * noise(i)) * at.powf(0.08);
                (at, if near { v * at * spikes } else { v })
            })
            .collect(),
    };
    Figure {
        band: None,
        ..figure(
            "growth",
            Plot::Growth {
                x: axis("entries in the map", Unit::One, true),
                y: axis("one insert", Unit::Nanosecond, true),
                series: vec![
                    cloud("Go 1.23.4", 60.0, 0.6),
                    cloud("Go 1.27.3", 45.0, 0.03),
                    cloud("Rust (hashbrown)", 20.0, 0.2),
                ],
            },
        )
    }
}

fn all() -> Vec<Figure> {
    let empty = figure(
        "empty",
        Plot::Ecdf {
            x: axis("pause", Unit::Nanosecond, true),
            series: Vec::new(),
        },
    );
    let one = figure(
        "one-point",
        Plot::Growth {
            x: axis("n", Unit::One, true),
            y: axis("time", Unit::Nanosecond, false),
            series: vec![Cloud {
                name: "Go".into(),
                points: vec![(1000.0, 50e3), (0.0, 60e3)],
            }],
        },
    );
    let bytes = Figure {
        band: Some(Band {
            label: "2 KB".into(),
            lo: 2000.0,
            hi: 2048.0,
            wide_lo: 2000.0,
            wide_hi: 2048.0,
        }),
        ..figure(
            "bytes",
            Plot::Intervals {
                x: axis("memory a goroutine", Unit::Byte, false),
                rows: vec![Row {
                    name: "Go".into(),
                    group: 0,
                    interval: interval(2660.0, 2640.0, 2690.0),
                    values: vec![2650.0, 2670.0],
                }],
            },
        )
    };
    vec![ecdf(), intervals(), sweep(), growth(), empty, one, bytes]
}

#[test]
fn pictures_are_small_and_the_same_each_time() {
    for figure in all() {
        let svg = render(&figure, Embed::File);
        if let Some(folder) = std::env::var_os("HARNESS_CHARTS") {
            let path = std::path::Path::new(&folder).join(format!("{}.svg", figure.id));
            std::fs::write(path, &svg).unwrap();
        }
        assert_eq!(svg, render(&figure, Embed::File));
        assert!(svg.len() < 150_000, "{}: {} bytes", figure.id, svg.len());
        assert!(
            !svg.contains("NaN") && !svg.contains("inf\""),
            "{}",
            figure.id
        );
        assert!(svg.contains("role=\"img\"") && svg.contains("<desc"));
    }
}

#[test]
fn pictures_stay_as_they_were_looked_at() {
    for figure in [intervals(), sweep()] {
        insta::assert_snapshot!(figure.id.clone(), render(&figure, Embed::Page));
    }
}

/// Texts with their boxes: x from, x to, y.
fn boxes(svg: &str) -> Vec<(f64, f64, f64, String)> {
    let attribute = |tag: &str, name: &str| -> f64 {
        let start = tag.find(&format!(" {name}=\"")).unwrap() + name.len() + 3;
        tag[start..].split('"').next().unwrap().parse().unwrap()
    };
    svg.lines()
        .filter_map(|l| l.find("<text").map(|at| &l[at..]))
        .map(|tag| {
            let text = tag.split('>').nth(1).unwrap().split('<').next().unwrap();
            let size = match tag {
                t if t.contains("title") => 15.0,
                t if t.contains("small") => 11.0,
                _ => 12.0,
            };
            let wide = svg::width(&text.replace("&quot;", "\""), size);
            let x = attribute(tag, "x");
            let from = match tag {
                t if t.contains("\"middle\"") => x - wide / 2.0,
                t if t.contains("\"end\"") => x - wide,
                _ => x,
            };
            (from, from + wide, attribute(tag, "y"), text.to_owned())
        })
        .collect()
}

#[test]
fn no_text_lies_on_another_or_leaves_the_picture() {
    for figure in all() {
        let boxes = boxes(&render(&figure, Embed::File));
        for (i, a) in boxes.iter().enumerate() {
            assert!(
                a.0 > -1.0 && a.1 < frame::WIDTH + 1.0,
                "{}: {a:?}",
                figure.id
            );
            for b in &boxes[i + 1..] {
                let apart = a.1 <= b.0 || b.1 <= a.0 || (a.2 - b.2).abs() >= 11.0;
                assert!(apart, "{}: {a:?} and {b:?}", figure.id);
            }
        }
    }
}

#[test]
fn what_has_no_place_is_named() {
    let text = render(&intervals(), Embed::File);
    assert!(
        text.contains("1 value of zero or below is not drawn"),
        "{text}"
    );
    let empty = &all()[4];
    assert!(render(empty, Embed::File).contains("No data"));
}

#[test]
fn a_band_beyond_the_axis_is_named_not_drawn() {
    let mut f = intervals();
    f.band = Some(Band {
        label: "1 to 2 hours".into(),
        lo: 3.6e12,
        hi: 7.2e12,
        wide_lo: 3.6e12,
        wide_hi: 7.2e12,
    });
    let svg = render(&f, Embed::File);
    assert!(svg.contains("lies to the right of this axis"));
    assert!(!svg.contains("<g class=\"band\">"));
}

#[test]
fn only_a_file_carries_its_style() {
    let f = ecdf();
    assert!(render(&f, Embed::File).contains("prefers-color-scheme"));
    assert!(!render(&f, Embed::Page).contains("<style"));
}

#[test]
fn the_first_thirty_series_all_look_different() {
    let mut classes: Vec<String> = (0..30).map(look::series).collect();
    classes.sort();
    classes.dedup();
    assert_eq!(classes.len(), 30);
}
