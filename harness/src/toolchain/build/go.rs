//! One Go build.

use std::collections::{BTreeMap, BTreeSet};
use std::env;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use super::{
    BuildError, Built, LAYOUT_SEEDS, PROGRAM, joined, keep_log, last_lines, layout_file,
    other_layouts, publish, reuse,
};
use crate::record::BuildReceipt;
use crate::spec::Variant;
use crate::toolchain::key::{Key, hash_file};
use crate::toolchain::{Cache, CacheError, GoToolchain, Project};

/// Variables of the build that a variant may set.
const BUILD_VARIABLES: [&str; 5] = [
    "CGO_ENABLED",
    "GOARCH",
    "GOEXPERIMENT",
    "GOAMD64",
    "GOARM64",
];

/// What a module with requirements may take from the user's environment to get them: how to download
/// is a property of the machine and does not change what is built, go.sum sees to that.
const DOWNLOAD_VARIABLES: [&str; 14] = [
    "GOPROXY",
    "GOSUMDB",
    "GONOSUMDB",
    "GONOPROXY",
    "GOPRIVATE",
    "GOMODCACHE",
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "NO_PROXY",
    "http_proxy",
    "https_proxy",
    "no_proxy",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
];

/// Without cgo `go build` starts only its own tools; this is for what those might look up.
const PLAIN_PATH: &str = "/usr/local/bin:/usr/bin:/bin";

/// What is built of a program's package.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Output {
    /// The program.
    Program,
    /// Its tests and benchmarks, as `go test` would run them.
    Tests,
}

/// First release whose linker can shuffle functions.
const RANDOM_LAYOUT: (u32, u32) = (1, 23);

/// A program, a toolchain and flags.
pub(super) struct Job<'a> {
    output: Output,
    toolchain: &'a GoToolchain,
    program: &'a str,
    folder: PathBuf,
    module: Module,
    flags: Flags,
    go_line: String,
}

impl<'a> Job<'a> {
    pub(super) fn new(
        project: &Project,
        variant: &'a Variant,
        toolchain: &'a GoToolchain,
        output: Output,
    ) -> Result<Self, BuildError> {
        if let Some(need) = variant.go_min
            && toolchain.version.line() < need
        {
            return Err(BuildError::TooOld {
                variant: variant.name.clone(),
                need,
                toolchain: toolchain.name(),
            });
        }
        let folder = project.go_programs().join(&variant.program);
        if !folder.is_dir() {
            return Err(BuildError::NoProgram {
                program: variant.program.clone(),
                path: folder,
            });
        }
        let flags = Flags::sort(&variant.build_flags, toolchain);
        Ok(Job {
            output,
            module: Module::of(&variant.program, &folder, &project.go_programs())?,
            program: &variant.program,
            folder,
            go_line: flags
                .go_line
                .clone()
                .unwrap_or_else(|| toolchain.version.language()),
            flags,
            toolchain,
        })
    }

