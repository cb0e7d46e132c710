//! Compilers and builds: find Go, install a pinned release where there is none, build programs once,
//! and keep a receipt of each build.
//!
//! ```no_run
//! # use harness::toolchain::{Builder, Cache, Found, Project, Search};
//! # fn example(variant: &harness::spec::Variant) -> Result<(), Box<dyn std::error::Error>> {
//! let cache = Cache::from_env()?;
//! let found = Found::search(&Search::from_env(), &cache);
//! let choice = found.resolve("1.24".parse()?)?;
//! let go = choice.obtain(&cache)?;
//! let builder = Builder::new(Project::find(&std::env::current_dir()?)?, cache);
//! let built = builder.build("gc-pauses", variant, Some(&go))?;
//! # Ok(()) }
//! ```

mod ask;
mod build;
mod cache;
mod go;
mod install;
mod key;
mod project;
mod source;
mod version;

pub use ask::{Answers, AskError, ask};
pub use build::{BuildError, Builder, Built};
pub use cache::{Cache, CacheError};
pub use go::{Choice, Found, GoToolchain, NotFound, Origin, Rejected, RejectedWhy, Search};
pub use install::{
    DEFAULT_RELEASE, InstallError, Pip, PipMissing, Platform, Release, install, release_for,
    releases,
};
pub use project::{Project, ProjectError};
pub use source::{NOT_FOUND, SourceError, look_up};
pub use version::{GoVersion, Stage, VersionError, VersionRequest};
