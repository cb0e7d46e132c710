//! The tables that the raw file gives.

use std::fmt::Write as _;

use super::plan::{BODIES, SLOWDOWNS, Tool};
use super::raw::{Call, Ending, Found, Outcome, Raw};

/// Shares of false alarms that every tool is set to in turn.
const EQUAL_RATES: [f64; 3] = [0.0, 0.05, 0.10];

/// Most false alarms that ours may raise.
const GOAL_FALSE_ALARMS: f64 = 0.01;

/// Least share that ours is to find, by slow-down in percent.
const GOAL_FOUND: [(u64, f64); 2] = [(5, 0.80), (10, 0.95)];

/// A share with its Wilson interval (JASA 1927) at 95 %.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Share {
    hits: usize,
    of: usize,
}

impl Share {
    fn rate(self) -> f64 {
        self.hits as f64 / self.of as f64
    }

    fn wilson(self) -> (f64, f64) {
        const Z: f64 = 1.959_963_984_540_054;
        let (n, p) = (self.of as f64, self.rate());
        let center = (p + Z * Z / (2.0 * n)) / (1.0 + Z * Z / n);
        let half = Z / (1.0 + Z * Z / n) * (p * (1.0 - p) / n + Z * Z / (4.0 * n * n)).sqrt();
        ((center - half).max(0.0), (center + half).min(1.0))
    }

    fn text(self) -> String {
        if self.of == 0 {
            return "-".to_owned();
        }
        let (lo, hi) = self.wilson();
        format!(
            "{:.1} % ({:.1} to {:.1})",
            100.0 * self.rate(),
            100.0 * lo,
            100.0 * hi
        )
    }

    fn short(self) -> String {
        format!("{}/{}", self.hits, self.of)
    }
}

/// Everything that one tool did.
struct Record<'a> {
    tool: Tool,
    outcomes: Vec<&'a Outcome>,
}

impl<'a> Record<'a> {
    fn at(&self, slowdown: u64) -> impl Iterator<Item = &'a Outcome> + '_ {
        self.outcomes
            .iter()
            .copied()
            .filter(move |o| o.comparison.slowdown_percent == slowdown)
    }

    fn found_at(&self, slowdown: u64) -> impl Iterator<Item = &'a Found> + '_ {
        self.at(slowdown).filter_map(|o| o.found())
    }

    /// False alarms among the A/A comparisons that came to a decision.
    fn false_alarms(&self) -> Share {
        let calls: Vec<Call> = self.found_at(0).map(|f| f.call).collect();
        Share {
            hits: calls.iter().filter(|call| **call != Call::Same).count(),
            of: calls.len(),
        }
    }

    /// Slow-downs of that size that `finds`, among all that were tried: a failed comparison found nothing.
    fn share_at(&self, slowdown: u64, finds: impl Fn(&Found) -> bool) -> Share {
        Share {
            hits: self.found_at(slowdown).filter(|f| finds(f)).count(),
            of: self.at(slowdown).count(),
        }
    }

    fn detected(&self, slowdown: u64) -> Share {
        self.share_at(slowdown, |f| f.call == Call::Slower)
    }

    /// Slow-downs found where the threshold on `score` lets at most `rate` of the A/A comparisons through.
    fn detected_at_rate(&self, slowdown: u64, rate: f64, score: fn(&Found) -> f64) -> Share {
        let mut null: Vec<f64> = self.found_at(0).map(score).collect();
        null.sort_by(|a, b| b.total_cmp(a));
        let allowed = (rate * null.len() as f64).floor() as usize;
        // Without enough A/A comparisons to set it, nothing is found.
        let threshold = null.get(allowed).copied().unwrap_or(f64::INFINITY);
        self.share_at(slowdown, |f| f.ratio > 1.0 && score(f) > threshold)
    }

    /// The same by the better of a tool's two knobs: how sure it must be, or how large a difference must be.
    fn best_at_rate(&self, slowdown: u64, rate: f64) -> Share {
        let by_evidence = self.detected_at_rate(slowdown, rate, |f| f.evidence);
        let by_size = self.detected_at_rate(slowdown, rate, |f| f.ratio.ln().abs());
        if by_size.hits > by_evidence.hits {
            by_size
        } else {
            by_evidence
        }
    }
}

