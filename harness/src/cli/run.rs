//! `harness run`: plan, build, measure, judge, report.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context as _;

use super::compare::Baseline;
use super::context::Context;
use super::derive::{self, Derived};
use super::exit::Exit;
use super::names::Selection;
use super::prepare::{self, Chosen, Programs, Toolchains};
use crate::engine::{Done, Engine, Event, Interrupt, RunError};
use crate::exec::{SystemClock, UnixExecutor};
use crate::host::{NoiseProbe, read_facts};
use crate::plan::{self, CellKind, Options, Plan, PlanError};
use crate::record::{
    CellKey, CellStop, HostFacts, Invocation, RUN_FORMAT, RunFile, StopReason, VerdictKind,
};
use crate::spec::{Experiment, Language, Profile};
use crate::store::{ActiveRun, RunDir};
use crate::toolchain::{Builder, Cache, VersionRequest};
use crate::ui::Progress;
use crate::verdict::ClaimStopping;

/// Environment variables that a measured program inherits; everything else is cleared.
const ALLOWED: [&str; 4] = ["PATH", "HOME", "TMPDIR", "LANG"];

/// What was asked for.
#[derive(Debug)]
pub struct Request {
    /// The run to compare with afterwards.
    pub baseline: Option<Baseline>,
    /// Experiments and claims.
    pub selection: Selection,
    /// How thorough.
    pub profile: Profile,
    /// Go releases; empty for the default one.
    pub go: Vec<VersionRequest>,
    /// Parameter values in place of the definitions'.
    pub overrides: BTreeMap<String, Vec<String>>,
    /// Time budget of the whole run.
    pub budget: Option<Duration>,
    /// Seed; taken from the clock where there is none.
    pub seed: Option<u64>,
    /// Only print the plan.
    pub dry_run: bool,
    /// Fail on an undecided claim.
    pub strict: bool,
    /// Print the command of every invocation.
    pub verbose: bool,
    /// Folder of runs.
    pub out: PathBuf,
    /// The command as typed.
    pub command_line: Vec<String>,
}

/// Starts a new run.
pub fn run(context: &Context, request: &Request, all: Vec<Experiment>) -> anyhow::Result<Exit> {
    let experiments: Vec<&Experiment> = all
        .iter()
        .filter(|e| request.selection.experiments.contains(&e.name))
        .collect();
    // Before the builds, which take minutes: what is edited meanwhile is not what was planned.
    let digests = digests(&experiments)?;
    let cache = Cache::from_env()?;
    let chosen = if experiments.iter().any(|e| needs_go(e)) {
        Chosen::from_requests(&request.go, &cache)
    } else {
        Chosen::default()
    };
    let mut options = Options {
        profile: request.profile,
        seed: request.seed.unwrap_or_else(fresh_seed),
        go_versions: chosen.versions(),
        overrides: request.overrides.clone(),
        budget_ns: request.budget.map(nanoseconds),
        only_claims: request.selection.only_claims.clone(),
        control: true,
    };
    let mut plan = match plan::expand(&experiments, &options) {
        // Nothing is left since no Go is to be had: that is what to say, with the reason.
        Err(PlanError::Empty(_)) if !chosen.missing.is_empty() => {
            for line in &chosen.missing {
                context.warn(line);
            }
            return Ok(Exit::Setup);
        }
        other => other?,
    };
    let host = read_facts();
    if let Some(baseline) = &request.baseline {
        let refusals = baseline.refusals(&host, &plan);
        if !refusals.is_empty() {
            context.print(&format!("INCOMPARABLE\n! {}\n", refusals.join("\n! ")))?;
            return Ok(Exit::Incomparable);
        }
    }
    if request.dry_run {
        context.print(&super::dry_run::describe(&plan, &chosen.missing))?;
        return Ok(Exit::Fine);
    }
    let toolchains = chosen.obtain(&cache, &|line| context.tell(line));
    if toolchains.versions() != options.go_versions {
        options.go_versions = toolchains.versions();
        plan = match plan::expand(&experiments, &options) {
            Err(PlanError::Empty(_)) => {
                for line in &toolchains.missing {
                    context.warn(line);
                }
                return Ok(Exit::Setup);
            }
            other => other?,
        };
    }
    let builder = Builder::new(context.project.clone(), cache);
    let programs = prepare::build(&mut plan, &experiments, &toolchains, &builder, &|line| {
        context.tell(line);
    });
    // What does not build needs no time.
    if let Some(total_ns) = options.budget_ns {
        plan.share_budget(total_ns, &experiments);
    }
    let missing: Vec<String> = toolchains
        .missing
        .iter()
        .chain(&programs.missing)
        .cloned()
        .collect();
    for line in &missing {
        context.warn(line);
    }
    if plan.experiments.is_empty() {
        return Ok(Exit::BuildFailed);
    }
    let planned: BTreeSet<&str> = plan.experiments.iter().map(|p| p.name.as_str()).collect();
    let experiments: Vec<&Experiment> = experiments
        .into_iter()
        .filter(|e| planned.contains(e.name.as_str()))
        .collect();
    for name in &planned {
        let is_same = experiments
            .iter()
            .find(|e| e.name == **name)
            .is_some_and(|e| {
                super::digest(&e.file).is_ok_and(|now| digests.get(*name) == Some(&now))
            });
        anyhow::ensure!(
            is_same,
            "the definition of {name} was changed while programs were built: run it again"
        );
    }
    let file = run_file(
        context,
        request,
        &options,
        &experiments,
        &programs,
        (host, missing),
    )?;
    let run = RunDir::create_with(&request.out, file, |folder| {
        derive::keep_definitions(folder, &experiments)
    })?;
    Session {
        context,
        request,
        plan: &plan,
        toolchains: &toolchains,
        programs: &programs,
        cache: builder.cache(),
    }
    .carry_out(run, Vec::new())
}

