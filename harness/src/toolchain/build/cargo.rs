//! Cargo, called so that of the user's environment nothing decides what it makes but what a build's key holds.
//!
//! Configuration files of Cargo are still read: a profile or a target that one of them sets changes programs, not keys.

use std::collections::{BTreeMap, BTreeSet};
use std::env;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;

use super::{BuildError, joined};
use crate::toolchain::key::Key;
use crate::toolchain::{CacheError, Project};

pub(super) const PACKAGE: &str = "rust-equivalents";
pub(super) const PROFILE: &str = "measured";

/// What Cargo and the compilers that it starts may take from the user's environment: where they are, and how to download.
/// Flags, wrappers, linkers and C compilers by variable would change what is built, and the key would not know.
const NEEDED: [&str; 19] = [
    "PATH",
    "HOME",
    "TMPDIR",
    "LD_LIBRARY_PATH",
    "RUSTC",
    "CARGO_HOME",
    "CARGO_BUILD_JOBS",
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "ALL_PROXY",
    "NO_PROXY",
    "http_proxy",
    "https_proxy",
    "all_proxy",
    "no_proxy",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "CURL_CA_BUNDLE",
    "SSH_AUTH_SOCK",
];

/// Families of such variables. Which compiler rustup chooses is in the key: it is asked for its version.
const NEEDED_FAMILIES: [&str; 5] = [
    "RUSTUP_",
    "CARGO_HTTP_",
    "CARGO_NET_",
    "CARGO_REGISTRY_",
    "CARGO_REGISTRIES_",
];

/// Set to nothing, these overrule what a Cargo configuration of the user's says.
const OVERRULED: [&str; 3] = [
    "CARGO_ENCODED_RUSTFLAGS",
    "RUSTC_WRAPPER",
    "RUSTC_WORKSPACE_WRAPPER",
];

/// File in a target directory with the digest of the sources that it was filled from.
const SOURCES: &str = "harness.sources";

/// The whole environment of Cargo, made from the user's.
fn environment(
    user: impl IntoIterator<Item = (OsString, OsString)>,
) -> BTreeMap<OsString, OsString> {
    let is_needed = |name: &OsString| {
        let name = name.to_string_lossy();
        NEEDED.contains(&name.as_ref()) || NEEDED_FAMILIES.iter().any(|f| name.starts_with(f))
    };
    user.into_iter()
        .filter(|(name, _)| is_needed(name))
        .chain(OVERRULED.map(|name| (name.into(), OsString::new())))
        .collect()
}

/// Runs Cargo to its end in the project's folder, whatever it says.
pub(super) fn run(project: &Project, args: &[OsString]) -> Result<Output, BuildError> {
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    duct::cmd(&cargo, args)
        .dir(project.root())
        .full_env(environment(env::vars_os()))
        .stdout_capture()
        .stderr_capture()
        .unchecked()
        .run()
        .map_err(BuildError::tool(Path::new(&cargo)))
}

/// Arguments that say which project and which target directory.
pub(super) fn place(project: &Project, target: &Path) -> [OsString; 3] {
    let manifest = project.root().join("Cargo.toml");
    [
        "--locked".into(),
        joined("--manifest-path=", &manifest),
        joined("--target-dir=", target),
    ]
}

/// Makes Cargo forget what it compiled of the package from other sources than those of now. It goes by their dates alone,
/// and a checkout or an unpacked archive may bring a file that is other and not newer: the old library would be linked, and
/// kept under the key of the new one. Only for the holder of the target directory's lock.
pub(super) fn forget_other_sources(
    project: &Project,
    target: &Path,
    done: impl Fn(Output) -> Result<Output, BuildError>,
) -> Result<(), BuildError> {
    let record = target.join(SOURCES);
    let now = sources(&project.rust_equivalents())?;
    if fs::read_to_string(&record).is_ok_and(|then| then == now) {
        return Ok(());
    }
    let mut args: Vec<OsString> = vec!["clean".into(), "-p".into(), PACKAGE.into()];
    args.push(format!("--profile={PROFILE}").into());
    args.extend(place(project, target));
    done(run(project, &args)?)?;
    fs::write(&record, now).map_err(CacheError::at(&record))?;
    Ok(())
}

/// A digest of all that Cargo compiles of the package.
fn sources(package: &Path) -> Result<String, BuildError> {
    let mut key = Key::new("sources");
    for name in ["build.rs", "src", "examples"] {
        let path = package.join(name);
        if path.is_dir() {
            key.tree(name, &path).map_err(BuildError::input(&path))?;
        } else if path.is_file() {
            key.file(name, &path).map_err(BuildError::input(&path))?;
        }
    }
    Ok(key.finish())
}