/// The whole report.
pub fn report(raw: &Raw) -> String {
    let records: Vec<Record> = Tool::ALL
        .into_iter()
        .map(|tool| Record {
            tool,
            outcomes: raw
                .outcomes
                .iter()
                .filter(|o| o.comparison.tool == tool)
                .collect(),
        })
        .filter(|record| !record.outcomes.is_empty())
        .collect();
    [
        head(raw),
        false_alarms(&records),
        power(&records),
        equal_rates(&records),
        by_body(&records),
        goals(&records),
        failures(raw),
    ]
    .join("\n")
}

fn head(raw: &Raw) -> String {
    let setup = &raw.setup;
    let mut text = format!(
        "The harness and its peers: {} comparisons from {} to {}, {} s of wall-clock time each, seed {}\n\
         machine: {}\n",
        raw.outcomes.len(),
        setup.started,
        raw.outcomes.last().map_or("-", |o| o.started.as_str()),
        setup.budget_s,
        setup.seed,
        setup.host.fingerprint(),
    );
    // Writing to a String can't fail.
    for (before, moved) in &raw.moves {
        let _ = writeln!(
            text,
            "machine from comparison {} on ({}): {}",
            before + 1,
            moved.started,
            moved.host.fingerprint()
        );
    }
    for (name, version) in &setup.versions {
        let _ = writeln!(text, "{name}: {version}");
    }
    for (tool, why) in &setup.skipped {
        let _ = writeln!(text, "skipped {tool}: {why}");
    }
    text
}

fn false_alarms(records: &[Record]) -> String {
    let rows = records.iter().map(|record| {
        let alarms = record.false_alarms();
        let seconds = record.at(0).map(|o| o.seconds);
        vec![
            record.tool.to_string(),
            alarms.of.to_string(),
            (record.at(0).count() - alarms.of).to_string(),
            alarms.hits.to_string(),
            alarms.text(),
            format!("{:.1}", median(seconds)),
        ]
    });
    table(
        "False alarms: A/A comparisons in which a difference was called (Wilson interval at 95 %)",
        &["tool", "decided", "failed", "alarms", "share", "seconds"],
        rows,
    )
}

fn power(records: &[Record]) -> String {
    let rows = records.iter().map(|record| {
        let mut row = vec![record.tool.to_string()];
        row.extend(SLOWDOWNS.map(|slowdown| record.detected(slowdown).text()));
        let wrong = SLOWDOWNS
            .map(|slowdown| record.share_at(slowdown, |f| f.call == Call::Faster).hits)
            .iter()
            .sum::<usize>();
        row.push(wrong.to_string());
        let decided = SLOWDOWNS
            .iter()
            .flat_map(|slowdown| record.found_at(*slowdown))
            .filter_map(|found| found.decided_s);
        let decided = median(decided);
        row.push(if decided.is_finite() {
            format!("{decided:.1}")
        } else {
            "-".to_owned()
        });
        row
    });
    table(
        "Power: injected slow-downs that were called slower, each tool as it decides by itself",
        &[
            "tool",
            "+2 %",
            "+5 %",
            "+10 %",
            "wrong way",
            "decided after s",
        ],
        rows,
    )
}

fn equal_rates(records: &[Record]) -> String {
    EQUAL_RATES
        .map(|rate| {
            let rows = records.iter().map(|record| {
                let mut row = vec![record.tool.to_string()];
                row.extend(SLOWDOWNS.map(|s| record.best_at_rate(s, rate).text()));
                row
            });
            let title = format!(
                "Power where each tool's threshold is set so that at most {:.0} % of its A/A comparisons are alarms\n\
                 (by its evidence or by the size of the difference, whichever finds more)",
                100.0 * rate
            );
            table(&title, &["tool", "+2 %", "+5 %", "+10 %"], rows)
        })
        .join("\n")
}

