use super::*;
use crate::spec::Language;
use crate::toolchain::{Builder, Choice, Found, GoVersion, Origin, Search};

const GO_MOD: &str = "module example/programs\n\ngo 1.18\n\ntoolchain go1.99.0\n";

/// A project with one program, `hello`, that imports `probe`, and one, `other`, that nothing imports.
struct Fixture {
    dir: tempfile::TempDir,
    project: Project,
}

impl Fixture {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let fixture = Fixture {
            project: Project::at(dir.path()),
            dir,
        };
        fixture.write("go.mod", GO_MOD);
        fixture.write(
            "hello/main.go",
            "package main\n\nimport \"example/programs/probe\"\n\nfunc main() { println(probe.Word) }\n",
        );
        fixture.write(
            "probe/probe.go",
            "package probe\n\n// Word is printed.\nconst Word = \"hello\"\n",
        );
        fixture.write("other/main.go", "package main\n\nfunc main() {}\n");
        fixture
    }

    fn write(&self, file: &str, text: &str) {
        let path = self.project.go_programs().join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn fake_toolchain(&self, version: GoVersion) -> GoToolchain {
        let goroot = self.dir.path().join(format!("goroot-{version}"));
        fs::create_dir_all(&goroot).unwrap();
        fs::write(goroot.join("VERSION"), format!("go{version}")).unwrap();
        GoToolchain {
            version,
            goroot,
            origin: Origin::UserRoot,
        }
    }

    fn key(&self, flags: &[&str], version: GoVersion) -> String {
        let variant = variant("hello", flags);
        let toolchain = self.fake_toolchain(version);
        Job::new(&self.project, &variant, &toolchain, Output::Program)
            .unwrap()
            .key()
            .unwrap()
    }
}

fn variant(program: &str, flags: &[&str]) -> Variant {
    Variant {
        name: "go".to_owned(),
        language: Language::Go,
        program: program.to_owned(),
        build_flags: flags.iter().map(ToString::to_string).collect(),
        args: vec![],
        env: BTreeMap::new(),
        go_min: None,
    }
}

const GO_1_27: GoVersion = GoVersion::new(1, 27, 3);

#[test]
fn the_key_follows_every_input_and_nothing_else() {
    let fixture = Fixture::new();
    let mut last = fixture.key(&[], GO_1_27);
    assert_eq!(fixture.key(&[], GO_1_27), last);
    for other in [
        fixture.key(&["-race"], GO_1_27),
        fixture.key(&["-go=1.21"], GO_1_27),
        fixture.key(&["GOEXPERIMENT=nojsonv2"], GO_1_27),
        fixture.key(&[], GoVersion::new(1, 27, 2)),
    ] {
        assert_ne!(other, last);
    }
    fixture.write(
        "other/main.go",
        "package main\n\nfunc main() { println() }\n",
    );
    assert_eq!(
        fixture.key(&[], GO_1_27),
        last,
        "another program is no input"
    );
    for (file, text) in [
        ("hello/extra.go", "package main\n"),
        ("hello/testdata/input.txt", "1"),
        ("probe/probe.go", "package probe\n\nconst Word = \"bye\"\n"),
        ("go.mod", "module example/programs\n\ngo 1.19\n"),
    ] {
        fixture.write(file, text);
        let key = fixture.key(&[], GO_1_27);
        assert_ne!(key, last, "{file}");
        last = key;
    }
}

#[test]
fn a_replaced_module_is_an_input_too() {
    let fixture = Fixture::new();
    fixture.write(
        "ecosystem/go.mod",
        "module example/ecosystem\n\nrequire (\n\texample/programs v0.0.0 // here\n)\n\
         replace example/programs => ../\n",
    );
    fixture.write(
        "ecosystem/pool/main.go",
        "package main\n\nimport \"example/programs/probe\"\n\nfunc main() { println(probe.Word) }\n",
    );
    let toolchain = fixture.fake_toolchain(GO_1_27);
    let variant = variant("ecosystem/pool", &[]);
    let job = Job::new(&fixture.project, &variant, &toolchain, Output::Program).unwrap();
    assert!(job.module.has_requirements);
    let before = job.key().unwrap();
    fixture.write("probe/probe.go", "package probe\n\nconst Word = \"x\"\n");
    assert_ne!(job.key().unwrap(), before);
}

#[test]
fn flags_are_sorted_by_what_they_are_for() {
    let fixture = Fixture::new();
    let sort = |flags: &[&str], minor| {
        let toolchain = fixture.fake_toolchain(GoVersion::new(1, minor, 1));
        Flags::sort(&variant("hello", flags).build_flags, &toolchain)
    };
    let plain = sort(&[], 27);
    assert_eq!(plain.go, ["-trimpath", "-buildvcs=false", "-pgo=off"]);
    assert_eq!(plain.env["CGO_ENABLED"], "0");
    assert_eq!(sort(&[], 19).go, ["-trimpath", "-buildvcs=false"]);

    let special = sort(
        &[
            "-race",
            "-pgo=default.pgo",
            "-go=1.21",
            "GOEXPERIMENT=nojsonv2",
        ],
        27,
    );
    assert_eq!(
        special.go,
        ["-trimpath", "-buildvcs=false", "-race", "-pgo=default.pgo"]
    );
    assert_eq!(special.env["CGO_ENABLED"], "1");
    assert_eq!(special.env["GOEXPERIMENT"], "nojsonv2");
    assert_eq!(special.go_line.as_deref(), Some("1.21"));
    assert_eq!(
        sort(&["-race", "CGO_ENABLED=0"], 27).env["CGO_ENABLED"],
        "0"
    );
}

