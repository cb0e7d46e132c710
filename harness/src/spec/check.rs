//! What a definition must hold beyond its types: names that exist, cells that are selected, nothing twice.

use std::collections::BTreeSet;

use super::load::{Problem, Sources};
use super::locate::KeyPath;
use super::model::*;
use crate::record::CellKey;

/// The case under which source probes are selected.
pub const SOURCE_CASE: &str = "source";

/// Fewest pairs on which the A/A control is judged: with fewer its 99.5 % interval is infinite, or nearly so.
pub const CONTROL_PAIRS: usize = 6;

/// The case of the cells in which tools are asked.
pub const TOOL_CASE: &str = "tool";

pub(super) fn check(experiment: &Experiment, sources: &Sources) -> Vec<Problem> {
    let mut checker = Checker {
        experiment,
        problems: Vec::new(),
        cells: experiment.all_cells(),
    };
    checker.names();
    checker.programs(sources);
    checker.matrix();
    checker.source_probes();
    checker.tool_probes();
    checker.claims();
    checker.pairs_and_charts();
    checker.problems
}

impl Experiment {
    /// Every cell that the matrix can make, toolchains left empty.
    pub fn all_cells(&self) -> Vec<CellKey> {
        let mut cells: Vec<CellKey> = self
            .matrix
            .iter()
            .flat_map(|entry| {
                entry
                    .variants
                    .iter()
                    .flat_map(|variant| self.cells_of(entry, variant, ""))
            })
            .collect();
        cells.extend(self.source_cell(""));
        cells.extend(self.go_tool_cell(""));
        cells.extend(self.rust_tool_cell());
        cells
    }

    /// The cell in which this release's source is read.
    pub fn source_cell(&self, toolchain: &str) -> Option<CellKey> {
        let key = || self.probe_cell("go", toolchain, SOURCE_CASE);
        (!self.source_probes.is_empty()).then(key)
    }

    /// The cell in which this release's tools are asked.
    pub fn go_tool_cell(&self, toolchain: &str) -> Option<CellKey> {
        let asks = |probe: &ToolProbe| probe.language == Language::Go;
        let key = || self.probe_cell("go", toolchain, TOOL_CASE);
        self.tool_probes.iter().any(asks).then(key)
    }

    /// The cell in which the Rust compiler is asked.
    pub fn rust_tool_cell(&self) -> Option<CellKey> {
        let asks = |probe: &ToolProbe| probe.language == Language::Rust;
        let key = || self.probe_cell("rust", "", TOOL_CASE);
        self.tool_probes.iter().any(asks).then(key)
    }

    fn probe_cell(&self, variant: &str, toolchain: &str, case: &str) -> CellKey {
        CellKey {
            experiment: self.name.clone(),
            variant: variant.into(),
            toolchain: toolchain.into(),
            case: case.into(),
            params: Default::default(),
            copy: 0,
        }
    }

    /// The product of a matrix entry's parameter values for one variant, in the order of the file.
    pub fn cells_of(&self, entry: &MatrixEntry, variant: &str, toolchain: &str) -> Vec<CellKey> {
        let mut products: Vec<Vec<(String, String)>> = vec![Vec::new()];
        for (name, values) in &entry.params {
            products = products
                .into_iter()
                .flat_map(|row| {
                    values.iter().map(move |value| {
                        let mut row = row.clone();
                        row.push((name.clone(), value.clone()));
                        row
                    })
                })
                .collect();
        }
        products
            .into_iter()
            .map(|row| CellKey {
                experiment: self.name.clone(),
                variant: variant.to_owned(),
                toolchain: toolchain.to_owned(),
                case: entry.case.clone(),
                params: row.into_iter().collect(),
                copy: 0,
            })
            .collect()
    }
}

/// Whether a name is kebab-case: lower-case letters, digits and single hyphens.
pub fn is_kebab(name: &str) -> bool {
    !name.is_empty()
        && name.split('-').all(|part| {
            !part.is_empty()
                && part
                    .chars()
                    .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit())
        })
}

struct Checker<'a> {
    experiment: &'a Experiment,
    problems: Vec<Problem>,
    cells: Vec<CellKey>,
}

