//! The control groups of this process, version 1 and 2, and the limits that they set.

use std::fs;
use std::path::{Path, PathBuf};

/// Version of the hierarchy that holds a controller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Version {
    V1,
    V2,
}

/// Where this process stands in the hierarchy of one controller.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Position {
    version: Version,
    mount: PathBuf,
    folder: PathBuf,
}

impl Position {
    /// Finds the hierarchy of `controller` (`cpu`, `memory`) from `/proc/self/cgroup` and
    /// `/proc/self/mountinfo`, with all paths below `root`.
    pub(super) fn find(root: &Path, controller: &str) -> Option<Self> {
        let groups = fs::read_to_string(root.join("proc/self/cgroup")).ok()?;
        let mounts = fs::read_to_string(root.join("proc/self/mountinfo")).ok()?;
        Self::parse(root, &groups, &mounts, controller)
    }

    fn parse(root: &Path, groups: &str, mounts: &str, controller: &str) -> Option<Self> {
        // On a hybrid system a controller that version 1 has is not in version 2.
        let (version, path) = group(groups, |controllers| {
            controllers.split(',').any(|c| c == controller)
        })
        .map(|path| (Version::V1, path))
        .or_else(|| Some((Version::V2, group(groups, str::is_empty)?)))?;
        mounts.lines().find_map(|line| {
            let (place, kind) = line.split_once(" - ")?;
            let mut kind = kind.split(' ');
            let fits = match version {
                Version::V1 => {
                    kind.next() == Some("cgroup")
                        && kind
                            .nth(1)
                            .is_some_and(|options| options.split(',').any(|o| o == controller))
                }
                Version::V2 => kind.next() == Some("cgroup2"),
            };
            if !fits {
                return None;
            }
            let mut place = place.split(' ').skip(3);
            let (shown, mount) = (place.next()?, place.next()?);
            let mount = root.join(mount.trim_start_matches('/'));
            // In a container the mount may show only the container's own part of the hierarchy.
            let below = path.strip_prefix(shown).unwrap_or(path);
            Some(Position {
                version,
                folder: mount.join(below.trim_start_matches('/')),
                mount,
            })
        })
    }

    /// The group's folder and those above it, up to the mount. Limits of all of them hold.
    fn levels(&self) -> impl Iterator<Item = &Path> {
        self.folder
            .ancestors()
            .take_while(|folder| folder.starts_with(&self.mount))
    }

    /// The tightest CPU limit in CPUs, and the folder that sets it.
    pub(super) fn cpu_limit(&self) -> Option<(f64, &Path)> {
        self.levels()
            .filter_map(|folder| {
                let (quota, period) = match self.version {
                    Version::V2 => {
                        let text = fs::read_to_string(folder.join("cpu.max")).ok()?;
                        let mut words = text.split_whitespace();
                        (words.next()?.parse().ok()?, words.next()?.parse().ok()?)
                    }
                    Version::V1 => (
                        number(&folder.join("cpu.cfs_quota_us"))?,
                        number(&folder.join("cpu.cfs_period_us"))?,
                    ),
                };
                // Version 1 says "no limit" by -1; version 2 by `max`, which is no number.
                (quota > 0.0 && period > 0.0).then_some((quota / period, folder))
            })
            .min_by(|(a, _), (b, _)| a.total_cmp(b))
    }

    /// The tightest memory limit in bytes.
    pub(super) fn memory_limit(&self) -> Option<u64> {
        /// Version 1 says "no limit" by the largest multiple of a page.
        const NO_LIMIT: u64 = 1 << 60;
        let file = match self.version {
            Version::V2 => "memory.max",
            Version::V1 => "memory.limit_in_bytes",
        };
        self.levels()
            .filter_map(|folder| {
                fs::read_to_string(folder.join(file))
                    .ok()?
                    .trim()
                    .parse()
                    .ok()
            })
            .filter(|limit| *limit < NO_LIMIT)
            .min()
    }

    /// The `cpu.stat` that counts the throttling which binds this process: that of the group that sets
    /// the tightest limit, else its own.
    pub(super) fn cpu_stat(&self) -> PathBuf {
        self.cpu_limit()
            .map_or(self.folder.as_path(), |(_, folder)| folder)
            .join("cpu.stat")
    }
}

/// The path of the first group whose list of controllers fits.
fn group(groups: &str, fits: impl Fn(&str) -> bool) -> Option<&str> {
    groups.lines().find_map(|line| {
        let mut fields = line.splitn(3, ':').skip(1);
        let (controllers, path) = (fields.next()?, fields.next()?);
        fits(controllers).then_some(path)
    })
}

fn number(path: &Path) -> Option<f64> {
    fs::read_to_string(path).ok()?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(root: &Path, file: &str, text: &str) {
        let path = root.join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    #[test]
    fn version_2_takes_the_tightest_limit_on_the_way_up() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path();
        write(root, "proc/self/cgroup", "0::/user.slice/job.scope\n");
        write(
            root,
            "proc/self/mountinfo",
            "22 1 0:20 / /proc rw - proc proc rw\n\
             30 23 0:26 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate\n",
        );
        let base = "sys/fs/cgroup/user.slice";
        write(root, &format!("{base}/cpu.max"), "150000 100000\n");
        write(root, &format!("{base}/memory.max"), "1073741824\n");
        write(root, &format!("{base}/job.scope/cpu.max"), "max 100000\n");
        write(root, &format!("{base}/job.scope/memory.max"), "max\n");

        let cpu = Position::find(root, "cpu").unwrap();
        assert_eq!(cpu.cpu_limit().map(|(cpus, _)| cpus), Some(1.5));
        assert_eq!(cpu.cpu_stat(), root.join(base).join("cpu.stat"));
        let memory = Position::find(root, "memory").unwrap();
        assert_eq!(memory.memory_limit(), Some(1 << 30));
    }

    #[test]
    fn version_1_in_a_container_is_read_from_the_mount() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path();
        write(
            root,
            "proc/self/cgroup",
            "4:cpu,cpuacct:/docker/abc\n3:memory:/docker/abc\n0::/\n",
        );
        write(
            root,
            "proc/self/mountinfo",
            "31 2 0:28 /docker/abc /sys/fs/cgroup/cpu,cpuacct ro - cgroup cgroup rw,cpu,cpuacct\n\
             32 2 0:29 /docker/abc /sys/fs/cgroup/memory ro - cgroup cgroup rw,memory\n\
             33 2 0:30 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n",
        );
        let cpu = "sys/fs/cgroup/cpu,cpuacct";
        write(root, &format!("{cpu}/cpu.cfs_quota_us"), "50000\n");
        write(root, &format!("{cpu}/cpu.cfs_period_us"), "100000\n");
        write(
            root,
            "sys/fs/cgroup/memory/memory.limit_in_bytes",
            "9223372036854771712\n",
        );
        let position = Position::find(root, "cpu").unwrap();
        assert_eq!(position.cpu_limit().map(|(cpus, _)| cpus), Some(0.5));
        let memory = Position::find(root, "memory").unwrap();
        assert_eq!(memory.memory_limit(), None);

        write(root, &format!("{cpu}/cpu.cfs_quota_us"), "-1\n");
        assert_eq!(position.cpu_limit(), None);
        assert_eq!(position.cpu_stat(), root.join(cpu).join("cpu.stat"));
    }

    #[test]
    fn no_control_groups_is_no_limit() {
        let dir = tempfile::tempdir().unwrap();
        assert_eq!(Position::find(dir.path(), "cpu"), None);
    }
}
