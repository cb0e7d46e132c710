//! What is compared and by what: programs built, tools found or installed, and how much a process does.

use std::collections::BTreeMap;
use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context as _;
use harness::stats::quantile;
use harness::toolchain::{Builder, Cache, Found, GoToolchain, Project, Search};
use harness::{probe, record, spec};

use super::child::Children;
use super::plan::{BODIES, Language, Tool, work_name};
use super::raw::Work;

/// The program of the five bodies, in both languages.
pub const PROGRAM: &str = "peers";

/// Units of an operation without a slow-down, as both programs have it.
pub const UNITS_PER_OP: u64 = 100;

/// Samples' worth of work in a process that is timed as a whole.
pub const SAMPLES: u32 = 12;

/// Aimed at for a sample: a process that is timed as a whole then lives some 20 ms, ten times what it takes to start.
const SAMPLE: Duration = Duration::from_micros(1700);

/// benchstat makes no releases.
const BENCHSTAT: &str = "golang.org/x/perf/cmd/benchstat@v0.0.0-20260908200009-22c9c6c9d4da";

/// Whatever could be had.
#[derive(Debug)]
pub struct Programs {
    probes: BTreeMap<Language, PathBuf>,
    hyperfine: Result<PathBuf, String>,
    criterion: Result<PathBuf, String>,
    gobench: Result<(PathBuf, PathBuf), String>,
    /// Versions, by name.
    pub versions: BTreeMap<String, String>,
}

impl Programs {
    /// Builds the programs and finds the tools that were `asked` for; a peer that can't be had is no error here.
    ///
    /// # Errors
    /// No Go, or a program does not build: then there is nothing to compare.
    pub fn obtain(project: &Project, asked: &[Tool], scratch: &Path) -> anyhow::Result<Programs> {
        let cache = Cache::from_env()?;
        let go = Found::search(&Search::from_env(), &cache)
            .resolve_default()
            .obtain(&cache)?;
        let builder = Builder::new(project.clone(), cache.clone());
        let mut probes = BTreeMap::new();
        let mut versions = BTreeMap::new();
        for (language, of, toolchain) in [
            (Language::Go, spec::Language::Go, Some(&go)),
            (Language::Rust, spec::Language::Rust, None),
        ] {
            let built = builder.build(PROGRAM, &variant(of), toolchain)?;
            versions.insert(language.to_string(), built.receipt.toolchain);
            probes.extend(
                built
                    .layouts
                    .into_iter()
                    .next()
                    .map(|binary| (language, binary)),
            );
        }
        let wanted = |tool: Tool| match asked.contains(&tool) {
            true => Ok(()),
            false => Err("not asked for".to_owned()),
        };
        let told = |error: anyhow::Error| format!("{error:#}");
        let programs = Programs {
            probes,
            hyperfine: wanted(Tool::Hyperfine).and_then(|()| on_path("hyperfine")),
            criterion: wanted(Tool::Criterion)
                .and_then(|()| build_criterion(project, &cache).map_err(told)),
            gobench: wanted(Tool::GoBench)
                .and_then(|()| build_gobench(project, &cache, &go, scratch).map_err(told)),
            versions,
        };
        Ok(programs.with_versions(project))
    }

    fn with_versions(mut self, project: &Project) -> Programs {
        if let Ok(hyperfine) = &self.hyperfine
            && let Ok(says) = duct::cmd!(hyperfine, "--version").read()
        {
            self.versions.insert("hyperfine".to_owned(), says);
        }
        if self.gobench.is_ok() {
            self.versions
                .insert("benchstat".to_owned(), BENCHSTAT.to_owned());
        }
        if let Some(version) = locked_version(project, "criterion") {
            self.versions.insert("criterion".to_owned(), version);
        }
        self.versions
            .insert("harness".to_owned(), env!("CARGO_PKG_VERSION").to_owned());
        self
    }

    /// The tools that are not there, and why.
    pub fn skipped(&self) -> BTreeMap<Tool, String> {
        [
            (Tool::Hyperfine, self.hyperfine.as_ref().err()),
            (Tool::Criterion, self.criterion.as_ref().err()),
            (Tool::GoBench, self.gobench.as_ref().err()),
        ]
        .into_iter()
        .filter_map(|(tool, error)| Some((tool, error?.clone())))
        .collect()
    }

    /// The program that speaks the probe protocol.
    pub fn probe(&self, language: Language) -> Result<&Path, String> {
        self.probes
            .get(&language)
            .map(PathBuf::as_path)
            .ok_or_else(|| format!("no program in {language}"))
    }

    /// The command hyperfine.
    pub fn hyperfine(&self) -> Result<&Path, String> {
        self.hyperfine.as_deref().map_err(Clone::clone)
    }

    /// The benchmark under criterion.
    pub fn criterion(&self) -> Result<&Path, String> {
        self.criterion.as_deref().map_err(Clone::clone)
    }

    /// The test binary with the benchmarks, and benchstat.
    pub fn gobench(&self) -> Result<(&Path, &Path), String> {
        match &self.gobench {
            Ok((test, benchstat)) => Ok((test, benchstat)),
            Err(error) => Err(error.clone()),
        }
    }

