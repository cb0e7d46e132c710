//! `harness doctor`: is this machine fit to measure on?

use std::ffi::OsString;
use std::fmt::Write as _;

use anstyle::{AnsiColor, Style};

use super::context::Context;
use super::exit::Exit;
use crate::host::{DoctorInputs, Level, Machine, Tools, doctor as judge, free_disk, read_facts};
use crate::toolchain::{Cache, Found, Pip, Search};

/// Prints every finding and what to do about it.
pub fn doctor(context: &Context) -> anyhow::Result<Exit> {
    let cache = Cache::from_env()?;
    let found = Found::search(&Search::from_env(), &cache);
    let tools = Tools {
        go: found
            .toolchains
            .iter()
            .map(|t| format!("{} in {}", t.version, t.goroot.display()))
            .collect(),
        rejected: found.rejected.iter().map(ToString::to_string).collect(),
        cargo: version_of(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into())),
        cc: version_of("cc".into()),
        pip: Pip::find().ok().map(|pip| pip.version),
        cache_problem: cache
            .check_writable()
            .err()
            .map(|error| format!("{:#}", anyhow::Error::from(error))),
        disk_free: free_disk(cache.root()),
        cache: cache.root().to_owned(),
    };
    let inputs = DoctorInputs {
        facts: read_facts(),
        machine: Machine::read(),
        tools,
    };
    let findings = judge(&inputs);
    let mut text = String::new();
    for finding in &findings {
        // Writing to a String can't fail.
        let level = context.paint(style(finding.level), &format!("{:5}", finding.level));
        let _ = writeln!(text, "{level} {}: {}", finding.what, finding.says);
        if let Some(fix) = &finding.fix {
            let _ = writeln!(text, "      {fix}");
        }
    }
    context.print(&text)?;
    let prevents = findings.iter().any(|finding| finding.level == Level::Fail);
    Ok(if prevents { Exit::Setup } else { Exit::Fine })
}

/// The first line of what a tool says of itself; `None` where it can't be run.
fn version_of(tool: OsString) -> Option<String> {
    let says = duct::cmd!(tool, "--version").stderr_null().read().ok()?;
    says.lines().next().map(str::to_owned)
}

fn style(level: Level) -> Style {
    let color = match level {
        Level::Pass => AnsiColor::Green,
        Level::Warn => AnsiColor::Yellow,
        Level::Fail => AnsiColor::Red,
    };
    Style::new().fg_color(Some(color.into()))
}