impl Checker<'_> {
    fn problem(&mut self, path: KeyPath, message: impl Into<String>) {
        self.problems.push(Problem {
            path,
            message: message.into(),
        });
    }

    fn names(&mut self) {
        let experiment = self.experiment;
        let root = KeyPath::default();
        if !is_kebab(&experiment.name) {
            self.problem(
                root.key("title"),
                format!("the file's name `{}` is not kebab-case", experiment.name),
            );
        }
        let named = [
            (
                "variants",
                experiment
                    .variants
                    .iter()
                    .map(|v| &v.name)
                    .collect::<Vec<_>>(),
            ),
            ("params", experiment.params.keys().collect()),
            ("metrics", experiment.metrics.keys().collect()),
        ];
        for (table, names) in named {
            for name in names {
                if table == "variants" && name == CONTROL_VARIANT {
                    self.problem(
                        root.key(table).key(name),
                        "is the name of the positive control",
                    );
                }
                if !is_kebab(name) {
                    self.problem(
                        root.key(table).key(name),
                        format!("`{name}` is not kebab-case (lower-case letters, digits, hyphens)"),
                    );
                }
            }
        }
    }

    fn programs(&mut self, sources: &Sources) {
        for variant in &self.experiment.variants {
            let path = KeyPath::default().key("variants").key(&variant.name);
            let (candidates, kind) = match variant.language {
                Language::Go => (
                    vec![sources.go_programs.join(&variant.program)],
                    "a folder of `go-programs`",
                ),
                Language::Rust => {
                    let bin = sources.rust_equivalents.join("src").join("bin");
                    (
                        vec![
                            bin.join(format!("{}.rs", variant.program)),
                            bin.join(&variant.program).join("main.rs"),
                        ],
                        "a binary of `rust-equivalents`",
                    )
                }
            };
            if !candidates.iter().any(|c| c.exists()) {
                self.problem(path, format!("program `{}` is not {kind}", variant.program));
            }
            if variant.language == Language::Rust && variant.go_min.is_some() {
                let path = KeyPath::default()
                    .key("variants")
                    .key(&variant.name)
                    .key("go-min");
                self.problem(path, "only a Go variant has a `go-min`");
            }
        }
    }

    fn matrix(&mut self) {
        let experiment = self.experiment;
        let mut seen = BTreeSet::new();
        let mut controls = 0;
        let is_adaptive = experiment.matrix.iter().any(|entry| entry.blocks.is_none());
        if is_adaptive && (experiment.run.min_blocks as usize) < CONTROL_PAIRS {
            self.problem(
                KeyPath::default().key("run").key("min-blocks"),
                format!("must be {CONTROL_PAIRS} or more, the pairs that the A/A control needs, unless all entries have `blocks`"),
            );
        }
        for (i, entry) in experiment.matrix.iter().enumerate() {
            let path = KeyPath::default().key("matrix").index(i);
            controls += usize::from(entry.control);
            if entry.blocks == Some(0) {
                self.problem(path.key("blocks"), "must be 1 or more");
            }
            if entry.control && controls > 1 {
                self.problem(
                    path.key("control"),
                    "only one entry carries the A/A control",
                );
            }
            if entry.control && entry.blocks.is_some_and(|n| (n as usize) < CONTROL_PAIRS) {
                self.problem(
                    path.key("control"),
                    format!("the A/A control needs {CONTROL_PAIRS} blocks or more"),
                );
            }
            if [SOURCE_CASE, TOOL_CASE].contains(&entry.case.as_str()) {
                self.problem(
                    path.key("case"),
                    format!("`{}` is reserved for [[{}]] probes", entry.case, entry.case),
                );
            }
            if entry.variants.is_empty() {
                self.problem(path.key("variants"), "name at least one variant");
            }
            for name in &entry.variants {
                if !experiment.variants.iter().any(|v| v.name == *name) {
                    let known: Vec<&str> = experiment
                        .variants
                        .iter()
                        .map(|v| v.name.as_str())
                        .collect();
                    self.problem(
                        path.key("variants"),
                        format!("unknown variant `{name}` (known: {})", known.join(", ")),
                    );
                }
                for cell in experiment.cells_of(entry, name, "") {
                    if !seen.insert(cell.clone()) {
                        self.problem(path.clone(), format!("cell `{cell}` stands here twice"));
                    }
                }
            }
            for (name, values) in &entry.params {
                if !experiment.params.contains_key(name) {
                    self.problem(
                        path.key("params").key(name),
                        format!("unknown parameter `{name}` (declare it under [params.{name}])"),
                    );
                }
                if values.is_empty() {
                    self.problem(path.key("params").key(name), "give at least one value");
                }
            }
        }
    }

    fn source_probes(&mut self) {
        let mut keys = BTreeSet::new();
        for (i, probe) in self.experiment.source_probes.iter().enumerate() {
            let path = KeyPath::default().key("source").index(i);
            if !keys.insert(&probe.key) {
                self.problem(
                    path.key("key"),
                    format!("key `{}` stands here twice", probe.key),
                );
            }
            if probe.files.is_empty() {
                self.problem(path.key("files"), "name at least one file below GOROOT");
            }
            self.pattern(&path, &probe.pattern);
        }
    }

    fn pattern(&mut self, path: &KeyPath, pattern: &str) {
        if let Err(error) = regex::Regex::new(pattern) {
            // The error draws the pattern over several lines and says what is wrong in the last one.
            let text = error.to_string();
            let last = text.lines().last().unwrap_or_default();
            let reason = last.strip_prefix("error: ").unwrap_or(last);
            self.problem(
                path.key("pattern"),
                format!("no regular expression: {reason}"),
            );
        }
    }

    fn tool_probes(&mut self) {
        let mut keys = BTreeSet::new();
        for (i, probe) in self.experiment.tool_probes.iter().enumerate() {
            let path = KeyPath::default().key("tool").index(i);
            if !keys.insert(&probe.key) {
                self.problem(
                    path.key("key"),
                    format!("key `{}` stands here twice", probe.key),
                );
            }
            if probe.source.is_empty() || probe.source.split('/').any(|part| part == "..") {
                self.problem(path.key("source"), "name a source of this project");
            }
            if let Some(pattern) = &probe.pattern {
                self.pattern(&path, pattern);
            }
        }
    }

    fn claims(&mut self) {
        let experiment = self.experiment;
        let mut ids = BTreeSet::new();
        for (i, claim) in experiment.claims.iter().enumerate() {
            let path = KeyPath::default().key("claims").index(i);
            for id in std::iter::once(&claim.id).chain(&claim.also) {
                if !ids.insert(id.clone()) {
                    self.problem(path.key("id"), format!("claim `{id}` stands here twice"));
                }
            }
            self.judge(&path, &claim.judge);
            if let Some(instead) = &claim.instead {
                self.judge(&path.key("instead"), &instead.judge);
            }
        }
    }

    fn judge(&mut self, path: &KeyPath, judge: &Judge) {
        for (i, figure) in judge.figures().iter().enumerate() {
            let path = path.key("figures").index(i);
            self.selects(&path.key("select"), &figure.of.select);
            if let Some(versus) = &figure.versus {
                self.selects(&path.key("versus"), &versus.select);
                self.pairs_up(&path.key("versus"), &figure.of.select, &versus.select);
            }
        }
        for (i, expected) in judge.outcomes().iter().enumerate() {
            let path = path.key("outcomes").index(i);
            self.selects(&path.key("select"), &expected.select);
            let experiment = self.experiment;
            let mut sources = experiment.source_probes.iter().map(|p| &p.key);
            let mut tools = experiment.tool_probes.iter().map(|p| &p.key);
            let (case, is_known) = match expected.select.case.as_deref() {
                Some(SOURCE_CASE) => (SOURCE_CASE, sources.any(|key| *key == expected.key)),
                Some(TOOL_CASE) => (TOOL_CASE, tools.any(|key| *key == expected.key)),
                _ => continue,
            };
            if !is_known {
                self.problem(
                    path.key("key"),
                    format!("no [[{case}]] probe has the key `{}`", expected.key),
                );
            }
        }
    }

    fn pairs_and_charts(&mut self) {
        let experiment = self.experiment;
        for (i, pair) in experiment.pairs.iter().enumerate() {
            let path = KeyPath::default().key("pairs").index(i);
            self.selects(&path.key("of"), &pair.of.select);
            self.selects(&path.key("versus"), &pair.versus.select);
            self.pairs_up(&path.key("versus"), &pair.of.select, &pair.versus.select);
        }
        let mut ids = BTreeSet::new();
        for (i, chart) in experiment.charts.iter().enumerate() {
            let path = KeyPath::default().key("charts").index(i);
            if !ids.insert(&chart.id) {
                self.problem(
                    path.key("id"),
                    format!("chart `{}` stands here twice", chart.id),
                );
            }
            if !is_kebab(&chart.id) {
                self.problem(path.key("id"), format!("`{}` is not kebab-case", chart.id));
            }
            self.selects(&path.key("select"), &chart.select);
            match (chart.kind, &chart.x) {
                (ChartKind::Sweep, None) => {
                    self.problem(path.key("kind"), "a sweep needs `x`, a parameter")
                }
                (_, Some(x)) if !experiment.params.contains_key(x) => {
                    self.problem(path.key("x"), format!("unknown parameter `{x}`"));
                }
                _ => {}
            }
            if let Some(id) = &chart.claim
                && !experiment.claims.iter().any(|c| c.id == *id)
            {
                self.problem(path.key("claim"), format!("unknown claim `{id}`"));
            }
        }
    }

    fn selects(&mut self, path: &KeyPath, selector: &Selector) {
        if !self.cells.iter().any(|cell| selector.matches(cell)) {
            let mut known = self.experiment.variants.iter().map(|v| &v.name);
            let message = match &selector.variant {
                Some(name) if !known.any(|variant| variant == name) => {
                    let names: Vec<&str> = self
                        .experiment
                        .variants
                        .iter()
                        .map(|v| v.name.as_str())
                        .collect();
                    format!(
                        "selects no cell of the matrix: unknown variant `{name}` (known: {})",
                        names.join(", ")
                    )
                }
                _ => "selects no cell of the matrix".to_owned(),
            };
            self.problem(path.clone(), message);
        }
    }

    fn pairs_up(&mut self, path: &KeyPath, of: &Selector, versus: &Selector) {
        let crowded =
            self.cells
                .iter()
                .filter(|cell| of.matches(cell))
                .find(|cell| {
                    let others = self.cells.iter().filter(|other| {
                        versus.counterpart(cell, std::iter::once(*other)).is_some()
                    });
                    others.count() > 1
                });
        if let Some(cell) = crowded {
            self.problem(
                path.clone(),
                format!(
                    "more than one cell stands against `{cell}`: pin variant, case or parameter"
                ),
            );
        }
        let lonely = self
            .cells
            .iter()
            .filter(|cell| of.matches(cell))
            .find(|cell| versus.counterpart(cell, &self.cells).is_none());
        if let Some(cell) = lonely {
            self.problem(path.clone(), format!("nothing stands against `{cell}`"));
        }
    }
}
