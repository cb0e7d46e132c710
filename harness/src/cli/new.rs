//! `harness new`: the three files of an experiment, ready to run.

use std::fs;
use std::path::PathBuf;

use anyhow::Context as _;

use super::context::Context;
use super::exit::{Exit, UsageError};
use crate::spec::is_kebab;

const DEFINITION: &str = include_str!("../../templates/experiment.toml");
const GO: &str = include_str!("../../templates/main.go.txt");
const RUST: &str = include_str!("../../templates/program.rs.txt");

/// Writes definition and programs of an experiment called `name`. They build, run and are judged as they stand, so that
/// what is changed next is known to be what broke it.
///
/// # Errors
/// A name that is no kebab-case word or is taken, a file that can't be written.
pub fn new(context: &Context, name: &str) -> anyhow::Result<Exit> {
    if !is_kebab(name) {
        return Err(UsageError(format!(
            "`{name}` is no name of an experiment: use small letters, digits and dashes, as in `map-growth`"
        ))
        .into());
    }
    let project = &context.project;
    // The definition last: one without its programs would make every verb refuse the project.
    let files: [(PathBuf, &str); 3] = [
        (project.go_programs().join(name).join("main.go"), GO),
        (
            project
                .rust_equivalents()
                .join("src/bin")
                .join(format!("{name}.rs")),
            RUST,
        ),
        (
            project.experiments().join(format!("{name}.toml")),
            DEFINITION,
        ),
    ];
    // A folder of the name is a program too, whatever it holds.
    let taken = files
        .iter()
        .map(|(path, _)| path.clone())
        .chain([
            project.go_programs().join(name),
            project.rust_equivalents().join("src/bin").join(name),
        ])
        .find(|path| path.exists());
    if let Some(path) = taken {
        return Err(UsageError(format!(
            "`{name}` is taken: {} is there already",
            path.display()
        ))
        .into());
    }
    for (path, template) in &files {
        let text = template
            .replace("COMMENT", &sentence(name, "-"))
            .replace("TITLE", &sentence(name, " "))
            .replace("NAME", name);
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)
                .with_context(|| format!("cannot create {}", folder.display()))?;
        }
        fs::write(path, text).with_context(|| format!("cannot write {}", path.display()))?;
        context.print(&format!("{}\n", path.display()))?;
    }
    context.tell(&format!(
        "now `harness run {name} --profile quick`, then make it yours (harness/docs/ADDING-AN-EXPERIMENT.md)"
    ));
    Ok(Exit::Fine)
}

/// The name with a capital, its words joined by `by`.
fn sentence(name: &str, by: &str) -> String {
    let words = name.replace('-', by);
    let mut letters = words.chars();
    letters
        .next()
        .map(|first| first.to_uppercase().chain(letters).collect())
        .unwrap_or_default()
}