fn needs_go(experiment: &Experiment) -> bool {
    let has_program = experiment
        .variants
        .iter()
        .any(|v| v.language == Language::Go);
    has_program || !experiment.source_probes.is_empty() || !experiment.tool_probes.is_empty()
}

/// Goes on with a run that was stopped or killed. Everything but the wish for output comes from the run itself.
pub fn resume(context: &Context, path: &Path, strict: bool, verbose: bool) -> anyhow::Result<Exit> {
    let (run, journal) = RunDir::resume(path)?;
    let file = run.dir().run().clone();
    if let Some(torn) = &journal.torn {
        context.warn(&format!(
            "line {} of the journal was being written when the run was stopped; that invocation is run again",
            torn.line
        ));
    }
    let experiments = derive::kept_definitions(path, &file, &context.sources())?;
    let experiments: Vec<&Experiment> = experiments.iter().collect();
    let cache = Cache::from_env()?;
    let requests: Vec<VersionRequest> = file
        .go_versions
        .iter()
        .map(|version| {
            version
                .parse()
                .with_context(|| format!("run.json names go `{version}`"))
        })
        .collect::<anyhow::Result<_>>()?;
    let toolchains = if requests.is_empty() {
        Toolchains::default()
    } else {
        Chosen::from_requests(&requests, &cache).obtain(&cache, &|line| context.tell(line))
    };
    let refusals = crate::compare::refusals(&file.host, &read_facts());
    anyhow::ensure!(
        refusals.is_empty(),
        "this is not the machine that the run was begun on ({}): start a new run",
        refusals.join("; ")
    );
    let mut plan = plan::expand_again(&experiments, &file)?;
    // What could not be built when the run was begun is no part of it, though it may be had by now.
    for planned in &mut plan.experiments {
        planned.cells.retain(|cell| {
            !matches!(cell.kind, CellKind::Program { .. })
                || file.builds.iter().any(|b| {
                    (&b.experiment, &b.variant) == (&cell.key.experiment, &cell.key.variant)
                        && (cell.key.toolchain.is_empty()
                            || b.toolchain.trim_start_matches("go") == cell.key.toolchain)
                })
        });
    }
    let builder = Builder::new(context.project.clone(), cache);
    let programs = prepare::build(&mut plan, &experiments, &toolchains, &builder, &|line| {
        context.tell(line);
    });
    ensure_same_programs(&file, &programs, &toolchains.missing)?;
    if let Some(total_ns) = file.budget_ns {
        plan.share_budget(total_ns, &experiments);
    }
    let request = Request {
        baseline: None,
        selection: Selection::default(),
        profile: plan.profile,
        go: Vec::new(),
        overrides: BTreeMap::new(),
        budget: None,
        seed: Some(file.seed),
        dry_run: false,
        strict,
        verbose,
        out: path.to_owned(),
        command_line: Vec::new(),
    };
    Session {
        context,
        request: &request,
        plan: &plan,
        toolchains: &toolchains,
        programs: &programs,
        cache: builder.cache(),
    }
    .carry_out(run, journal.invocations)
}