    /// Finds for every body how many operations fill a sample, and how long a process of them lives.
    ///
    /// # Errors
    /// A program fails.
    pub fn calibrate(&self, children: &mut Children) -> Result<BTreeMap<String, Work>, String> {
        let mut works = BTreeMap::new();
        for &language in self.probes.keys() {
            for body in BODIES {
                let program = self.probe(language)?;
                let work = calibrate(children, program, body)?;
                works.insert(work_name(language, body), work);
            }
        }
        Ok(works)
    }
}

fn calibrate(children: &mut Children, program: &Path, body: &str) -> Result<Work, String> {
    const TIMES: u32 = 5;
    let mut run = |ops: u64, warmup: u32, samples: u32| {
        let args = [
            format!("--case={body}"),
            format!("--ops={ops}"),
            format!("--warmup={warmup}"),
            format!("--samples={samples}"),
        ];
        let mut parser = probe::Parser::new(PROGRAM);
        let life = children.run(program, &args, &[], &mut |line| {
            // What is wrong with a line is told at the end.
            let _progress = parser.push(line.bytes, line.end);
        })?;
        let records = parser.finish().records;
        let of_an_op = records.iter().filter_map(|record| match record {
            record::Record::Sample(s) if s.phase == record::Phase::Measure => {
                Some(s.value / s.ops as f64)
            }
            _ => None,
        });
        let op = quantile::median(&of_an_op.collect::<Vec<_>>());
        let op = op.ok_or_else(|| format!("{} printed no samples", program.display()))?;
        Ok::<_, String>((op, life.as_nanos() as f64))
    };
    let op_ns = run(1, 2, 100)?.0;
    let ops = (SAMPLE.as_nanos() as f64 / op_ns).round().max(1.0) as u64;
    let lives = (0..TIMES)
        .map(|_| Ok(run(ops * u64::from(SAMPLES), 0, 1)?.1))
        .collect::<Result<Vec<f64>, String>>()?;
    let process_ns = quantile::median(&lives).unwrap_or(f64::NAN);
    Ok(Work { ops, process_ns })
}

fn variant(language: spec::Language) -> spec::Variant {
    spec::Variant {
        name: PROGRAM.to_owned(),
        language,
        program: PROGRAM.to_owned(),
        build_flags: Vec::new(),
        args: Vec::new(),
        env: BTreeMap::new(),
        go_min: None,
    }
}

fn on_path(name: &str) -> Result<PathBuf, String> {
    let path = env::var_os("PATH").unwrap_or_default();
    env::split_paths(&path)
        .map(|folder| folder.join(name))
        .find(|file| file.is_file())
        .ok_or_else(|| format!("no `{name}` on the PATH (try `cargo install {name}`)"))
}

fn build_criterion(project: &Project, cache: &Cache) -> anyhow::Result<PathBuf> {
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let messages = duct::cmd!(
        cargo,
        "bench",
        "--no-run",
        "--locked",
        "--profile=measured",
        "--package=rust-equivalents",
        "--bench=peers",
        "--message-format=json-render-diagnostics",
        "--target-dir",
        cache.rust_target()
    )
    .dir(project.root())
    .env("CARGO_ENCODED_RUSTFLAGS", "")
    .read()
    .context("the benchmark under criterion does not build")?;
    messages
        .lines()
        .filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok())
        .filter(|message| message["target"]["kind"][0] == "bench")
        .find_map(|message| message["executable"].as_str().map(PathBuf::from))
        .context("cargo named no benchmark")
}

fn build_gobench(
    project: &Project,
    cache: &Cache,
    go: &GoToolchain,
    scratch: &Path,
) -> anyhow::Result<(PathBuf, PathBuf)> {
    let version = BENCHSTAT.rsplit('@').next().unwrap_or_default();
    let folder = cache.root().join("benchstat").join(version);
    let benchstat = folder.join("benchstat");
    if !benchstat.is_file() {
        fs::create_dir_all(&folder)?;
        duct::cmd!(go.go(), "install", BENCHSTAT)
            .dir(scratch)
            .env("GOBIN", &folder)
            .env("GOPATH", cache.go_path())
            .env("GOCACHE", cache.go_build())
            .env("GOFLAGS", "")
            .env("GOTOOLCHAIN", "local")
            .run()
            .context("benchstat can't be had through the Go module proxy")?;
    }
    let test = scratch.join("peers.test");
    duct::cmd!(go.go(), "test", "-c", "-trimpath", "-o", &test, "./peers")
        .dir(project.go_programs())
        .env("GOCACHE", cache.go_build())
        .env("GOFLAGS", "-mod=mod")
        .env("GOTOOLCHAIN", "local")
        .env("GOWORK", "off")
        .run()
        .context("the benchmarks under `go test` do not build")?;
    Ok((test, benchstat))
}

/// What Cargo.lock says of a package.
fn locked_version(project: &Project, package: &str) -> Option<String> {
    let text = fs::read_to_string(project.root().join("Cargo.lock")).ok()?;
    let lock: toml::Table = text.parse().ok()?;
    lock.get("package")?
        .as_array()?
        .iter()
        .find(|found| found.get("name").and_then(|n| n.as_str()) == Some(package))?
        .get("version")?
        .as_str()
        .map(str::to_owned)
}
