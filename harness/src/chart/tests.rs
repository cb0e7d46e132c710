//! Pictures of hard cases; `HARNESS_CHARTS=DIR cargo test -p harness chart` also leaves them as files to look at.

use std::collections::BTreeSet;

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
                kin: kin(k as usize, 0),
                values,
            }
        })
        .collect();
    let x = axis("pause", Unit::Nanosecond, true);
    figure("ecdf", Plot::Ecdf { x, series })
}

fn kin(program: usize, setting: usize) -> Kin {
    Kin { program, setting }
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
    let rust = vec![
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
    let section = |title: &str, rows: Vec<Row>| Section {
        title: title.into(),
        rows,
    };
    let x = axis("pause, 99th percentile", Unit::Nanosecond, true);
    let sections = vec![
        section(
            "gogc=50",
            vec![
                row("Go 1.24.9", 0, interval(82e3, 70e3, 96e3)),
                row("Go 1.27.3", 1, interval(140e3, 120e3, 165e3)),
            ],
        ),
        section(
            "gogc=100",
            vec![
                row("Go 1.24.9", 0, interval(61e3, 52e3, 71e3)),
                row(
                    "Go 1.27.3",
                    1,
                    interval(33e3, f64::NEG_INFINITY, f64::INFINITY),
                ),
            ],
        ),
        section("", rust),
    ];
    figure("intervals", Plot::Intervals { x, sections })
}

fn sweep() -> Figure {
    let line = |name: &str, program, base: f64, words: bool| Line {
        name: name.into(),
        kin: kin(program, 0),
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
                line("Go 1.24.9", 0, 160e3, true),
                line("Go 1.27.3", 1, 90e3, true),
                line("Go 1.27.3 (race)", 2, 900e3, false),
            ],
        },
    );
    f.subtitle = "case churn".into();
    f
}

/// Many series in two settings, over values that would lie on each other on a scale from 0 to 1024.
fn buffers() -> Figure {
    let programs = ["Go 1.21.13", "Go 1.24.11", "Go 1.27.3", "Rust (crossbeam)"];
    let series = programs
        .iter()
        .enumerate()
        .flat_map(|(program, name)| (0..2).map(move |setting| (program, *name, setting)))
        .map(|(program, name, setting)| Line {
            name: format!("{name} senders={}", 1 + 7 * setting),
            kin: kin(program, setting),
            points: [0.0, 1.0, 64.0, 1024.0]
                .into_iter()
                .map(|x| {
                    let c = 200.0 + 40.0 * program as f64 + 300.0 * setting as f64 - x / 10.0;
                    (Place::Number(x), interval(c, c * 0.9, c * 1.1))
                })
                .collect(),
        })
        .collect();
    Figure {
        band: None,
        ..figure(
            "buffers",
            Plot::Sweep {
                x_title: "buffer: values that fit into the channel".into(),
                x_log: false,
                x_unit: Unit::One,
                y: axis("time of a value", Unit::Nanosecond, false),
                series,
            },
        )
    }
}

fn growth() -> Figure {
    let cloud = |name: &str, program, base: f64, spikes: f64| Cloud {
        name: name.into(),
        kin: kin(program, 0),
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
                    cloud("Go 1.23.4", 0, 60.0, 0.6),
                    cloud("Go 1.27.3", 1, 45.0, 0.03),
                    cloud("Rust (hashbrown)", 2, 20.0, 0.2),
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
                kin: kin(0, 0),
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
                sections: vec![Section {
                    title: String::new(),
                    rows: vec![Row {
                        name: "Go".into(),
                        group: 0,
                        interval: interval(2660.0, 2640.0, 2690.0),
                        values: vec![2650.0, 2670.0],
                    }],
                }],
            },
        )
    };
    vec![
        ecdf(),
        intervals(),
        sweep(),
        growth(),
        empty,
        one,
        bytes,
        buffers(),
    ]
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
    let one_setting = (0..30).map(|i| kin(i, 0));
    let looks: BTreeSet<_> = look::looks(one_setting).into_iter().collect();
    assert_eq!(looks.len(), 30);
}

#[test]
fn programs_share_a_colour_and_settings_a_dash_as_far_as_they_go() {
    let pairs = |programs: usize, settings: usize| {
        (0..programs * settings).map(move |i| kin(i / settings, i % settings))
    };
    let classes = |programs: usize, settings: usize| -> Vec<String> {
        let looks = look::looks(pairs(programs, settings));
        looks.into_iter().map(look::Look::class).collect()
    };
    assert_eq!(classes(2, 2), ["s0 d0", "s0 d1", "s1 d0", "s1 d1"]);
    assert_eq!(classes(2, 6)[..3], ["s0 d0", "s1 d1", "s2 d2"]);
    let hardly_crossed = [kin(0, 0), kin(1, 0), kin(2, 1), kin(2, 2)];
    assert_eq!(
        look::looks(hardly_crossed.into_iter())[1],
        look::Look::number(1)
    );
    let all: BTreeSet<String> = classes(6, 5).into_iter().collect();
    assert_eq!(all.len(), 30);
}

/// The x of each round mark: two in the legend, then those of the first program in both settings.
fn marks(svg: &str) -> Vec<f64> {
    let circles = svg.lines().filter(|l| l.contains("<circle class=\"m\""));
    circles
        .map(|l| {
            let from = l.find("cx=\"").unwrap() + 4;
            l[from..].split('"').next().unwrap().parse().unwrap()
        })
        .collect()
}

#[test]
fn values_that_would_lie_on_each_other_stand_in_even_steps() {
    let svg = render(&buffers(), Embed::Page);
    assert!(svg.contains("not to scale"));
    for value in ["0", "1", "64", "1024"] {
        assert!(svg.contains(&format!(">{value}</text>")), "{value}");
    }
    let even = marks(&svg);
    let steps: Vec<f64> = even[2..6].windows(2).map(|x| x[1] - x[0]).collect();
    assert!(
        steps.iter().all(|s| (s - steps[0]).abs() < 0.3),
        "{steps:?}"
    );
}

#[test]
fn intervals_at_the_ends_of_a_sweep_stay_off_the_axis() {
    let mut f = buffers();
    let Plot::Sweep { series, .. } = &mut f.plot else {
        panic!("a sweep");
    };
    for line in series {
        line.points
            .retain(|(place, _)| matches!(place, Place::Number(x) if [0.0, 1024.0].contains(x)));
    }
    let svg = render(&f, Embed::Page);
    assert!(!svg.contains("not to scale"));
    let ticks: Vec<f64> = boxes(&svg)
        .into_iter()
        .filter(|b| b.3.ends_with(" ns"))
        .map(|b| b.1)
        .collect();
    let labels = ticks.into_iter().fold(0.0, f64::max);
    assert!(marks(&svg)[2..].iter().all(|x| x - 5.0 > labels + 8.0));
}
