use std::collections::BTreeSet;

use super::fixture::fixture;
use super::*;
use crate::chart::data::Plot;

fn written(exporter: &dyn Exporter, view: &ReportView<'_>) -> String {
    let mut out = Vec::new();
    exporter.write(view, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

#[test]
fn markdown_reads_as_agreed() {
    let fixture = fixture();
    insta::assert_snapshot!(written(&Markdown, &ReportView::build(fixture.inputs())));
}

#[test]
fn terminal_reads_as_agreed_at_two_widths() {
    let fixture = fixture();
    let view = ReportView::build(fixture.inputs());
    for width in [80, 120] {
        let terminal = Terminal {
            width,
            colour: false,
            folder: "results/runs/20261124T063000Z-42".into(),
        };
        let text = terminal.render(&view);
        for line in text.lines() {
            assert!(line.chars().count() <= usize::from(width), "{line}");
        }
        assert!(!text.contains('\u{1b}'));
        insta::assert_snapshot!(format!("terminal_{width}"), text);
    }
}

#[test]
fn colour_only_where_it_was_asked_for() {
    let fixture = fixture();
    let terminal = Terminal {
        width: 100,
        colour: true,
        folder: "r".into(),
    };
    let text = terminal.render(&ReportView::build(fixture.inputs()));
    assert!(
        text.contains("\u{1b}[1m\u{1b}[35mversion-dependent\u{1b}[0m"),
        "{text:?}"
    );
}

#[test]
fn estimates_are_exact_in_csv() {
    let fixture = fixture();
    insta::assert_snapshot!(written(&EstimatesCsv, &ReportView::build(fixture.inputs())));
}

#[test]
fn invocations_have_a_row_each_with_the_columns_of_their_cell_and_samples_one_that_names_theirs() {
    let mut fixture = fixture();
    fixture.invocations.truncate(1);
    for samples in &mut fixture.invocations[0].samples {
        samples.values.truncate(2);
        samples.at.truncate(2);
    }
    let view = ReportView::build(fixture.inputs());
    insta::assert_snapshot!("invocations_csv", written(&InvocationsCsv, &view));
    insta::assert_snapshot!("samples_csv", written(&SamplesCsv, &view));
}

#[test]
fn numbers_of_samples_are_those_that_display_gives() {
    let mut fixture = fixture();
    fixture.invocations.truncate(1);
    let numbers = [
        0.0,
        -0.0,
        7.0,
        -7.0,
        0.1 + 0.2,
        1e22,
        9_007_199_254_740_993.0,
        12345.75,
    ];
    let invocation = &mut fixture.invocations[0];
    invocation.records.clear();
    invocation.samples.truncate(1);
    invocation.samples[0].values = numbers.to_vec();
    invocation.samples[0].at = Vec::new();
    let text = written(&SamplesCsv, &ReportView::build(fixture.inputs()));
    let values: Vec<&str> = text
        .lines()
        .skip(1)
        .filter_map(|l| l.split(',').nth(7))
        .collect();
    assert_eq!(values, numbers.map(|n| n.to_string()));
}

#[test]
fn verdicts_json_has_a_version_and_reads_back() {
    let fixture = fixture();
    let text = written(&VerdictsJson, &ReportView::build(fixture.inputs()));
    let value: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(value["format"], 1);
    assert_eq!(value["run"], "20261124T063000Z-42");
    assert_eq!(value["fit"], false);
    let verdicts: Vec<Verdict> = serde_json::from_value(value["verdicts"].clone()).unwrap();
    assert_eq!(verdicts, fixture.verdicts);
}

#[test]
fn what_is_said_first_is_whether_the_run_is_fit() {
    let mut fixture = fixture();
    let unfit = written(&Html, &ReportView::build(fixture.inputs()));
    let at = |text: &str, what: &str| text.find(what).unwrap_or_else(|| panic!("no {what}"));
    assert!(
        at(&unfit, "This run is UNFIT: 1 of 2 controls failed") < at(&unfit, "class=\"counts\"")
    );

    fixture.controls[0].passed = true;
    let view = ReportView::build(fixture.inputs());
    assert!(view.fitness.fit);
    fixture.controls.clear();
    let view = ReportView::build(fixture.inputs());
    assert!(!view.fitness.fit && view.fitness.says.starts_with("No control ran"));
}

#[test]
fn releases_say_since_when() {
    let fixture = fixture();
    let view = ReportView::build(fixture.inputs());
    let since: Vec<(&str, &str)> = view
        .releases
        .rows
        .iter()
        .map(|r| (r.claim.as_str(), r.since.as_str()))
        .collect();
    assert_eq!(
        since,
        [
            ("q03-pause-under-100us", "confirmed since 1.27.3"),
            ("q03-stw-submillisecond", "confirmed on all"),
        ]
    );
}

#[test]
fn charts_show_the_claim_only_where_it_speaks_of_the_same() {
    let fixture = fixture();
    let view = ReportView::build(fixture.inputs());
    let charts = &view.experiments[0].charts;
    let banded: Vec<bool> = charts.iter().map(|c| c.figure.band.is_some()).collect();
    assert_eq!(banded, [true, true, true, false]);
    let band = charts[1].figure.band.as_ref().unwrap();
    assert_eq!((band.hi, band.wide_hi), (100e3, 150e3));
    assert!(charts.iter().all(|c| !c.svg.contains("No data")));
    assert_eq!(chart_files(&view).count(), 4);
}

#[test]
fn a_crowded_distribution_shows_the_newest_release_and_says_so() {
    let fixture = fixture();
    let view = ReportView::build(fixture.inputs());
    let figure = &view.experiments[0].charts[0].figure;
    let Plot::Ecdf { series, .. } = &figure.plot else {
        panic!("a distribution");
    };
    let names: Vec<&str> = series.iter().map(|s| s.name.as_str()).collect();
    assert_eq!(
        names,
        [
            "Go gogc=50",
            "Go gogc=100",
            "Go gogc=off",
            "Rust (drop)",
            "Rust (arena)",
            "Rust (tokio)"
        ]
    );
    assert_eq!(
        figure.subtitle,
        "Go 1.27.3, case churn, live-mib=64; other releases are in the tables"
    );
    let Plot::Intervals { sections, .. } = &view.experiments[0].charts[1].figure.plot else {
        panic!("intervals");
    };
    let rows: usize = sections.iter().map(|s| s.rows.len()).sum();
    assert_eq!(rows, 9, "rows stay readable, so none is left out");
    let titles: Vec<&str> = sections.iter().map(|s| s.title.as_str()).collect();
    assert_eq!(titles, ["gogc=50", "gogc=100", "gogc=off", ""]);
}

/// Tags of a page in order, quotes respected: name and whole text.
fn tags(html: &str) -> Vec<(&str, &str)> {
    let mut found = Vec::new();
    let mut rest = html;
    while let Some(start) = rest.find('<') {
        rest = &rest[start..];
        let mut quoted = false;
        let end = rest
            .char_indices()
            .find(|(_, c)| {
                quoted ^= *c == '"';
                *c == '>' && !quoted
            })
            .map(|(i, _)| i)
            .unwrap();
        let tag = &rest[..=end];
        let name = tag[1..]
            .split(|c: char| c.is_whitespace() || c == '>')
            .next()
            .unwrap();
        found.push((name.trim_end_matches('/'), tag));
        rest = &rest[end + 1..];
    }
    found
}

fn attributes<'a>(html: &'a str, name: &str) -> Vec<&'a str> {
    let opening = format!(" {name}=\"");
    html.match_indices(&opening)
        .map(|(at, m)| html[at + m.len()..].split('"').next().unwrap())
        .collect()
}

