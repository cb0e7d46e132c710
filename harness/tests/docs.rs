//! What the documentation says must be true: exit codes, commands and links. `UPDATE_DOCS=1` writes what is generated.

#![expect(
    clippy::unwrap_used,
    reason = "the pages of the project are there, or the test must fail"
)]

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use clap::Parser as _;
use harness::cli::args::Cli;
use harness::cli::exit::EXITS;
use harness::spec::{Sources, load_text};
use pulldown_cmark::{CodeBlockKind, Event, Parser, Tag, TagEnd};

fn project() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .unwrap()
        .to_owned()
}

/// The pages of the root and of `harness/docs`.
fn pages() -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> = [project(), project().join("harness/docs")]
        .iter()
        .flat_map(|folder| fs::read_dir(folder).unwrap())
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|e| e == "md"))
        .collect();
    found.sort();
    found
}

/// The text of each fenced block in one of these languages.
fn blocks(markdown: &str, languages: &[&str]) -> Vec<String> {
    let mut found = Vec::new();
    let mut block: Option<String> = None;
    for event in Parser::new(markdown) {
        match event {
            Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(language))) => {
                block = languages.contains(&&*language).then(String::new);
            }
            Event::Text(text) => {
                if let Some(block) = &mut block {
                    block.push_str(&text);
                }
            }
            Event::End(TagEnd::CodeBlock) => found.extend(block.take()),
            _ => {}
        }
    }
    found
}

/// The calls of the harness in the blocks that show a shell, as words.
fn commands(markdown: &str) -> Vec<Vec<String>> {
    blocks(markdown, &["console", "sh"])
        .iter()
        .flat_map(|block| block.lines())
        .filter_map(harness_words)
        .collect()
}

/// The words of a line that calls the harness, its name first, prompt and comment cut off; `None` for any other line.
fn harness_words(line: &str) -> Option<Vec<String>> {
    let line = line.strip_prefix("$ ").unwrap_or(line);
    let line = line.split(" #").next().unwrap_or_default().trim();
    let words: Vec<&str> = line.split_whitespace().collect();
    let arguments = match words.as_slice() {
        ["harness", rest @ ..] => rest,
        ["cargo", "run", rest @ ..] => {
            let end = rest.iter().position(|word| *word == "--")?;
            if rest[..end].contains(&"--bin") {
                return None;
            }
            &rest[end + 1..]
        }
        _ => return None,
    };
    let arguments = arguments
        .iter()
        .map(|word| word.trim_matches('\'').to_owned());
    Some(
        std::iter::once("harness".to_owned())
            .chain(arguments)
            .collect(),
    )
}

#[test]
fn every_command_that_is_shown_parses() {
    let mut seen = 0;
    for page in pages() {
        for command in commands(&fs::read_to_string(&page).unwrap()) {
            seen += 1;
            if let Err(error) = Cli::try_parse_from(&command) {
                panic!("{}: {}\n{error}", page.display(), command.join(" "));
            }
        }
    }
    assert!(seen >= 10, "only {seen} commands were found");
}

#[test]
fn a_wrong_command_is_seen() {
    let page = "```console\n$ harness run --profil quick x # a typo\nharness doctor\n$ ls\n```\n\n    harness no\n";
    let found = commands(page);
    assert_eq!(found.len(), 2);
    assert!(Cli::try_parse_from(&found[0]).is_err());
    assert!(Cli::try_parse_from(&found[1]).is_ok());
    assert_eq!(
        harness_words("cargo run --release -- verify 'latest'"),
        Some(["harness", "verify", "latest"].map(str::to_owned).to_vec())
    );
}

#[test]
fn the_definition_of_the_guide_loads() {
    let guide = fs::read_to_string(project().join("harness/docs/ADDING-AN-EXPERIMENT.md")).unwrap();
    let dir = tempfile::tempdir().unwrap();
    let sources = Sources {
        go_programs: dir.path().join("go-programs"),
        rust_equivalents: dir.path().join("rust-equivalents"),
    };
    for (language, path) in [
        ("go", "go-programs/map-insert/main.go"),
        ("rust", "rust-equivalents/src/bin/map-insert.rs"),
    ] {
        assert!(guide.contains(path), "the guide no longer names {path}");
        let path = dir.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, &blocks(&guide, &[language])[0]).unwrap();
    }
    let definition = &blocks(&guide, &["toml"])[0];
    let loaded = load_text(Path::new("map-insert.toml"), definition, &sources);
    if let Err(problems) = loaded {
        panic!("{problems:#?}");
    }
}

#[test]
fn links_between_pages_lead_somewhere() {
    for page in pages() {
        let text = fs::read_to_string(&page).unwrap();
        for event in Parser::new(&text) {
            let Event::Start(Tag::Link { dest_url, .. }) = event else {
                continue;
            };
            let target = dest_url.split('#').next().unwrap_or_default();
            if target.is_empty() || target.contains("://") {
                continue;
            }
            let path = page.parent().unwrap().join(target);
            assert!(path.exists(), "{}: {dest_url}", page.display());
        }
    }
}

#[test]
fn exit_codes_are_those_of_the_code() {
    let mut text = String::from(
        "# Exit codes\n\nGenerated from `harness/src/cli/exit.rs`; a test fails where the two differ.\n\n| code | meaning |\n|---|---|\n",
    );
    for (_, code, meaning) in EXITS {
        writeln!(text, "| {code} | {meaning} |").unwrap();
    }
    text.push_str(
        "\nWhere several apply to one run, the first of these is given: 130, 1, 5, 4, 8, 3. Verdicts are in `verdicts.json`.\n",
    );
    let path = project().join("harness/docs/EXIT-CODES.md");
    if std::env::var_os("UPDATE_DOCS").is_some() {
        fs::write(&path, text).unwrap();
    } else {
        let there = fs::read_to_string(&path).unwrap_or_default();
        assert!(
            there == text,
            "{} is out of date: UPDATE_DOCS=1 cargo test --test docs",
            path.display()
        );
    }
}