#[test]
fn the_environment_is_an_allow_list() {
    let fixture = Fixture::new();
    let toolchain = fixture.fake_toolchain(GO_1_27);
    let variant = variant("hello", &[]);
    let job = Job::new(&fixture.project, &variant, &toolchain, Output::Program).unwrap();
    let environment = job.environment(&Cache::at("/cache"));
    let names: Vec<&str> = environment
        .keys()
        .map(|name| name.to_str().unwrap())
        .filter(|name| !["HOME", "TMPDIR"].contains(name))
        .collect();
    assert_eq!(
        names,
        [
            "CGO_ENABLED",
            "GO111MODULE",
            "GOCACHE",
            "GOENV",
            "GOFLAGS",
            "GOPATH",
            "GOPROXY",
            "GOROOT",
            "GOTOOLCHAIN",
            "GOWORK",
            "PATH",
        ]
    );
    assert_eq!(environment[&OsString::from("GOPROXY")], "off");
    assert_eq!(environment[&OsString::from("PATH")], PLAIN_PATH);
}

#[test]
fn the_module_file_gets_the_line_of_the_toolchain() {
    assert_eq!(
        with_go_line(GO_MOD, "1.24"),
        "module example/programs\n\ngo 1.24\n\n\n"
    );
    assert_eq!(
        with_go_line("module m\n\nrequire x v1.0.0\n", "1.27"),
        "module m\n\ngo 1.27\n\nrequire x v1.0.0\n"
    );
}

#[test]
fn a_program_too_new_for_the_release_is_told_before_building() {
    let fixture = Fixture::new();
    let toolchain = fixture.fake_toolchain(GoVersion::new(1, 21, 13));
    let variant = Variant {
        go_min: Some((1, 23)),
        ..variant("hello", &[])
    };
    let error = Job::new(&fixture.project, &variant, &toolchain, Output::Program)
        .err()
        .unwrap();
    assert_eq!(
        error.to_string(),
        "variant `go` needs Go 1.23 or later, this is go1.21.13"
    );
}

#[test]
fn receipts_of_several_releases_are_read() {
    // Printed by `go version -m` of these releases.
    let go_1_21 = "/tmp/program: go1.21.13\n\
        \tpath\texample/p/hello\n\
        \tmod\texample/p\t(devel)\t\n\
        \tbuild\t-buildmode=exe\n\
        \tbuild\t-compiler=gc\n\
        \tbuild\t-trimpath=true\n\
        \tbuild\tDefaultGODEBUG=panicnil=1\n\
        \tbuild\tCGO_ENABLED=0\n\
        \tbuild\tGOARCH=amd64\n\
        \tbuild\tGOOS=linux\n\
        \tbuild\tGOAMD64=v1\n";
    let (compiler, settings) = parse_version_m(go_1_21);
    assert_eq!(compiler.as_deref(), Some("go1.21.13"));
    assert_eq!(settings["path"], "example/p/hello");
    assert_eq!(settings["mod"], "example/p");
    assert_eq!(settings["DefaultGODEBUG"], "panicnil=1");
    assert_eq!(settings["-trimpath"], "true");

    let go_1_27 = "/tmp/program: go1.27.3-X:nojsonv2\n\
        \tpath\texample/p/hello\n\
        \tmod\texample/p\t(devel)\t\n\
        \tbuild\t-buildmode=exe\n\
        \tbuild\t-compiler=gc\n\
        \tbuild\t-gcflags=\"all=-N -l\"\n\
        \tbuild\t-trimpath=true\n\
        \tbuild\tDefaultGODEBUG=containermaxprocs=0,cryptocustomrand=1,decoratemappings=0\n\
        \tbuild\tCGO_ENABLED=0\n\
        \tbuild\tGOARCH=amd64\n\
        \tbuild\tGOEXPERIMENT=nojsonv2\n\
        \tbuild\tGOOS=linux\n\
        \tbuild\tGOAMD64=v1\n";
    let (compiler, settings) = parse_version_m(go_1_27);
    assert_eq!(compiler.as_deref(), Some("go1.27.3"));
    assert_eq!(settings["-gcflags"], "all=-N -l");
    assert_eq!(settings["GOEXPERIMENT"], "nojsonv2");
    assert_eq!(
        settings["DefaultGODEBUG"],
        "containermaxprocs=0,cryptocustomrand=1,decoratemappings=0"
    );
}