    pub(super) fn build(&self, cache: &Cache) -> Result<Built, BuildError> {
        let key = self.key()?;
        if let Some(built) = reuse(cache, &key) {
            return Ok(built);
        }
        let stage = cache.stage(&cache.builds())?;
        let binary = stage.path().join(PROGRAM);
        let modfile = self.write_module(stage.path())?;
        let output = self.go(cache, &modfile, &self.flags.go, &binary)?;
        if !output.status.success() {
            return Err(BuildError::Failed {
                program: self.program.to_owned(),
                toolchain: self.toolchain.name(),
                status: output.status.to_string(),
                tail: last_lines(&String::from_utf8_lossy(&output.stdout)),
                log: keep_log(cache, &key, &output.stdout)?,
            });
        }
        if !binary.is_file() {
            return Err(BuildError::NoOutput {
                program: self.program.to_owned(),
                toolchain: self.toolchain.name(),
                log: keep_log(cache, &key, &output.stdout)?,
            });
        }
        if self.output == Output::Program && self.toolchain.version.line() >= RANDOM_LAYOUT {
            for seed in LAYOUT_SEEDS {
                let flags = self.flags.with_layout(seed);
                let file = layout_file(stage.path(), seed);
                let output = self.go(cache, &modfile, &flags, &file)?;
                if !output.status.success() {
                    // What links in one order and not in another is no program to measure in that one.
                    continue;
                }
            }
        }
        let go = self.toolchain.go();
        let says = duct::cmd!(&go, "version", "-m", &binary)
            .full_env(self.environment(cache))
            .read()
            .map_err(BuildError::tool(&go))?;
        let (compiler, settings) = parse_version_m(&says);
        let mut flags = self.flags.go.clone();
        flags.extend(self.flags.env.iter().map(|(k, v)| format!("{k}={v}")));
        let receipt = BuildReceipt {
            experiment: String::new(),
            variant: String::new(),
            toolchain: compiler.unwrap_or_else(|| self.toolchain.name()),
            go_line: Some(self.go_line.clone()),
            flags,
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

    fn go(
        &self,
        cache: &Cache,
        modfile: &Path,
        flags: &[String],
        binary: &Path,
    ) -> Result<std::process::Output, BuildError> {
        let mut args: Vec<OsString> = match self.output {
            Output::Program => vec!["build".into()],
            Output::Tests => vec!["test".into(), "-c".into()],
        };
        args.extend(flags.iter().map(OsString::from));
        if self.module.has_requirements {
            // A module cache that can't be deleted is no cache.
            args.push("-modcacherw".into());
        }
        args.push(joined("-modfile=", modfile));
        args.extend(["-o".into(), binary.into(), ".".into()]);
        let go = self.toolchain.go();
        duct::cmd(&go, &args)
            .dir(&self.folder)
            .full_env(self.environment(cache))
            .stderr_to_stdout()
            .stdout_capture()
            .unchecked()
            .run()
            .map_err(BuildError::tool(&go))
    }

    /// SHA-256 over sources, go.mod, flags and toolchain.
    fn key(&self) -> Result<String, BuildError> {
        let mut key = Key::new("go 2");
        let version = self.toolchain.goroot.join("VERSION");
        key.field("toolchain", self.toolchain.name());
        key.file("VERSION", &version)
            .map_err(BuildError::input(&version))?;
        key.field(
            "platform",
            format!("{}/{}", env::consts::OS, env::consts::ARCH),
        );
        key.field("go line", &self.go_line);
        key.field("flags", self.flags.go.join("\0"));
        for (name, value) in &self.flags.env {
            key.field(name, value);
        }
        key.field("program", self.program);
        if self.output == Output::Tests {
            key.field("output", "tests");
        }
        for module in self.module.all() {
            for name in ["go.mod", "go.sum"] {
                let path = module.join(name);
                if path.is_file() {
                    key.file(name, &path).map_err(BuildError::input(&path))?;
                }
            }
        }
        for folder in self.module.packages(&self.folder)? {
            // Relative, so that two checkouts of one revision share a build.
            let name = folder.strip_prefix(&self.module.root).unwrap_or(&folder);
            key.tree(&name.to_string_lossy(), &folder)
                .map_err(BuildError::input(&folder))?;
        }
        Ok(key.finish())
    }

    /// Writes the module file whose `go` line is the toolchain's, with go.sum beside it, where
    /// `-modfile` looks for it.
    fn write_module(&self, stage: &Path) -> Result<PathBuf, BuildError> {
        let modfile = stage.join("go.mod");
        fs::write(&modfile, with_go_line(&self.module.text, &self.go_line))
            .map_err(CacheError::at(&modfile))?;
        let sums = self.module.root.join("go.sum");
        if sums.is_file() {
            fs::copy(&sums, stage.join("go.sum")).map_err(BuildError::input(&sums))?;
        }
        Ok(modfile)
    }

    fn environment(&self, cache: &Cache) -> BTreeMap<OsString, OsString> {
        let mut environment = go_environment(self.toolchain, cache, &self.flags.env);
        if self.module.has_requirements {
            environment.remove(&OsString::from("GOPROXY"));
            for name in DOWNLOAD_VARIABLES {
                if let Some(value) = env::var_os(name) {
                    environment.insert(name.into(), value);
                }
            }
        }
        environment
    }
}

/// The whole environment of the `go` command: nothing of the user's that could change the result. `own` comes on top.
pub(in crate::toolchain) fn go_environment(
    toolchain: &GoToolchain,
    cache: &Cache,
    own: &BTreeMap<String, String>,
) -> BTreeMap<OsString, OsString> {
    let mut environment: BTreeMap<OsString, OsString> = BTreeMap::new();
    let mut set = |name: &str, value: OsString| environment.insert(name.into(), value);
    for name in ["HOME", "TMPDIR"] {
        if let Some(value) = env::var_os(name) {
            set(name, value);
        }
    }
    set("GOTOOLCHAIN", "local".into());
    set("GOROOT", toolchain.goroot.clone().into());
    set("GOCACHE", cache.go_build().into());
    set("GOPATH", cache.go_path().into());
    // `go env -w` settings and a go.work above the project would leak in.
    set("GOENV", "off".into());
    set("GOWORK", "off".into());
    set("GOFLAGS", OsString::new());
    set("GO111MODULE", "on".into());
    set("GOPROXY", "off".into());
    set("PATH", PLAIN_PATH.into());
    for (name, value) in own {
        set(name, value.into());
    }
    // The C compiler is wherever the machine has it.
    if own.get("CGO_ENABLED").map(String::as_str) == Some("1")
        && let Some(path) = env::var_os("PATH")
    {
        environment.insert("PATH".into(), path);
    }
    environment
}

/// A variant's build flags, sorted by what they are for.
#[derive(Debug, PartialEq)]
struct Flags {
    /// Flags of `go build`.
    go: Vec<String>,
    /// Variables of the build.
    env: BTreeMap<String, String>,
    /// The `go` line, where the variant sets it.
    go_line: Option<String>,
}

impl Flags {
    fn sort(flags: &[String], toolchain: &GoToolchain) -> Self {
        let mut sorted = Flags {
            go: vec!["-trimpath".to_owned()],
            env: BTreeMap::new(),
            go_line: None,
        };
        let line = toolchain.version.line();
        if line >= (1, 18) {
            // The revision of the checkout would make every commit another binary.
            sorted.go.push("-buildvcs=false".to_owned());
        }
        let names =
            |flag: &str, name: &str| flag.trim_start_matches('-').split('=').next() == Some(name);
        if line >= (1, 20) && !flags.iter().any(|flag| names(flag, "pgo")) {
            sorted.go.push("-pgo=off".to_owned());
        }
        for flag in flags {
            match flag.split_once('=') {
                Some(("-go", version)) => sorted.go_line = Some(version.to_owned()),
                Some((name, value)) if BUILD_VARIABLES.contains(&name) => {
                    sorted.env.insert(name.to_owned(), value.to_owned());
                }
                _ => sorted.go.push(flag.clone()),
            }
        }
        let needs_cgo = ["race", "msan", "asan"]
            .iter()
            .any(|name| flags.iter().any(|flag| names(flag, name)));
        sorted
            .env
            .entry("CGO_ENABLED".to_owned())
            .or_insert_with(|| if needs_cgo { "1" } else { "0" }.to_owned());
        sorted
    }
}

impl Flags {
    /// The flags of `go build`, with the functions in the order of a seed.
    fn with_layout(&self, seed: u32) -> Vec<String> {
        let own = self
            .go
            .iter()
            .find_map(|flag| flag.strip_prefix("-ldflags="));
        let mut flags = self.go.clone();
        // The last -ldflags counts alone.
        let shuffled = format!("{} -randlayout={seed}", own.unwrap_or_default());
        flags.push(format!("-ldflags={}", shuffled.trim()));
        flags
    }
}

/// The Go module of a program.
struct Module {
    root: PathBuf,
    /// Its go.mod.
    text: String,
    has_requirements: bool,
    /// Folders by module path: its own, and those that go.mod puts in place of others.
    local: BTreeMap<String, PathBuf>,
}

impl Module {
    /// The module of the nearest go.mod from the program's folder up to the folder of all programs.
    fn of(program: &str, folder: &Path, top: &Path) -> Result<Self, BuildError> {
        let root = folder
            .ancestors()
            .take_while(|ancestor| ancestor.starts_with(top))
            .find(|ancestor| ancestor.join("go.mod").is_file())
            .ok_or_else(|| BuildError::NoModule {
                program: program.to_owned(),
                path: folder.to_owned(),
            })?;
        let path = root.join("go.mod");
        let text = fs::read_to_string(&path).map_err(BuildError::input(&path))?;
        let mut local = BTreeMap::new();
        let mut has_requirements = false;
        for directive in directives(&text) {
            match directive.as_slice() {
                ["module", name] => {
                    local.insert(name.trim_matches('"').to_owned(), root.to_owned());
                }
                ["require", ..] => has_requirements = true,
                ["replace", name, .., "=>", target] if target.starts_with('.') => {
                    local.insert((*name).to_owned(), root.join(target));
                }
                _ => {}
            }
        }
        Ok(Module {
            root: root.to_owned(),
            text,
            has_requirements,
            local,
        })
    }

    /// Folders of all modules whose source is here.
    fn all(&self) -> BTreeSet<&Path> {
        self.local.values().map(PathBuf::as_path).collect()
    }

    /// The program's folder and those of every local package that it imports, directly or not. Found
    /// by the quoted import paths in the sources, which is more than a build reads (other platforms'
    /// files, tests) but never less, and needs no `go list`.
    fn packages(&self, program: &Path) -> Result<BTreeSet<PathBuf>, BuildError> {
        let mut packages = BTreeSet::new();
        let mut queue = vec![program.to_owned()];
        while let Some(folder) = queue.pop() {
            if packages.contains(&folder) {
                continue;
            }
            for file in go_files(&folder)? {
                let text = fs::read(&file).map_err(BuildError::input(&file))?;
                let text = String::from_utf8_lossy(&text);
                // Every other piece between quotes is a string; taking all of them is simpler and safe.
                for piece in text.split(['"', '`']) {
                    queue.extend(self.package(piece));
                }
            }
            packages.insert(folder);
        }
        Ok(packages)
    }

    /// The folder of an import path, where it is a local package.
    fn package(&self, import: &str) -> Option<PathBuf> {
        if import.contains(char::is_whitespace) {
            return None;
        }
        self.local.iter().find_map(|(module, root)| {
            let rest = import.strip_prefix(module.as_str())?;
            let folder = match rest.strip_prefix('/') {
                Some(below) => root.join(below),
                None if rest.is_empty() => root.clone(),
                None => return None,
            };
            folder.is_dir().then_some(folder)
        })
    }
}

fn go_files(folder: &Path) -> Result<Vec<PathBuf>, BuildError> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).map_err(BuildError::input(folder))? {
        let entry = entry.map_err(BuildError::input(folder))?;
        let path = entry.path();
        if path.is_dir() && !entry.file_type().is_ok_and(|kind| kind.is_symlink()) {
            files.extend(go_files(&path)?);
        } else if path.extension().is_some_and(|extension| extension == "go") {
            files.push(path);
        }
    }
    Ok(files)
}