/// A resumed run goes on with the very programs that it was begun with, all of them.
fn ensure_same_programs(
    file: &RunFile,
    programs: &Programs,
    missing_toolchains: &[String],
) -> anyhow::Result<()> {
    for begun in &file.builds {
        let now = programs.receipts.iter().find(|b| {
            (&b.experiment, &b.variant, &b.toolchain)
                == (&begun.experiment, &begun.variant, &begun.toolchain)
        });
        let what = format!("`{}` of {}", begun.variant, begun.experiment);
        let Some(now) = now else {
            let why: Vec<&String> = missing_toolchains.iter().chain(&programs.missing).collect();
            anyhow::bail!(
                "{what} can't be built any more, without which the run can't go on: {why:?}"
            );
        };
        anyhow::ensure!(
            now.binary == begun.binary && now.other_layouts == begun.other_layouts,
            "{what} is not the program that this run was begun with: its sources or its compiler changed; start a new run"
        );
    }
    Ok(())
}

/// A run that is ready to measure.
struct Session<'a> {
    context: &'a Context,
    request: &'a Request,
    plan: &'a Plan,
    toolchains: &'a Toolchains,
    programs: &'a Programs,
    cache: &'a Cache,
}

impl Session<'_> {
    fn carry_out(&self, mut run: ActiveRun, history: Vec<Invocation>) -> anyhow::Result<Exit> {
        let folder = run.dir().path().to_owned();
        let file = run.dir().run().clone();
        let experiments = derive::kept_definitions(&folder, &file, &self.context.sources())?;
        // Not the plan at hand, from which programs that did not build are gone: a control among them must be missed.
        let begun = derive::planned(&file, &experiments)?;
        let interrupt = Interrupt::default();
        super::signals::listen(&interrupt, self.context)?;
        let mut stops: Vec<CellStop> = Vec::new();
        let mut invocations: Vec<Invocation> = Vec::new();
        let mut executor = UnixExecutor::new();
        let mut progress = self.context.progress();
        let mut reached: BTreeSet<&str> = BTreeSet::new();
        for (planned, experiment) in self.plan.experiments.iter().filter_map(|planned| {
            Some((
                planned,
                experiments.iter().find(|e| e.name == planned.name)?,
            ))
        }) {
            let mine: Vec<Invocation> = history
                .iter()
                .filter(|i| i.cell.experiment == planned.name)
                .cloned()
                .collect();
            let done = self.measure(
                planned,
                experiment,
                mine,
                &mut run,
                &mut executor,
                &interrupt,
                progress.as_mut(),
            )?;
            invocations.extend(done.invocations);
            stops.extend(done.stops);
            reached.insert(&planned.name);
            run.sync()?;
            if interrupt.is_asked() {
                break;
            }
        }
        // What an earlier session measured stays part of the report where this one did not get so far.
        let is_left = |cell: &CellKey| !reached.contains(cell.experiment.as_str());
        invocations.extend(history.iter().filter(|i| is_left(&i.cell)).cloned());
        stops.extend(
            derive::read_stops(&folder)?
                .into_iter()
                .filter(|s| is_left(&s.cell)),
        );
        let is_cut_short = interrupt.is_asked() && reached.len() < self.plan.experiments.len();
        derive::write_stops(&folder, &stops)?;
        let derived = Derived::from_journal(&file, &begun, experiments, &invocations);
        let view = derived.view(&file, &invocations, &stops);
        derive::write_files(&folder, &view)?;
        self.context
            .print(&self.context.terminal(&folder).render(&view))?;
        let exit = self.exit(&derived, &invocations, &stops, &file.missing, is_cut_short);
        let Some(baseline) = &self.request.baseline else {
            return Ok(exit);
        };
        if exit == Exit::Interrupted {
            return Ok(exit);
        }
        let gate = baseline.compare(
            self.context,
            &file,
            &derived.experiments,
            &invocations,
            (self.request.strict, self.request.verbose),
        )?;
        // What failed in the run itself says more than what the gate could not say.
        Ok(match (gate, exit) {
            (Exit::Changed, _) => Exit::Changed,
            (gate, Exit::Fine | Exit::Inconclusive) if gate != Exit::Fine => gate,
            _ => exit,
        })
    }

    #[expect(
        clippy::too_many_arguments,
        reason = "one call site; each is a different part of the run"
    )]
    fn measure(
        &self,
        planned: &plan::ExperimentPlan,
        experiment: &Experiment,
        history: Vec<Invocation>,
        run: &mut ActiveRun,
        executor: &mut UnixExecutor,
        interrupt: &Interrupt,
        progress: &mut dyn Progress,
    ) -> anyhow::Result<Done> {
        let noise = NoiseProbe::open();
        let clock = SystemClock::start();
        let none = BTreeMap::new();
        let base_env = base_env();
        let project = &self.context.project;
        let look_up = |cell: &plan::Cell| {
            self.toolchains
                .look_up(experiment, cell, project, self.cache, &interrupt.cancel)
        };
        let mut listener = |event: Event<'_>| {
            if let Event::Starting { command, .. } = &event
                && self.request.verbose
            {
                progress.note(command);
            }
            progress.event(&event);
        };
        let mut engine = Engine {
            executor,
            clock: &clock,
            noise: Some(&noise),
            cpus: run.dir().run().host.cpus,
            programs: self.programs.binaries.get(&planned.name).unwrap_or(&none),
            look_up: &look_up,
            base_env: &base_env,
            cwd: std::env::temp_dir(),
            seed: self.plan.seed,
            interrupt,
            listener: &mut listener,
        };
        let mut stopping = ClaimStopping::new(experiment, planned);
        let folder = run.dir().path().to_owned();
        let done = engine.run(planned, history, &mut stopping, &mut |invocation| {
            run.append(invocation)
        });
        match done {
            Err(error @ RunError::Vanished(_)) => anyhow::bail!(
                "{error}; what was measured is kept (`harness run --resume {}` builds and installs what is missing, and goes on)",
                folder.display()
            ),
            other => Ok(other?),
        }
    }

    fn exit(
        &self,
        derived: &Derived,
        invocations: &[Invocation],
        stops: &[CellStop],
        missing: &[String],
        is_cut_short: bool,
    ) -> Exit {
        let is_interrupted =
            is_cut_short || stops.iter().any(|s| s.reason == StopReason::Interrupted);
        let has_failed = invocations.iter().any(|i| !i.is_usable());
        let is_unfit = derived.controls.iter().any(|control| !control.passed);
        // What could not be had leaves claims unmeasured, which is no answer either.
        let is_open = !missing.is_empty()
            || derived
                .verdicts
                .iter()
                .any(|v| v.kind == VerdictKind::Inconclusive);
        if is_interrupted {
            Exit::Interrupted
        } else if has_failed {
            Exit::InvocationsFailed
        } else if is_unfit {
            Exit::Unfit
        } else if self.request.strict && is_open {
            Exit::Inconclusive
        } else {
            Exit::Fine
        }
    }
}

