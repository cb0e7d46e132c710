//! Which Go toolchains this machine has, and which of them answers a request.
//!
//! Finding reads `GOROOT/VERSION` and starts no process, so that it costs well under a millisecond a
//! toolchain. The one exception is a `go` on the PATH that does not lie in a GOROOT (a version
//! manager's wrapper), which is asked by `go env GOROOT`.

use std::collections::HashSet;
use std::env;
use std::ffi::OsString;
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

use super::install::{self, InstallError};
use super::{Cache, GoVersion, VersionError, VersionRequest};

/// Where a toolchain was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Origin {
    /// `$HARNESS_GO_ROOTS`.
    UserRoot,
    /// The harness installed it.
    Cache,
    /// `go` on the PATH.
    Path,
    /// `~/sdk/go*`, where `golang.org/dl` puts releases.
    Sdk,
    /// `/usr/local/go` or `/usr/lib/go-*`.
    System,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Origin::UserRoot => "HARNESS_GO_ROOTS",
            Origin::Cache => "installed by harness",
            Origin::Path => "PATH",
            Origin::Sdk => "~/sdk",
            Origin::System => "system",
        })
    }
}

/// A Go toolchain on this machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GoToolchain {
    /// Its release.
    pub version: GoVersion,
    /// Its root, canonical.
    pub goroot: PathBuf,
    /// Where it was found.
    pub origin: Origin,
}

impl GoToolchain {
    /// Looks at one GOROOT.
    pub fn at(goroot: &Path, origin: Origin) -> Result<Self, Rejected> {
        let reject = |why: RejectedWhy| Rejected {
            goroot: goroot.to_owned(),
            why,
        };
        let io = |source: std::io::Error| reject(RejectedWhy::Unreadable(source.to_string()));
        let canonical = fs::canonicalize(goroot).map_err(io)?;
        if !go_binary(&canonical).is_file() {
            return Err(reject(RejectedWhy::NoBinary));
        }
        let text = fs::read_to_string(canonical.join("VERSION")).map_err(io)?;
        let first = text.lines().next().unwrap_or_default();
        let version = first
            .parse()
            .map_err(|error| reject(RejectedWhy::Version(error)))?;
        Ok(GoToolchain {
            version,
            goroot: canonical,
            origin,
        })
    }

    /// The `go` command.
    pub fn go(&self) -> PathBuf {
        go_binary(&self.goroot)
    }

    /// `go1.27.3`, as the toolchain calls itself.
    pub fn name(&self) -> String {
        format!("go{}", self.version)
    }
}

fn go_binary(goroot: &Path) -> PathBuf {
    goroot
        .join("bin")
        .join(format!("go{}", env::consts::EXE_SUFFIX))
}

/// A folder that looked like a toolchain and is not used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{goroot} is not used: {why}")]
pub struct Rejected {
    /// The folder.
    pub goroot: PathBuf,
    /// The reason.
    pub why: RejectedWhy,
}

/// Why a folder is not used as a toolchain.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RejectedWhy {
    /// No `go` command in it.
    #[error("it has no bin/go")]
    NoBinary,
    /// It or its VERSION can't be read. A source checkout of Go has no VERSION.
    #[error("its VERSION can't be read ({0})")]
    Unreadable(String),
    /// Not a release.
    #[error(transparent)]
    Version(VersionError),
}

/// The places to search, taken from the environment once so that a test can give others.
#[derive(Clone, Debug, Default)]
pub struct Search {
    /// `$HARNESS_GO_ROOTS`, colon-separated GOROOTs.
    pub roots: Option<OsString>,
    /// `$PATH`.
    pub path: Option<OsString>,
    /// `$HOME`.
    pub home: Option<PathBuf>,
    /// Paths and globs of the system's places.
    pub system: Vec<String>,
}

impl Search {
    /// The places of this machine.
    pub fn from_env() -> Self {
        Search {
            roots: env::var_os("HARNESS_GO_ROOTS"),
            path: env::var_os("PATH"),
            home: env::var_os("HOME").map(PathBuf::from),
            system: vec!["/usr/local/go".to_owned(), "/usr/lib/go-*".to_owned()],
        }
    }
}