/// The directives of a go.mod as words, blocks unfolded, comments left out.
fn directives(text: &str) -> Vec<Vec<&str>> {
    let mut directives = Vec::new();
    let mut block: Option<&str> = None;
    for line in text.lines() {
        let words: Vec<&str> = line
            .split("//")
            .next()
            .unwrap_or_default()
            .split_whitespace()
            .collect();
        match (block, words.as_slice()) {
            (_, []) => {}
            (_, [")"]) => block = None,
            (None, [verb, "("]) => block = Some(verb),
            (Some(verb), rest) => directives.push([&[verb], rest].concat()),
            (None, _) => directives.push(words),
        }
    }
    directives
}

/// A go.mod with another `go` line, and without a `toolchain` line, which could ask for a newer one.
fn with_go_line(text: &str, go_line: &str) -> String {
    let is = |line: &str, verb: &str| line.split_whitespace().next() == Some(verb);
    let mut out: Vec<String> = text
        .lines()
        .filter(|line| !is(line, "go") && !is(line, "toolchain"))
        .map(str::to_owned)
        .collect();
    let after_module = out
        .iter()
        .position(|line| is(line, "module"))
        .map_or(0, |at| at + 1);
    out.insert(after_module, format!("\ngo {go_line}"));
    out.join("\n") + "\n"
}