#[test]
fn other_spellings_of_a_receipt_are_read() {
    let (compiler, settings) = parse_version_m(
        "/odd: folder/p: go1.21.13 X:loopvar\n\tdep\texample.com/x\tv1.2.3\th1:abc=\n\tnoise\n",
    );
    assert_eq!(compiler.as_deref(), Some("go1.21.13"));
    assert_eq!(settings["dep example.com/x"], "v1.2.3 h1:abc=");
    assert_eq!(settings.len(), 1);
    assert_eq!(parse_version_m(""), (None, BTreeMap::new()));
}

#[test]
fn the_go_line_decides_the_runtime_defaults() {
    let Some(toolchain) = real_toolchain() else {
        return;
    };
    let fixture = Fixture::new();
    let cache = Cache::at(fixture.dir.path().join("cache"));
    let built = Builder::new(fixture.project.clone(), cache)
        .build(
            "greeting",
            &variant("hello", &["-go=1.20"]),
            Some(&toolchain),
        )
        .unwrap();
    assert_eq!(built.receipt.go_line.as_deref(), Some("1.20"));
    // Since Go 1.21 a module for an older release gets that release's settings; 1.20 had panicnil=1.
    if toolchain.version.line() >= (1, 21) {
        assert!(built.receipt.settings.contains_key("DefaultGODEBUG"));
    }
}

/// A real toolchain of this machine, or `None` with a note: building needs one, and a test downloads
/// nothing.
fn real_toolchain() -> Option<GoToolchain> {
    let cache = Cache::from_env().unwrap();
    match Found::search(&Search::from_env(), &cache).resolve_default() {
        Choice::Found(toolchain) => Some(toolchain),
        Choice::Install(_) => {
            eprintln!("note: no Go on this machine, the build is not tested");
            None
        }
    }
}

#[test]
fn builds_once_and_says_how() {
    let Some(toolchain) = real_toolchain() else {
        return;
    };
    let fixture = Fixture::new();
    let variant = variant("hello", &[]);
    let build = |cache: &str| {
        let cache = Cache::at(fixture.dir.path().join(cache));
        Builder::new(fixture.project.clone(), cache)
            .build("greeting", &variant, Some(&toolchain))
            .unwrap()
    };

    let built = build("cache");

    assert!(!built.cached);
    let run = duct::cmd!(&built.layouts[0]).stderr_to_stdout();
    assert_eq!(run.read().unwrap(), "hello");
    let receipt = &built.receipt;
    assert_eq!(
        (receipt.experiment.as_str(), receipt.variant.as_str()),
        ("greeting", "go")
    );
    assert_eq!(receipt.toolchain, toolchain.name());
    assert_eq!(receipt.go_line, Some(toolchain.version.language()));
    assert_eq!(receipt.settings["CGO_ENABLED"], "0");
    assert_eq!(receipt.settings["-trimpath"], "true");
    assert!(!receipt.settings.contains_key("vcs.revision"));

    let again = build("cache");
    assert!(again.cached);
    assert_eq!(again.receipt, built.receipt);
    let elsewhere = build("another-cache");
    assert!(!elsewhere.cached);
    assert_eq!(elsewhere.receipt, built.receipt, "a build is reproducible");

    fs::write(&built.layouts[0], "damaged").unwrap();
    let repaired = build("cache");
    assert!(!repaired.cached);
    assert_eq!(repaired.receipt, built.receipt);
}

#[test]
fn benchmarks_are_a_build_of_their_own() {
    let Some(toolchain) = real_toolchain() else {
        return;
    };
    let fixture = Fixture::new();
    fixture.write(
        "hello/main_test.go",
        "package main\n\nimport \"testing\"\n\nfunc BenchmarkNothing(b *testing.B) {}\n",
    );
    let variant = variant("hello", &[]);
    let cache = Cache::at(fixture.dir.path().join("cache"));
    let builder = Builder::new(fixture.project.clone(), cache);
    let program = builder.build("x", &variant, Some(&toolchain)).unwrap();
    let tests = builder
        .build_benchmarks("x", &variant, Some(&toolchain))
        .unwrap();
    assert_ne!(tests.receipt.inputs, program.receipt.inputs);
    assert_eq!(tests.receipt.settings["-trimpath"], "true");
    let says = duct::cmd!(&tests.layouts[0], "-test.bench=.", "-test.benchtime=1x");
    let says = says.read().unwrap();
    assert!(says.contains("BenchmarkNothing"), "{says}");
}

#[test]
fn a_failed_build_quotes_the_compiler_and_keeps_its_log() {
    let Some(toolchain) = real_toolchain() else {
        return;
    };
    let fixture = Fixture::new();
    fixture.write(
        "hello/main.go",
        "package main\n\nfunc main() { undefinedName() }\n",
    );
    let cache = Cache::at(fixture.dir.path().join("cache"));
    let error = Builder::new(fixture.project.clone(), cache)
        .build("greeting", &variant("hello", &[]), Some(&toolchain))
        .unwrap_err();
    let BuildError::Failed { tail, log, .. } = &error else {
        panic!("{error}");
    };
    assert!(tail.contains("undefinedName"), "{tail}");
    assert!(fs::read_to_string(log).unwrap().contains("undefinedName"));
}