/// What a search found.
#[derive(Clone, Debug, Default)]
pub struct Found {
    /// Toolchains, each GOROOT once, in the order of the places: user's roots, cache, PATH, `~/sdk`,
    /// system.
    pub toolchains: Vec<GoToolchain>,
    /// Folders that the user named, or that hold a `go`, but can't be used.
    pub rejected: Vec<Rejected>,
    /// The places, in words.
    pub looked_in: Vec<String>,
    on_path: Option<PathBuf>,
}

impl Found {
    /// Searches every place.
    pub fn search(search: &Search, cache: &Cache) -> Self {
        let mut found = Found::default();
        let mut seen = HashSet::new();
        if let Some(roots) = search.roots.as_ref().filter(|roots| !roots.is_empty()) {
            found.looked_in.push(format!(
                "HARNESS_GO_ROOTS ({})",
                roots.as_os_str().to_string_lossy()
            ));
            for root in env::split_paths(roots).filter(|root| !root.as_os_str().is_empty()) {
                found.add(&mut seen, &root, Origin::UserRoot);
            }
        } else {
            found
                .looked_in
                .push("HARNESS_GO_ROOTS (not set)".to_owned());
        }
        let releases = cache.go_releases();
        found.looked_in.push(releases.display().to_string());
        for root in subfolders(&releases) {
            found.add(&mut seen, &root, Origin::Cache);
        }
        found.looked_in.push("go on the PATH".to_owned());
        if let Some(root) = search.path.as_ref().and_then(goroot_on_path) {
            found.on_path = fs::canonicalize(&root).ok();
            found.add(&mut seen, &root, Origin::Path);
        }
        if let Some(home) = &search.home {
            found.looked_in.push("~/sdk/go*".to_owned());
            for root in subfolders(&home.join("sdk")) {
                if root
                    .file_name()
                    .is_some_and(|name| name.to_string_lossy().starts_with("go"))
                {
                    found.add(&mut seen, &root, Origin::Sdk);
                }
            }
        }
        for pattern in &search.system {
            found.looked_in.push(pattern.clone());
            for root in glob::glob(pattern).into_iter().flatten().flatten() {
                found.add(&mut seen, &root, Origin::System);
            }
        }
        found
    }

    fn add(&mut self, seen: &mut HashSet<PathBuf>, root: &Path, origin: Origin) {
        match GoToolchain::at(root, origin) {
            Ok(toolchain) => {
                if seen.insert(toolchain.goroot.clone()) {
                    self.toolchains.push(toolchain);
                }
            }
            // A folder without `go` in a place that we merely guess at is no news.
            Err(Rejected {
                why: RejectedWhy::NoBinary,
                ..
            }) if origin != Origin::UserRoot => {}
            Err(rejected) => {
                if seen.insert(root.to_owned()) {
                    self.rejected.push(rejected);
                }
            }
        }
    }

    /// The toolchain of the `go` on the PATH.
    pub fn on_path(&self) -> Option<&GoToolchain> {
        let goroot = self.on_path.as_ref()?;
        self.toolchains.iter().find(|t| t.goroot == *goroot)
    }

    /// The toolchain that answers `request`: the newest that was found, else a pinned release that
    /// can be installed. Of two with the same version the one that was found first is taken.
    pub fn resolve(&self, request: VersionRequest) -> Result<Choice, NotFound> {
        let newest = self
            .toolchains
            .iter()
            .filter(|toolchain| request.matches(toolchain.version))
            .rev()
            .max_by_key(|toolchain| toolchain.version);
        match (newest, install::release_for(request)) {
            (Some(toolchain), _) => Ok(Choice::Found(toolchain.clone())),
            (None, Some(release)) => Ok(Choice::Install(release.version)),
            (None, None) => Err(self.not_found(request)),
        }
    }

    /// The toolchain of a run that asks for none: the pinned release where it is there, else the `go`
    /// on the PATH, else the pinned release to install. So nothing is downloaded where there is a Go.
    pub fn resolve_default(&self) -> Choice {
        self.toolchains
            .iter()
            .find(|toolchain| toolchain.version == install::DEFAULT_RELEASE)
            .or_else(|| self.on_path())
            .map_or(Choice::Install(install::DEFAULT_RELEASE), |toolchain| {
                Choice::Found(toolchain.clone())
            })
    }