fn by_body(records: &[Record]) -> String {
    let rows = records.iter().flat_map(|record| {
        let share = |slowdown: u64, body: &str, hits: fn(&Found) -> bool| {
            let of_body = record
                .at(slowdown)
                .filter(|o| o.comparison.body == body)
                .collect();
            Record {
                tool: record.tool,
                outcomes: of_body,
            }
            .share_at(slowdown, hits)
            .short()
        };
        [
            (
                "alarms",
                0,
                (|f| f.call != Call::Same) as fn(&Found) -> bool,
            ),
            ("+5 % found", 5, |f| f.call == Call::Slower),
        ]
        .map(|(what, slowdown, hits)| {
            let mut row = vec![record.tool.to_string(), what.to_owned()];
            row.extend(BODIES.map(|body| share(slowdown, body, hits)));
            row
        })
    });
    let mut columns = vec!["tool", "what"];
    columns.extend(BODIES);
    table("By body", &columns, rows)
}

fn goals(records: &[Record]) -> String {
    let Some((ours, peers)) = records
        .split_first()
        .filter(|(first, _)| first.tool == Tool::Harness)
    else {
        return "Goals: not judged, the harness took no part\n".to_owned();
    };
    let mut text = "Goals\n".to_owned();
    let mut goal = |met: bool, says: String| {
        let _ = writeln!(text, "  {} {says}", if met { "met    " } else { "NOT MET" });
    };
    let rate = ours.false_alarms().rate();
    goal(
        rate <= GOAL_FALSE_ALARMS,
        format!(
            "at most {:.0} % false alarms: {}",
            100.0 * GOAL_FALSE_ALARMS,
            ours.false_alarms().text()
        ),
    );
    for peer in peers {
        let theirs = peer.false_alarms();
        goal(
            rate < theirs.rate(),
            format!("fewer false alarms than {}: {}", peer.tool, theirs.text()),
        );
    }
    for (slowdown, least) in GOAL_FOUND {
        let found = ours.detected(slowdown);
        goal(
            found.rate() >= least,
            format!(
                "+{slowdown} % found in at least {:.0} %: {}",
                100.0 * least,
                found.text()
            ),
        );
    }
    // Without peers there is nothing to be better than.
    let rates: &[f64] = if peers.is_empty() { &[] } else { &EQUAL_RATES };
    for rate in rates.iter().copied() {
        for slowdown in SLOWDOWNS {
            let of_ours = ours.best_at_rate(slowdown, rate);
            let more: Vec<String> = peers
                .iter()
                .map(|peer| (peer.tool, peer.best_at_rate(slowdown, rate)))
                .filter(|(_, theirs)| theirs.rate() > of_ours.rate())
                .map(|(tool, theirs)| format!("{tool} {}", theirs.text()))
                .collect();
            let says = if more.is_empty() {
                of_ours.text()
            } else {
                format!("{}, but {}", of_ours.text(), more.join(", "))
            };
            goal(
                more.is_empty(),
                format!(
                    "no peer finds more of +{slowdown} % at {:.0} % false alarms: {says}",
                    100.0 * rate
                ),
            );
        }
    }
    text
}

fn failures(raw: &Raw) -> String {
    raw.outcomes
        .iter()
        .filter_map(|o| match &o.ending {
            Ending::Failed(error) => Some(format!("failed {}: {error}\n", o.comparison.id())),
            Ending::Found(_) => None,
        })
        .collect()
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    harness::stats::quantile::median(&values.collect::<Vec<_>>()).unwrap_or(f64::NAN)
}

fn table(title: &str, columns: &[&str], rows: impl Iterator<Item = Vec<String>>) -> String {
    let head = columns.iter().map(|c| (*c).to_owned()).collect();
    let rows: Vec<Vec<String>> = std::iter::once(head).chain(rows).collect();
    let widths: Vec<usize> = (0..columns.len())
        .map(|i| {
            let cells = rows.iter().filter_map(|row| row.get(i));
            cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
        })
        .collect();
    let mut text = format!("{title}\n");
    for row in rows {
        let cells = row.iter().zip(&widths);
        let line: String = cells
            .map(|(cell, width)| format!("  {cell:<width$}"))
            .collect();
        let _ = writeln!(text, "{}", line.trim_end());
    }
    text
}

#[cfg(test)]
mod tests {
    use super::super::raw::tests::{found, outcome, setup};
    use super::*;

    fn raw(outcomes: Vec<Outcome>) -> Raw {
        Raw {
            setup: setup(),
            moves: Vec::new(),
            outcomes,
        }
    }