/// The packages of a lock file that `package` is made of, as the file has them: what another package of the workspace needs
/// is no change of this one. The whole file where it can't be read so.
pub(super) fn locked(text: &str, package: &str) -> String {
    let Ok(lock) = text.parse::<toml::Table>() else {
        return text.to_owned();
    };
    let packages: Vec<&toml::Table> = lock
        .get("package")
        .and_then(toml::Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(toml::Value::as_table)
        .collect();
    let word = |package: &toml::Table, key: &str| {
        let value = package.get(key).and_then(toml::Value::as_str);
        value.unwrap_or_default().to_owned()
    };
    let mut reached: BTreeSet<usize> = BTreeSet::new();
    let mut queue = vec![package.to_owned()];
    while let Some(wanted) = queue.pop() {
        // A dependency is a name, with the version where there are several.
        let mut parts = wanted.split(' ');
        let (name, version) = (parts.next(), parts.next());
        for (index, package) in packages.iter().enumerate() {
            let is_it = name == Some(&word(package, "name"))
                && version.is_none_or(|version| word(package, "version") == version);
            if is_it && reached.insert(index) {
                let dependencies = package.get("dependencies").and_then(toml::Value::as_array);
                let names = dependencies.into_iter().flatten();
                queue.extend(names.filter_map(toml::Value::as_str).map(str::to_owned));
            }
        }
    }
    let line = |package: &&toml::Table| {
        ["name", "version", "source", "checksum"]
            .map(|key| word(package, key))
            .join(" ")
    };
    let lines: Vec<String> = reached
        .iter()
        .filter_map(|index| packages.get(*index))
        .map(line)
        .collect();
    lines.join("\n")
}

/// The path of a program in Cargo's messages; `kind` is Cargo's word for what it is.
pub(super) fn executable(messages: &str, kind: &str, program: &str) -> Option<PathBuf> {
    messages
        .lines()
        .filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok())
        .filter(|message| message["reason"] == "compiler-artifact")
        .filter(|message| message["target"]["kind"][0] == kind)
        .filter(|message| message["target"]["name"] == program)
        .find_map(|message| message["executable"].as_str().map(PathBuf::from))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_of_the_user_that_changes_a_build_reaches_cargo() {
        let refused = [
            "RUSTFLAGS",
            "RUSTC_BOOTSTRAP",
            "CARGO_BUILD_RUSTFLAGS",
            "CARGO_BUILD_TARGET",
            "CARGO_INCREMENTAL",
            "CARGO_PROFILE_MEASURED_LTO",
            "CARGO_TARGET_X86_64_UNKNOWN_LINUX_GNU_LINKER",
            "CARGO_UNSTABLE_BUILD_STD",
            "CC",
            "CFLAGS",
            "CFLAGS_x86_64_unknown_linux_gnu",
            "HOST_CC",
            "AR",
        ];
        let needed = [
            "PATH",
            "CARGO_HOME",
            "CARGO_NET_OFFLINE",
            "CARGO_REGISTRIES_MIRROR_INDEX",
            "RUSTUP_TOOLCHAIN",
            "https_proxy",
        ];
        let user = refused
            .iter()
            .chain(&needed)
            .chain(&OVERRULED)
            .map(|name| (OsString::from(name), OsString::from("x")));
        let given = environment(user);
        for name in refused {
            assert!(!given.contains_key(&OsString::from(name)), "{name}");
        }
        for name in needed {
            assert_eq!(given[&OsString::from(name)], "x", "{name}");
        }
        for name in OVERRULED {
            assert_eq!(given[&OsString::from(name)], "", "{name}");
        }
    }

    #[test]
    fn another_package_of_the_lock_file_is_no_input() {
        let lock = |others: &str| {
            format!(
                "version = 4\n\n[[package]]\nname = \"rust-equivalents\"\nversion = \"0.1.0\"\ndependencies = [\n \"syn 2.0.1\",\n]\n\n\
                 [[package]]\nname = \"syn\"\nversion = \"2.0.1\"\nchecksum = \"aa\"\n\n\
                 [[package]]\nname = \"syn\"\nversion = \"3.0.0\"\nchecksum = \"{others}\"\n"
            )
        };
        let of = |text: &str| locked(text, PACKAGE);
        assert_eq!(of(&lock("bb")), "rust-equivalents 0.1.0  \nsyn 2.0.1  aa");
        assert_eq!(of(&lock("bb")), of(&lock("cc")));
        let changed = lock("bb").replace("\"aa\"", "\"dd\"");
        assert_ne!(of(&lock("bb")), of(&changed));
        assert_eq!(of("no = lock = file"), "no = lock = file");
    }
}