    /// The error for `request` where it was not found and nothing shall be installed.
    pub fn not_found(&self, request: VersionRequest) -> NotFound {
        NotFound {
            request,
            looked_in: self.looked_in.clone(),
            installable: install::release_for(request).is_some(),
        }
    }
}

/// How a request is answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Choice {
    /// By this toolchain.
    Found(GoToolchain),
    /// By installing this pinned release.
    Install(GoVersion),
}

impl Choice {
    /// The release, whether it is there or not.
    pub fn version(&self) -> GoVersion {
        match self {
            Choice::Found(toolchain) => toolchain.version,
            Choice::Install(version) => *version,
        }
    }

    /// The toolchain; installs it where it has to, which downloads about 75 MB.
    pub fn obtain(self, cache: &Cache) -> Result<GoToolchain, InstallError> {
        match self {
            Choice::Found(toolchain) => Ok(toolchain),
            Choice::Install(version) => install::install(version, cache),
        }
    }
}

/// No toolchain answers a request.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct NotFound {
    /// The request.
    pub request: VersionRequest,
    /// The places, in words.
    pub looked_in: Vec<String>,
    /// Whether the harness can install it.
    pub installable: bool,
}

impl fmt::Display for NotFound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let NotFound { request, .. } = self;
        write!(
            f,
            "go {request} not found; looked in {}; ",
            self.looked_in.join(", ")
        )?;
        if self.installable {
            write!(f, "install it with `harness toolchain install {request}`")
        } else {
            let known: Vec<String> = install::releases()
                .iter()
                .map(|release| release.version.to_string())
                .collect();
            write!(
                f,
                "name its GOROOT in HARNESS_GO_ROOTS, or take one that \
                 `harness toolchain install` knows: {}",
                known.join(", ")
            )
        }
    }
}

/// The folders in `parent`, sorted; staging folders start with a dot and are left out.
fn subfolders(parent: &Path) -> Vec<PathBuf> {
    let mut folders: Vec<PathBuf> = fs::read_dir(parent)
        .into_iter()
        .flatten()
        .flatten()
        .filter(|entry| !entry.file_name().to_string_lossy().starts_with('.'))
        .map(|entry| entry.path())
        .filter(|path| path.is_dir())
        .collect();
    folders.sort();
    folders
}