    /// A/A comparisons and slow-downs of 5 % with these evidences; 2 is the threshold of the tool itself.
    fn outcomes(tool: Tool, null: &[f64], slowed: &[f64]) -> Vec<Outcome> {
        let call = |evidence: f64| {
            if evidence > 2.0 {
                Call::Slower
            } else {
                Call::Same
            }
        };
        let made = |slowdown: u64, evidences: &[f64]| -> Vec<Outcome> {
            (0..)
                .zip(evidences)
                .map(|(i, &e)| outcome(tool, slowdown, i, found(call(e), 1.01, e)))
                .collect()
        };
        [made(0, null), made(5, slowed)].concat()
    }

    #[test]
    fn wilson_intervals_are_those_of_the_textbook() {
        // Newcombe, Statist. Med. 17 (1998), table I, method 3.
        for (hits, of, expected) in [
            (81, 263, (0.2553, 0.3662)),
            (15, 148, (0.0624, 0.1605)),
            (0, 20, (0.0, 0.1611)),
            (1, 29, (0.0061, 0.1718)),
        ] {
            let (lo, hi) = Share { hits, of }.wilson();
            assert!(
                (lo - expected.0).abs() < 1e-4 && (hi - expected.1).abs() < 1e-4,
                "{hits}/{of}: {lo} {hi}"
            );
        }
    }

    #[test]
    fn a_threshold_is_moved_until_the_rates_of_false_alarms_are_equal() {
        let null: Vec<f64> = (0..20).map(|i| f64::from(i) / 5.0).collect();
        let all = outcomes(Tool::GoBench, &null, &[3.5, 3.7, 3.9, 1.0]);
        let record = Record {
            tool: Tool::GoBench,
            outcomes: all.iter().collect(),
        };
        assert_eq!(record.false_alarms(), Share { hits: 9, of: 20 });
        assert_eq!(record.detected(5), Share { hits: 3, of: 4 });
        let at = |rate| record.detected_at_rate(5, rate, |f| f.evidence).hits;
        // The strongest false alarm is at 3.8, the one after it at 3.6.
        assert_eq!([at(0.0), at(0.05), at(0.10)], [1, 2, 3]);
    }

    #[test]
    fn a_failed_comparison_is_no_alarm_finds_nothing_and_is_told() {
        let mut all = outcomes(Tool::Harness, &[0.0, 0.0], &[5.0]);
        for slowdown in [0, 5] {
            all.push(outcome(
                Tool::Harness,
                slowdown,
                9,
                Ending::Failed("broke".to_owned()),
            ));
        }
        let record = Record {
            tool: Tool::Harness,
            outcomes: all.iter().collect(),
        };
        assert_eq!(record.false_alarms(), Share { hits: 0, of: 2 });
        assert_eq!(record.detected(5), Share { hits: 1, of: 2 });
        let text = report(&raw(all));
        assert!(text.contains("failed harness/go/sort+5#9: broke"), "{text}");
    }

    #[test]
    fn goals_are_met_or_not() {
        let quiet = outcomes(Tool::Harness, &[0.1; 60], &[5.0; 40]);
        let loud = outcomes(Tool::GoBench, &[4.0, 0.1, 0.1], &[5.0; 40]);
        let text = report(&raw([quiet.clone(), loud.clone()].concat()));
        for line in [
            "met     at most 1 % false alarms: 0.0 %",
            "met     fewer false alarms than go-bench: 33.3 %",
            "met     +5 % found in at least 80 %: 100.0 %",
            "skipped hyperfine: not on the PATH",
        ] {
            assert!(text.contains(line), "{line} is not in\n{text}");
        }
        let alone = report(&raw(outcomes(Tool::Harness, &[0.1; 60], &[5.0; 40])));
        assert!(!alone.contains("no peer finds more"), "{alone}");
        let blind = outcomes(Tool::Harness, &[3.0; 2], &[1.0; 40]);
        let text = report(&raw([blind, loud].concat()));
        for line in [
            "NOT MET at most 1 % false alarms: 100.0 %",
            "NOT MET +5 % found in at least 80 %: 0.0 %",
            "NOT MET no peer finds more of +5 % at 0 % false alarms: 0.0 % (0.0 to 8.8), but go-bench 100.0 %",
        ] {
            assert!(text.contains(line), "{line} is not in\n{text}");
        }
    }
}
