//! One Rust build.

use std::collections::BTreeMap;
use std::env;
use std::ffi::OsString;
use std::fmt::Write as _;
use std::fs::{self, File};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Output;

use super::cargo::{self, PACKAGE, PROFILE};
use super::{
    BuildError, Built, LAYOUT_SEEDS, PROGRAM, joined, keep_log, last_lines, layout_file,
    other_layouts, publish, reuse,
};
use crate::exec::shell_quoted;
use crate::record::BuildReceipt;
use crate::spec::Variant;
use crate::toolchain::key::{Key, hash_file};
use crate::toolchain::{Cache, CacheError, Project};

/// The Rust compiler on the PATH.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Rustc {
    /// `rustc -V`.
    version: String,
    /// The other lines of `rustc -vV` by key: host, commit, LLVM.
    details: BTreeMap<String, String>,
}

impl Rustc {
    /// Asks in the project's folder, because rustup chooses the toolchain by it.
    pub(super) fn ask(project: &Path) -> Result<Self, BuildError> {
        // Not a path: duct would look for a relative one in the current folder.
        let rustc = env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
        let says = duct::cmd!(&rustc, "-vV")
            .dir(project)
            .read()
            .map_err(BuildError::tool(Path::new(&rustc)))?;
        Ok(Self::parse(&says))
    }

    fn parse(says: &str) -> Self {
        let mut lines = says.lines();
        Rustc {
            version: lines.next().unwrap_or_default().trim().to_owned(),
            details: lines
                .filter_map(|line| line.split_once(": "))
                .map(|(key, value)| (key.to_owned(), value.to_owned()))
                .collect(),
        }
    }
}

/// Which of the package's targets is built.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Target {
    /// A program.
    Bin,
    /// An example, which may use what only tests and benchmarks need.
    Example,
}

impl Target {
    /// Cargo's word, in flags and in messages.
    fn word(self) -> &'static str {
        match self {
            Target::Bin => "bin",
            Target::Example => "example",
        }
    }

    fn folder(self) -> &'static str {
        match self {
            Target::Bin => "src/bin",
            Target::Example => "examples",
        }
    }
}

/// A program, a compiler and features.
pub(super) struct Job<'a> {
    target: Target,
    project: &'a Project,
    program: &'a str,
    features: String,
    rustc: &'a Rustc,
}

impl<'a> Job<'a> {
    pub(super) fn new(
        project: &'a Project,
        variant: &'a Variant,
        rustc: &'a Rustc,
        target: Target,
    ) -> Result<Self, BuildError> {
        let folder = project.rust_equivalents().join(target.folder());
        let file = folder.join(format!("{}.rs", variant.program));
        if !file.is_file() && !folder.join(&variant.program).join("main.rs").is_file() {
            return Err(BuildError::NoProgram {
                program: variant.program.clone(),
                path: file,
            });
        }
        let mut features = variant.build_flags.clone();
        features.sort();
        Ok(Job {
            target,
            project,
            program: &variant.program,
            features: features.join(","),
            rustc,
        })
    }

    fn flags(&self) -> Vec<String> {
        let mut flags = vec![format!("--profile={PROFILE}")];
        if !self.features.is_empty() {
            flags.push(format!("--features={}", self.features));
        }
        flags
    }