#[test]
fn the_page_is_whole_and_loads_nothing() {
    let fixture = fixture();
    let html = written(&Html, &ReportView::build(fixture.inputs()));
    if let Some(folder) = std::env::var_os("HARNESS_CHARTS") {
        std::fs::write(std::path::Path::new(&folder).join("report.html"), &html).unwrap();
    }

    for forbidden in [
        "<script",
        "<link",
        "<img",
        "<iframe",
        "@import",
        "url(",
        " src=",
        "xlink:href",
    ] {
        assert!(!html.contains(forbidden), "{forbidden}");
    }
    // Links that a reader may follow are no loads, but only `a` may have them.
    for (name, tag) in tags(&html) {
        assert!(!tag.contains("href=") || name == "a", "{tag}");
    }

    let ids = attributes(&html, "id");
    assert_eq!(
        ids.iter().collect::<BTreeSet<_>>().len(),
        ids.len(),
        "{ids:?}"
    );
    for target in attributes(&html, "href")
        .iter()
        .filter_map(|h| h.strip_prefix('#'))
    {
        assert!(ids.contains(&target), "no id {target}");
    }
    for target in attributes(&html, "aria-labelledby")
        .iter()
        .flat_map(|l| l.split(' '))
    {
        assert!(ids.contains(&target), "no id {target}");
    }

    let void = ["meta", "br", "hr", "!doctype"];
    let mut open = Vec::new();
    for (name, tag) in tags(&html) {
        if let Some(closed) = name.strip_prefix('/') {
            assert_eq!(open.pop(), Some(closed), "at {tag}");
        } else if !void.contains(&name) && !tag.ends_with("/>") {
            open.push(name);
        }
    }
    assert!(open.is_empty(), "{open:?}");
}

#[test]
fn what_programs_print_can_not_break_a_page_or_a_table() {
    let fixture = fixture();
    let view = ReportView::build(fixture.inputs());
    assert!(written(&Html, &view).contains("bytes failed &lt;|&gt;"));
    assert!(written(&Markdown, &view).contains("bytes failed &lt;\\|>"));
}

#[test]
fn an_empty_run_still_gives_every_file() {
    let mut fixture = fixture();
    fixture.invocations.clear();
    fixture.estimates.clear();
    fixture.verdicts.clear();
    fixture.stops.clear();
    let view = ReportView::build(fixture.inputs());
    for exporter in standard() {
        assert!(
            !written(exporter.as_ref(), &view).is_empty(),
            "{}",
            exporter.name()
        );
    }
    assert!(chart_files(&view).all(|(_, svg)| svg.contains("No data")));
}
