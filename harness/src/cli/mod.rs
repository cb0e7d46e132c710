//! The command line: one file a verb.

pub mod args;
mod calibrate;
mod compare;
mod completions;
mod context;
mod coverage;
mod derive;
mod doctor;
mod dry_run;
pub mod exit;
mod list;
pub mod names;
mod new;
mod prepare;
mod report;
mod run;
mod signals;
mod toolchain;
mod verify;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::Context as _;
use clap::Parser as _;
use sha2::{Digest as _, Sha256};

use args::{Cli, RunArgs, Verb};
use context::Context;
use exit::{Exit, UsageError};
use names::Selection;

/// Does what the command line says.
///
/// # Errors
/// Whatever kept the verb from its work; [`exit::of_error`] gives the exit code.
pub fn main() -> anyhow::Result<Exit> {
    let cli = Cli::parse();
    if let Verb::Completions { shell } = cli.verb {
        return completions::completions(shell);
    }
    let context = Context::new(cli.project.as_deref(), cli.color)?;
    match cli.verb {
        Verb::List(args) => list::list(&context, &args),
        Verb::Run(args) => run_or_resume(&context, args),
        Verb::Report { run, out } => {
            report::report(&context, &context.run_folder(&run)?, out.as_deref())
        }
        Verb::Verify { run } => verify::verify(&context, &context.run_folder(&run)?),
        Verb::Compare(args) => compare::compare(
            &context,
            &context.run_folder(&args.run_a)?,
            &context.run_folder(&args.run_b)?,
            compare::Options {
                margin: args.margin,
                format: args.format,
                strict: args.strict,
                verbose: args.verbose,
            },
        ),
        Verb::Calibrate(args) => calibrate::calibrate(&context, args),
        Verb::Doctor => doctor::doctor(&context),
        Verb::Toolchain { verb } => toolchain::toolchain(&context, &verb),
        Verb::New { name } => new::new(&context, &name),
        Verb::Completions { shell } => completions::completions(shell),
    }
}

fn run_or_resume(context: &Context, args: RunArgs) -> anyhow::Result<Exit> {
    if let Some(name) = &args.resume {
        let runs = args.out.clone().unwrap_or_else(|| context.runs());
        let folder = context.run_folder_in(&runs, name)?;
        return run::resume(context, &folder, args.strict, args.verbose);
    }
    let experiments = context.experiments()?;
    let selection = if args.all {
        Selection::all(&experiments)
    } else {
        Selection::resolve(&args.names, &experiments)?
    };
    let baseline = args
        .baseline
        .map(|name| compare::Baseline::read(context, &context.run_folder(&name)?, args.margin))
        .transpose()?;
    let mut overrides = BTreeMap::new();
    for (name, values) in args.set {
        if overrides.insert(name.clone(), values).is_some() {
            return Err(UsageError(format!(
                "`--set {name}` is given twice: write all values in one, `--set {name}=A,B`"
            ))
            .into());
        }
    }
    let request = run::Request {
        baseline,
        selection,
        profile: args.profile.into(),
        go: args.go,
        overrides,
        budget: args.budget,
        seed: args.seed,
        dry_run: args.dry_run,
        strict: args.strict,
        verbose: args.verbose,
        out: args.out.unwrap_or_else(|| context.runs()),
        command_line: command_line(),
    };
    run::run(context, &request, experiments)
}

/// The command as typed, under its own name.
fn command_line() -> Vec<String> {
    std::iter::once("harness".to_owned())
        .chain(std::env::args().skip(1))
        .collect()
}

/// SHA-256 of a file, in hex.
fn digest(path: &Path) -> anyhow::Result<String> {
    let bytes = fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
    Ok(Sha256::digest(&bytes)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect())
}