    pub(super) fn build(&self, cache: &Cache) -> Result<Built, BuildError> {
        let key = self.key()?;
        if let Some(built) = reuse(cache, &key) {
            return Ok(built);
        }
        let stage = cache.stage(&cache.builds())?;
        let binary = stage.path().join(PROGRAM);
        // By checkout: Cargo names the artifacts of two checkouts alike, and the date of a file decides which one it takes.
        let mut checkout = Key::new("checkout");
        checkout.field("root", self.project.root().as_os_str().as_encoded_bytes());
        let target = cache.rust_target().join(checkout.finish());
        fs::create_dir_all(&target).map_err(CacheError::at(&target))?;
        // Cargo's own lock ends with Cargo: another build could replace the program before it is copied.
        let lock_path = target.join("harness.lock");
        let lock = File::create(&lock_path).map_err(CacheError::at(&lock_path))?;
        lock.lock().map_err(CacheError::at(&lock_path))?;

        let done = |output: Output| {
            if output.status.success() {
                return Ok(output);
            }
            let text = String::from_utf8_lossy(&output.stderr);
            Err(BuildError::Failed {
                program: self.program.to_owned(),
                toolchain: self.rustc.version.clone(),
                status: output.status.to_string(),
                tail: last_lines(&text),
                log: keep_log(cache, &key, &output.stderr)?,
            })
        };
        cargo::forget_other_sources(self.project, &target, done)?;
        let output = done(self.cargo(&target, stage.path())?)?;
        let messages = String::from_utf8_lossy(&output.stdout);
        let Some(made) = cargo::executable(&messages, self.target.word(), self.program) else {
            return Err(BuildError::NoOutput {
                program: self.program.to_owned(),
                toolchain: self.rustc.version.clone(),
                log: keep_log(cache, &key, &output.stdout)?,
            });
        };
        fs::copy(&made, &binary).map_err(BuildError::input(&made))?;
        drop(lock);

        let mut settings = self.rustc.details.clone();
        settings.insert("profile".to_owned(), PROFILE.to_owned());
        settings.insert("features".to_owned(), self.features.clone());
        let receipt = BuildReceipt {
            experiment: String::new(),
            variant: String::new(),
            toolchain: self.rustc.version.clone(),
            go_line: None,
            flags: self.flags(),
            inputs: key,
            binary: hash_file(&binary).map_err(BuildError::input(&binary))?,
            other_layouts: other_layouts(stage.path())?,
            settings,
        };
        if self.key()? != receipt.inputs {
            return Err(BuildError::Changed {
                program: self.program.to_owned(),
            });
        }
        publish(cache, stage.path(), receipt)
    }

    fn cargo(&self, target: &Path, stage: &Path) -> Result<Output, BuildError> {
        let mut args: Vec<OsString> = vec!["rustc".into()];
        args.extend(self.flags().into_iter().map(OsString::from));
        args.extend(["-p".into(), PACKAGE.into()]);
        args.push(format!("--{}={}", self.target.word(), self.program).into());
        args.extend(cargo::place(self.project, target));
        args.push("--message-format=json-render-diagnostics".into());
        if let Some(linker) = self.linker(stage)? {
            args.extend(["--".into(), joined("-Clinker=", &linker)]);
        }
        cargo::run(self.project, &args)
    }