/// What a measured program inherits.
pub(super) fn base_env() -> BTreeMap<String, String> {
    ALLOWED
        .iter()
        .filter_map(|name| Some(((*name).to_owned(), std::env::var(name).ok()?)))
        .collect()
}

fn run_file(
    context: &Context,
    request: &Request,
    options: &Options,
    experiments: &[&Experiment],
    programs: &Programs,
    (host, missing): (HostFacts, Vec<String>),
) -> anyhow::Result<RunFile> {
    let names: Vec<String> = experiments.iter().map(|e| e.name.clone()).collect();
    let created = jiff::Timestamp::now();
    Ok(RunFile {
        format: RUN_FORMAT,
        id: crate::store::run_id(created, &names, request.selection.all, options.seed),
        created: created.to_string(),
        harness: env!("CARGO_PKG_VERSION").to_owned(),
        revision: context.revision(),
        command_line: request.command_line.clone(),
        profile: options.profile.word().to_owned(),
        seed: options.seed,
        budget_ns: options.budget_ns,
        overrides: options.overrides.clone(),
        experiments: names,
        only_claims: options.only_claims.clone(),
        go_versions: options.go_versions.clone(),
        control: options.control,
        definitions: digests(experiments)?,
        host,
        builds: programs.receipts.clone(),
        missing,
    })
}

/// SHA-256 of each definition, by experiment.
fn digests(experiments: &[&Experiment]) -> anyhow::Result<BTreeMap<String, String>> {
    experiments
        .iter()
        .map(|e| Ok((e.name.clone(), super::digest(&e.file)?)))
        .collect()
}

/// A seed that differs from run to run, small enough to type.
pub(super) fn fresh_seed() -> u64 {
    let now = jiff::Timestamp::now();
    u64::from(now.subsec_nanosecond().unsigned_abs()) % 1_000_000
}

fn nanoseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}
