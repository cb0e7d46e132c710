//! Builds programs, each once: the cache's key covers every input, and a finished build is used again
//! without starting a compiler.

mod cargo;
pub(in crate::toolchain) mod go;
mod rust;

use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use super::key::hash_file;
use super::{Cache, CacheError, GoToolchain, Project};
use crate::record::BuildReceipt;
use crate::spec::{Language, Variant};

/// Lines of a compiler's output that an error quotes.
const TAIL_LINES: usize = 20;

/// Builds the programs of a project into a cache.
#[derive(Debug)]
pub struct Builder {
    project: Project,
    cache: Cache,
    rustc: OnceLock<rust::Rustc>,
}

/// A program that can be run.
#[derive(Clone, Debug, PartialEq)]
pub struct Built {
    /// The executable in its layouts, the linker's own first: the same code, its functions in another order.
    pub layouts: Vec<PathBuf>,
    /// How it came to be.
    pub receipt: BuildReceipt,
    /// Whether it was there already.
    pub cached: bool,
}

/// Why a program could not be built.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// A Go program without a Go toolchain.
    #[error(
        "variant `{variant}` is a Go program and needs a Go toolchain (see `harness toolchain list`)"
    )]
    NoToolchain {
        /// The variant.
        variant: String,
    },
    /// The program uses what the release does not have.
    #[error("variant `{variant}` needs Go {}.{} or later, this is {toolchain}", need.0, need.1)]
    TooOld {
        /// The variant.
        variant: String,
        /// The oldest release line that can build it.
        need: (u32, u32),
        /// The toolchain.
        toolchain: String,
    },
    /// The definition names a program that is not there.
    #[error("program `{program}` not found at {path}")]
    NoProgram {
        /// The program.
        program: String,
        /// Where it should be.
        path: PathBuf,
    },
    /// No go.mod above the program.
    #[error("program `{program}` belongs to no Go module: no go.mod in {path} or above")]
    NoModule {
        /// The program.
        program: String,
        /// Its folder.
        path: PathBuf,
    },
    /// A source can't be read.
    #[error("can't read the build input {path}")]
    Input {
        /// The file or folder.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
    /// What was compiled is not what the key was made of.
    #[error("the sources of `{program}` changed while it was built: run again")]
    Changed {
        /// The program.
        program: String,
    },
    /// A tool could not be started.
    #[error("can't run `{tool}` (is it installed and on the PATH?)")]
    Tool {
        /// The command.
        tool: String,
        /// The system's reason.
        source: io::Error,
    },
    /// The compiler refused the program.
    #[error(
        "`{program}` does not build with {toolchain} ({status}), last lines:\n{tail}\nfull log: {log}"
    )]
    Failed {
        /// The program.
        program: String,
        /// The compiler.
        toolchain: String,
        /// How the compiler ended.
        status: String,
        /// The end of its output.
        tail: String,
        /// The file with all of it.
        log: PathBuf,
    },
    /// The compiler said that all is well and left no program.
    #[error("the build of `{program}` with {toolchain} left no program (full log: {log})")]
    NoOutput {
        /// The program.
        program: String,
        /// The compiler.
        toolchain: String,
        /// The file with the compiler's output.
        log: PathBuf,
    },
    /// The cache can't be written.
    #[error(transparent)]
    Cache(#[from] CacheError),
}

impl BuildError {
    fn input(path: &Path) -> impl FnOnce(io::Error) -> BuildError + '_ {
        move |source| BuildError::Input {
            path: path.to_owned(),
            source,
        }
    }

    fn tool(tool: &Path) -> impl FnOnce(io::Error) -> BuildError + '_ {
        move |source| BuildError::Tool {
            tool: tool.display().to_string(),
            source,
        }
    }
}

impl Builder {
    /// A builder of `project`'s programs. What a killed one left in the cache is removed.
    pub fn new(project: Project, cache: Cache) -> Self {
        cache.remove_abandoned();
        Builder {
            project,
            cache,
            rustc: OnceLock::new(),
        }
    }

    /// The project.
    pub fn project(&self) -> &Project {
        &self.project
    }

    /// The cache.
    pub fn cache(&self) -> &Cache {
        &self.cache
    }

    /// Builds the program of a variant, or finds that it has been built before. `toolchain` is for Go;
    /// a Rust program is built by the `cargo` on the PATH (or `$CARGO`).
    ///
    /// The variant's `build_flags` of a Go program are flags of `go build`, with two additions:
    /// `-go=1.21` sets the `go` line of the module (as `go mod edit -go` does), and `CGO_ENABLED=1`,
    /// `GOARCH=...`, `GOEXPERIMENT=...`, `GOAMD64=...` or `GOARM64=...` set that variable for the build. Those of a
    /// Rust program are Cargo features.
    pub fn build(
        &self,
        experiment: &str,
        variant: &Variant,
        toolchain: Option<&GoToolchain>,
    ) -> Result<Built, BuildError> {
        let wanted = (go::Output::Program, rust::Target::Bin);
        self.build_wanted(experiment, variant, toolchain, wanted)
    }

