//! `harness toolchain`: which Go releases are here, and how to get others.

use super::args::ToolchainVerb;
use super::context::Context;
use super::exit::{Exit, UsageError};
use crate::toolchain::{Cache, Found, Search, VersionRequest, install, release_for, releases};

/// Lists or installs.
pub fn toolchain(context: &Context, verb: &ToolchainVerb) -> anyhow::Result<Exit> {
    let cache = Cache::from_env()?;
    match verb {
        ToolchainVerb::List => list(context, &cache),
        ToolchainVerb::Install { versions } => install_all(context, &cache, versions),
    }
}

fn list(context: &Context, cache: &Cache) -> anyhow::Result<Exit> {
    let found = Found::search(&Search::from_env(), cache);
    let mut table = context.table(["go", "where", "found by"]);
    for toolchain in &found.toolchains {
        table.add_row([
            toolchain.version.to_string(),
            toolchain.goroot.display().to_string(),
            toolchain.origin.to_string(),
        ]);
    }
    for release in releases() {
        if !found
            .toolchains
            .iter()
            .any(|t| t.version == release.version)
        {
            table.add_row([
                release.version.to_string(),
                "not installed".to_owned(),
                format!("`harness toolchain install {}`", release.version),
            ]);
        }
    }
    context.print(&format!("{}\n", table.trim_fmt()))?;
    for rejected in &found.rejected {
        context.print(&format!("{rejected}\n"))?;
    }
    Ok(Exit::Fine)
}

fn install_all(
    context: &Context,
    cache: &Cache,
    versions: &[VersionRequest],
) -> anyhow::Result<Exit> {
    for request in versions {
        let release = release_for(*request).ok_or_else(|| {
            let known: Vec<String> = releases().iter().map(|r| r.version.to_string()).collect();
            UsageError(format!(
                "go {request} is not pinned here (pinned: {})",
                known.join(", ")
            ))
        })?;
        context.tell(&format!("installing go {}", release.version));
        let toolchain = install(release.version, cache)?;
        context.print(&format!(
            "go {} is in {}\n",
            toolchain.version,
            toolchain.goroot.display()
        ))?;
    }
    Ok(Exit::Fine)
}