    /// A linker that links again in other orders, while all that it needs is still there: compiling a program anew for each
    /// takes as long as the first time. `None` where the system's linker can't shuffle.
    fn linker(&self, stage: &Path) -> Result<Option<PathBuf>, BuildError> {
        if self.target == Target::Example || env::consts::OS != "linux" {
            return Ok(None);
        }
        let mut script = "#!/bin/sh\ncc \"$@\" || exit\n".to_owned();
        for seed in LAYOUT_SEEDS {
            let file = layout_file(stage, seed);
            let file = shell_quoted(&file.display().to_string());
            // Writing to a String can't fail.
            let _ = writeln!(
                script,
                "cc \"$@\" '-Wl,--shuffle-sections=.text*={seed}' -o {file} 2>/dev/null || rm -f {file}"
            );
        }
        let path = stage.join("layouts.sh");
        fs::write(&path, script).map_err(CacheError::at(&path))?;
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755))
            .map_err(CacheError::at(&path))?;
        Ok(Some(path))
    }

    /// What the program is made of: the library, and its own files. Another program's change is no change of this one.
    fn sources(&self) -> Result<Vec<PathBuf>, BuildError> {
        let package = self.project.rust_equivalents();
        if self.target == Target::Example {
            return Ok(vec![
                package.join("src"),
                package.join(self.target.folder()),
            ]);
        }
        let src = package.join("src");
        let mut sources = Vec::new();
        for entry in fs::read_dir(&src).map_err(BuildError::input(&src))? {
            let path = entry.map_err(BuildError::input(&src))?.path();
            let is_hidden = path
                .file_name()
                .is_some_and(|name| name.to_string_lossy().starts_with('.'));
            if !is_hidden && !path.ends_with("bin") {
                sources.push(path);
            }
        }
        let bin = package.join(self.target.folder());
        sources.extend([
            package.join("build.rs"),
            bin.join(format!("{}.rs", self.program)),
            bin.join(self.program),
        ]);
        sources.retain(|path| path.exists());
        sources.sort();
        Ok(sources)
    }

    /// SHA-256 over sources, manifests, features and compiler.
    fn key(&self) -> Result<String, BuildError> {
        let mut key = Key::new("rust 3");
        key.field("rustc", &self.rustc.version);
        for (name, value) in &self.rustc.details {
            key.field(name, value);
        }
        key.field("program", self.program);
        if self.target != Target::Bin {
            key.field("target", self.target.word());
        }
        key.field("flags", self.flags().join("\0"));
        let manifest = self.project.root().join("Cargo.toml");
        key.file("Cargo.toml", &manifest)
            .map_err(BuildError::input(&manifest))?;
        let lock = self.project.root().join("Cargo.lock");
        let text = fs::read_to_string(&lock).map_err(BuildError::input(&lock))?;
        key.field("Cargo.lock", cargo::locked(&text, PACKAGE));
        let package = self.project.rust_equivalents();
        let manifest = package.join("Cargo.toml");
        key.file("package", &manifest)
            .map_err(BuildError::input(&manifest))?;
        for path in self.sources()? {
            let name = path.strip_prefix(&package).unwrap_or(&path);
            let name = name.to_string_lossy();
            let added = if path.is_dir() {
                key.tree(&name, &path)
            } else {
                key.file(&name, &path)
            };
            added.map_err(BuildError::input(&path))?;
        }
        Ok(key.finish())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::time::{Duration, SystemTime};

    use super::*;
    use crate::spec::Language;

    fn variant(features: &[&str]) -> Variant {
        Variant {
            name: "rust".to_owned(),
            language: Language::Rust,
            program: "hello".to_owned(),
            build_flags: features.iter().map(ToString::to_string).collect(),
            args: vec![],
            env: BTreeMap::new(),
            go_min: None,
        }
    }

    fn project(root: &Path) -> Project {
        let bin = root.join("rust-equivalents/src/bin");
        fs::create_dir_all(&bin).unwrap();
        for (file, text) in [
            (
                "Cargo.toml",
                "[workspace]\nresolver = \"3\"\nmembers = [\"rust-equivalents\"]\n\
                 [profile.measured]\ninherits = \"release\"\n",
            ),
            (
                "Cargo.lock",
                "version = 4\n\n[[package]]\nname = \"rust-equivalents\"\nversion = \"0.1.0\"\n",
            ),
            (
                "rust-equivalents/Cargo.toml",
                "[package]\nname = \"rust-equivalents\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\
                 [features]\nloud = []\n",
            ),
            (
                "rust-equivalents/src/bin/hello.rs",
                "fn main() { println!(\"{}\", if cfg!(feature = \"loud\") { \"HELLO\" } else { \"hello\" }); }\n",
            ),
        ] {
            fs::write(root.join(file), text).unwrap();
        }
        Project::at(root)
    }

    fn build(project: &Project, cache: &Cache, features: &[&str]) -> Built {
        let rustc = Rustc::ask(project.root()).unwrap();
        let variant = variant(features);
        Job::new(project, &variant, &rustc, Target::Bin)
            .unwrap()
            .build(cache)
            .unwrap()
    }

    #[test]
    fn builds_once_for_each_set_of_features() {
        let dir = tempfile::tempdir().unwrap();
        let project = project(&dir.path().join("project"));
        let cache = Cache::at(dir.path().join("cache"));
        let plain = build(&project, &cache, &[]);
        let loud = build(&project, &cache, &["loud"]);
        for (built, says) in [(&plain, "hello"), (&loud, "HELLO")] {
            assert!(!built.cached);
            for layout in &built.layouts {
                assert_eq!(duct::cmd!(layout).read().unwrap(), says);
            }
            assert_eq!(built.layouts.len(), 1 + built.receipt.other_layouts.len());
            // Where the linker can shuffle, it must have.
            let distinct: BTreeSet<&String> = built.receipt.other_layouts.iter().collect();
            assert_eq!(distinct.len(), built.receipt.other_layouts.len());
            assert!(!distinct.contains(&built.receipt.binary));
        }
        assert_eq!(
            loud.receipt.flags,
            ["--profile=measured", "--features=loud"]
        );
        assert!(plain.receipt.toolchain.starts_with("rustc 1."));
        let again = build(&project, &cache, &[]);
        assert!(again.cached);
        assert_eq!(again.receipt, plain.receipt);
    }

    #[test]
    fn a_library_that_is_other_and_not_newer_is_compiled_anew() {
        let dir = tempfile::tempdir().unwrap();
        let project = project(&dir.path().join("project"));
        let cache = Cache::at(dir.path().join("cache"));
        let src = project.rust_equivalents().join("src");
        fs::write(
            src.join("bin/hello.rs"),
            "fn main() { println!(\"{}\", rust_equivalents::says()); }\n",
        )
        .unwrap();
        for says in ["one", "two"] {
            let library = src.join("lib.rs");
            let text = format!("pub fn says() -> &'static str {{ \"{says}\" }}\n");
            fs::write(&library, text).unwrap();
            // As an archive brings it.
            let date = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000_000);
            let file = File::options().write(true).open(&library).unwrap();
            file.set_modified(date).unwrap();
            let built = build(&project, &cache, &[]);
            for layout in &built.layouts {
                assert_eq!(duct::cmd!(layout).read().unwrap(), says);
            }
        }
    }

    #[test]
    fn an_example_is_told_from_a_program_of_its_name() {
        let message = |kind: &str| {
            format!(
                r#"{{"reason":"compiler-artifact","target":{{"kind":["{kind}"],"name":"calibrate"}},"executable":"/{kind}"}}"#
            )
        };
        let messages = [message("bin"), message("example")].join("\n");
        for (target, path) in [(Target::Bin, "/bin"), (Target::Example, "/example")] {
            let found = cargo::executable(&messages, target.word(), "calibrate");
            assert_eq!(found, Some(PathBuf::from(path)));
        }

        let dir = tempfile::tempdir().unwrap();
        let project = project(dir.path());
        let rustc = Rustc::parse("rustc 1.95.0\nhost: x\n");
        assert!(matches!(
            Job::new(&project, &variant(&[]), &rustc, Target::Example),
            Err(BuildError::NoProgram { path, .. }) if path.ends_with("examples/hello.rs")
        ));
    }

    #[test]
    fn a_program_that_is_not_there_is_named() {
        let dir = tempfile::tempdir().unwrap();
        let project = project(dir.path());
        let rustc = Rustc::parse("rustc 1.95.0\nhost: x\n");
        let variant = Variant {
            program: "gone".to_owned(),
            ..variant(&[])
        };
        assert!(matches!(
            Job::new(&project, &variant, &rustc, Target::Bin),
            Err(BuildError::NoProgram { .. })
        ));
    }

    #[test]
    fn the_key_covers_sources_compiler_and_features() {
        let dir = tempfile::tempdir().unwrap();
        let project = project(dir.path());
        let key = |rustc: &str, features: &[&str]| {
            let rustc = Rustc::parse(rustc);
            let variant = variant(features);
            Job::new(&project, &variant, &rustc, Target::Bin)
                .unwrap()
                .key()
                .unwrap()
        };
        let first = key("rustc 1.95.0\nhost: x\n", &[]);
        assert_eq!(key("rustc 1.95.0\nhost: x\n", &[]), first);
        assert_ne!(key("rustc 1.96.0\nhost: x\n", &[]), first);
        assert_ne!(key("rustc 1.95.0\nhost: x\n", &["loud"]), first);
        fs::write(project.root().join("rust-equivalents/src/lib.rs"), "//").unwrap();
        assert_ne!(key("rustc 1.95.0\nhost: x\n", &[]), first);
    }
}