    /// As [`build`](Self::build), but what times a program with the language's own tool: of Go the test
    /// binary of the variant's program (`go test -c`), of Rust the example of that name.
    pub fn build_benchmarks(
        &self,
        experiment: &str,
        variant: &Variant,
        toolchain: Option<&GoToolchain>,
    ) -> Result<Built, BuildError> {
        let wanted = (go::Output::Tests, rust::Target::Example);
        self.build_wanted(experiment, variant, toolchain, wanted)
    }

    fn build_wanted(
        &self,
        experiment: &str,
        variant: &Variant,
        toolchain: Option<&GoToolchain>,
        (output, target): (go::Output, rust::Target),
    ) -> Result<Built, BuildError> {
        let built = match (variant.language, toolchain) {
            (Language::Go, Some(toolchain)) => {
                go::Job::new(&self.project, variant, toolchain, output)?.build(&self.cache)
            }
            (Language::Go, None) => Err(BuildError::NoToolchain {
                variant: variant.name.clone(),
            }),
            (Language::Rust, _) => {
                rust::Job::new(&self.project, variant, self.rustc()?, target)?.build(&self.cache)
            }
        }?;
        // The key does not hold these two, so that experiments and variants share equal builds.
        Ok(Built {
            receipt: BuildReceipt {
                experiment: experiment.to_owned(),
                variant: variant.name.clone(),
                ..built.receipt
            },
            ..built
        })
    }

    /// The Rust compiler's version, asked once: through rustup it takes some tens of milliseconds.
    fn rustc(&self) -> Result<&rust::Rustc, BuildError> {
        if let Some(rustc) = self.rustc.get() {
            return Ok(rustc);
        }
        let rustc = rust::Rustc::ask(self.project.root())?;
        Ok(self.rustc.get_or_init(|| rustc))
    }
}

/// Name of the executable in a build's folder.
const PROGRAM: &str = "program";

/// Seeds of the orders in which a program's functions are linked, beside the linker's own: three layouts in all.
const LAYOUT_SEEDS: [u32; 2] = [1, 2];

/// File of the executable whose functions are in the order of a seed.
fn layout_file(folder: &Path, seed: u32) -> PathBuf {
    folder.join(format!("{PROGRAM}.{seed}"))
}

/// Hashes of the layouts beside the linker's own that are there: a linker may know of none.
fn other_layouts(folder: &Path) -> Result<Vec<String>, BuildError> {
    LAYOUT_SEEDS
        .iter()
        .map(|seed| layout_file(folder, *seed))
        .filter(|file| file.is_file())
        .map(|file| hash_file(&file).map_err(BuildError::input(&file)))
        .collect()
}

fn layouts(folder: &Path) -> Vec<PathBuf> {
    let others = LAYOUT_SEEDS.iter().map(|seed| layout_file(folder, *seed));
    std::iter::once(folder.join(PROGRAM))
        .chain(others.filter(|file| file.is_file()))
        .collect()
}

/// Name of the receipt in a build's folder.
const RECEIPT: &str = "receipt.json";

/// The finished build with this key, where it is there and its binary is still the one of the receipt.
fn reuse(cache: &Cache, key: &str) -> Option<Built> {
    let folder = cache.build(key);
    let text = fs::read(folder.join(RECEIPT)).ok()?;
    let receipt: BuildReceipt = serde_json::from_slice(&text).ok()?;
    let whole = receipt.inputs == key
        && hash_file(&folder.join(PROGRAM)).ok()? == receipt.binary
        && other_layouts(&folder).ok()? == receipt.other_layouts;
    whole.then_some(Built {
        layouts: layouts(&folder),
        receipt,
        cached: true,
    })
}

/// Writes the receipt into the staged build and gives the folder its name.
fn publish(cache: &Cache, stage: &Path, receipt: BuildReceipt) -> Result<Built, BuildError> {
    let path = stage.join(RECEIPT);
    let text = serde_json::to_vec_pretty(&receipt)
        .map_err(|error| CacheError::at(&path)(io::Error::other(error)))?;
    fs::write(&path, text).map_err(CacheError::at(&path))?;
    let key = receipt.inputs.clone();
    let folder = cache.build(&key);
    cache.publish(stage, &folder, |_| reuse(cache, &key).is_some())?;
    // Two processes may have built it at once; what counts is the one that stayed.
    let receipt = reuse(cache, &key).map_or(receipt, |built| built.receipt);
    Ok(Built {
        layouts: layouts(&folder),
        receipt,
        cached: false,
    })
}

/// A flag whose value is a path.
fn joined(prefix: &str, path: &Path) -> OsString {
    let mut joined = OsString::from(prefix);
    joined.push(path);
    joined
}

/// Keeps a compiler's output beside the builds and says where.
fn keep_log(cache: &Cache, key: &str, output: &[u8]) -> Result<PathBuf, BuildError> {
    let log = cache.builds().join(format!("{key}.log"));
    fs::write(&log, output).map_err(CacheError::at(&log))?;
    Ok(log)
}

/// The end of a tool's output, blank lines at the end left out.
pub(super) fn last_lines(output: &str) -> String {
    let lines: Vec<&str> = output.trim_end().lines().collect();
    let start = lines.len().saturating_sub(TAIL_LINES);
    lines.get(start..).unwrap_or_default().join("\n")
}