/// The compiler and the settings in the output of `go version -m`: `path` and `mod` as they stand,
/// each dependency as `dep <path>`, build settings by their key.
fn parse_version_m(text: &str) -> (Option<String>, BTreeMap<String, String>) {
    let mut lines = text.lines();
    let compiler = lines
        .next()
        .and_then(|line| line.rsplit_once(": "))
        .and_then(|(_, version)| version.split_whitespace().next())
        // Experiments follow, behind a blank or, in newer releases, a dash; GOEXPERIMENT has them as well.
        .and_then(|version| version.split("-X:").next())
        .map(str::to_owned);
    let mut settings = BTreeMap::new();
    for line in lines {
        let mut fields = line.trim_start().split('\t');
        let (Some(tag), Some(value)) = (fields.next(), fields.next()) else {
            continue;
        };
        match tag {
            "build" => {
                if let Some((key, value)) = value.split_once('=') {
                    // Values with blanks are quoted as Go strings, which for them is JSON as well.
                    let plain = serde_json::from_str(value)
                        .ok()
                        .filter(|_| value.starts_with('"'));
                    settings.insert(key.to_owned(), plain.unwrap_or_else(|| value.to_owned()));
                }
            }
            "dep" => {
                let version: Vec<&str> = fields.filter(|field| !field.is_empty()).collect();
                settings.insert(format!("dep {value}"), version.join(" "));
            }
            _ => {
                settings.insert(tag.to_owned(), value.to_owned());
            }
        }
    }
    (compiler, settings)
}

#[cfg(test)]
mod tests;