/// GOROOT of the first `go` on the PATH.
fn goroot_on_path(path: &OsString) -> Option<PathBuf> {
    let go = env::split_paths(path)
        .map(|folder| folder.join(format!("go{}", env::consts::EXE_SUFFIX)))
        .find(|candidate| candidate.is_file())?;
    let beside = fs::canonicalize(&go)
        .ok()
        .and_then(|real| Some(real.parent()?.parent()?.to_owned()))
        .filter(|root| root.join("VERSION").is_file() && go_binary(root).is_file());
    if beside.is_some() {
        return beside;
    }
    let output = duct::cmd!(&go, "env", "GOROOT")
        .env("GOTOOLCHAIN", "local")
        .stderr_null()
        .read()
        .ok()?;
    let root = output.trim();
    (!root.is_empty()).then(|| PathBuf::from(root))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fake_go(root: &Path, version: &str) -> PathBuf {
        fs::create_dir_all(root.join("bin")).unwrap();
        fs::write(go_binary(root), "").unwrap();
        fs::write(root.join("VERSION"), format!("{version}\ntime 2026\n")).unwrap();
        fs::canonicalize(root).unwrap()
    }

    struct Machine {
        dir: tempfile::TempDir,
        cache: Cache,
    }

    impl Machine {
        fn new() -> Self {
            let dir = tempfile::tempdir().unwrap();
            let cache = Cache::at(dir.path().join("cache"));
            Machine { dir, cache }
        }

        fn at(&self, place: &str) -> PathBuf {
            self.dir.path().join(place)
        }

        fn search(&self) -> Search {
            Search {
                home: Some(self.at("home")),
                system: vec![self.at("usr/lib/go-*").display().to_string()],
                ..Search::default()
            }
        }
    }

    fn request(text: &str) -> VersionRequest {
        text.parse().unwrap()
    }

    #[test]
    fn finds_every_place_and_each_root_once() {
        let machine = Machine::new();
        let user = fake_go(&machine.at("mine"), "go1.26.1");
        let cached = fake_go(&machine.at("cache/go/1.27.3"), "go1.27.3");
        fake_go(&machine.at("cache/go/.staging-x"), "go1.9");
        let sdk = fake_go(&machine.at("home/sdk/go1.25.0"), "go1.25.0");
        let system = fake_go(&machine.at("usr/lib/go-1.24"), "go1.24.4");
        let search = Search {
            roots: env::join_paths([&user, &sdk, &machine.at("nothing")]).ok(),
            path: env::join_paths([system.join("bin")]).ok(),
            ..machine.search()
        };

        let found = Found::search(&search, &machine.cache);

        let roots: Vec<_> = found
            .toolchains
            .iter()
            .map(|t| (t.goroot.clone(), t.origin))
            .collect();
        assert_eq!(
            roots,
            [
                (user, Origin::UserRoot),
                (sdk, Origin::UserRoot),
                (cached, Origin::Cache),
                (system.clone(), Origin::Path),
            ]
        );
        assert_eq!(found.on_path().unwrap().goroot, system);
        assert_eq!(
            found.rejected.len(),
            1,
            "a root that the user named is told"
        );
    }

    #[test]
    fn a_line_means_its_newest_patch_and_falls_back_to_the_pinned_release() {
        let machine = Machine::new();
        fake_go(&machine.at("home/sdk/go1.24.9"), "go1.24.9");
        let newest = fake_go(&machine.at("home/sdk/go1.24.10"), "go1.24.10");
        fake_go(&machine.at("home/sdk/go1.25rc1"), "go1.25rc1");
        let found = Found::search(&machine.search(), &machine.cache);

        let Ok(Choice::Found(toolchain)) = found.resolve(request("1.24")) else {
            panic!("1.24 is there");
        };
        assert_eq!(toolchain.goroot, newest);
        assert_eq!(
            found.resolve(request("1.21")),
            Ok(Choice::Install(GoVersion::new(1, 21, 13)))
        );
        assert_eq!(
            found.resolve(request("1.24.11")),
            Ok(Choice::Install(GoVersion::new(1, 24, 11)))
        );
        let missing = found.resolve(request("1.19")).unwrap_err().to_string();
        assert!(missing.contains("~/sdk/go*"), "{missing}");
        assert!(missing.contains("HARNESS_GO_ROOTS"), "{missing}");
        let refused = found.not_found(request("1.21")).to_string();
        assert!(
            refused.ends_with("install it with `harness toolchain install 1.21`"),
            "{refused}"
        );
    }

    #[test]
    fn the_default_prefers_the_pinned_release_then_the_path() {
        let machine = Machine::new();
        let on_path = fake_go(&machine.at("opt/go"), "go1.26.8");
        fake_go(&machine.at("home/sdk/go1.28.0"), "go1.28.0");
        let with_path = Search {
            path: env::join_paths([on_path.join("bin")]).ok(),
            ..machine.search()
        };
        let choose = |search: &Search| Found::search(search, &machine.cache).resolve_default();

        assert_eq!(
            choose(&machine.search()),
            Choice::Install(install::DEFAULT_RELEASE)
        );
        assert_eq!(choose(&with_path).version(), GoVersion::new(1, 26, 8));
        fake_go(&machine.at("cache/go/1.27.3"), "go1.27.3");
        assert!(matches!(
            choose(&with_path),
            Choice::Found(GoToolchain {
                origin: Origin::Cache,
                ..
            })
        ));
    }

    #[test]
    fn a_development_checkout_is_rejected_by_name() {
        let machine = Machine::new();
        let root = fake_go(&machine.at("tip"), "devel go1.28-3f2a");
        let error = GoToolchain::at(&root, Origin::UserRoot).unwrap_err();
        assert!(error.to_string().contains("development version"), "{error}");
    }
}
