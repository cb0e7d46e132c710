//! The run folder through kills, newer formats and a second harness.
#![expect(
    clippy::unwrap_used,
    reason = "a test fails by panicking, in its helpers too"
)]

use std::collections::BTreeMap;
use std::error::Error;
use std::fs;
use std::path::Path;

use harness::record::{
    CellKey, HostFacts, INVOCATION_FORMAT, Invocation, InvocationId, NoiseDelta, Phase, ProbeEnd,
    RUN_FORMAT, Record, RunEnd, RunFile, Sample, Usage,
};
use harness::store::{RunDir, StoreError, latest, list, run_id};
use harness::units::Unit;

fn run_file(id: &str) -> RunFile {
    RunFile {
        format: RUN_FORMAT,
        id: id.to_owned(),
        created: "2026-11-24T06:30:00Z".to_owned(),
        harness: "0.1.0".to_owned(),
        revision: None,
        command_line: vec!["harness".to_owned(), "run".to_owned()],
        profile: "quick".to_owned(),
        seed: 7,
        budget_ns: None,
        overrides: BTreeMap::new(),
        only_claims: Default::default(),
        go_versions: Vec::new(),
        control: true,
        experiments: vec!["maps".to_owned()],
        definitions: BTreeMap::new(),
        host: HostFacts::default(),
        builds: Vec::new(),
        missing: Vec::new(),
    }
}

/// Text and figures are such that a line has multi-byte characters and numbers that are hard to print.
fn invocation(slot: u32) -> Invocation {
    let mut invocation = Invocation {
        format: INVOCATION_FORMAT,
        id: InvocationId(format!("b0-s{slot}")),
        cell: CellKey {
            experiment: "maps".to_owned(),
            variant: "go".to_owned(),
            toolchain: "1.27.3".to_owned(),
            case: "insert".to_owned(),
            params: BTreeMap::new(),
            copy: 0,
        },
        block: 0,
        slot,
        attempt: 0,
        seed: u64::MAX,
        env_pad: 17,
        layout: 0,
        started: "2026-11-24T06:30:01Z".to_owned(),
        wall_ns: 1,
        overhead_ns: 2,
        harness_cpu_ns: 3,
        end: RunEnd::Exited { code: 0 },
        probe: ProbeEnd::Complete,
        usage: Usage::default(),
        noise: NoiseDelta::default(),
        disturbed: None,
        records: Vec::new(),
        samples: Vec::new(),
        warnings: Vec::new(),
        stderr_tail: "µ—\n".to_owned(),
    };
    let samples = [
        0.1 + 0.2,
        1.0 / 3.0,
        f64::MIN_POSITIVE,
        1.796_931_348_623_157e308,
    ]
    .map(|value| {
        Record::Sample(Sample {
            metric: "insert".to_owned(),
            unit: Unit::Nanosecond,
            phase: Phase::Measure,
            ops: 1000,
            value,
            at: None,
        })
    });
    invocation.take_records(samples.into());
    invocation
}

/// A run with as many invocations, whose harness is gone.
fn finished_run(root: &Path, invocations: u32) -> RunDir {
    let mut active = RunDir::create(root, run_file("r")).unwrap();
    for slot in 0..invocations {
        active.append(&invocation(slot)).unwrap();
    }
    active.dir().clone()
}

/// An error as the command prints it, causes included.
fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}

#[test]
fn what_was_written_is_what_is_read() {
    let root = tempfile::tempdir().unwrap();
    let dir = finished_run(root.path(), 3);
    let again = RunDir::open(dir.path()).unwrap();
    assert_eq!(again.run(), &run_file("r"));
    let contents = again.journal().unwrap();
    assert_eq!(contents.invocations, [0, 1, 2].map(invocation));
    assert_eq!(contents.torn, None);
}

#[test]
fn a_journal_cut_at_any_byte_of_its_last_line_loses_that_line_only() {
    let root = tempfile::tempdir().unwrap();
    let dir = finished_run(root.path(), 3);
    let journal = dir.path().join("journal.jsonl");
    let whole = fs::read(&journal).unwrap();
    let last = whole[..whole.len() - 1]
        .iter()
        .rposition(|&b| b == b'\n')
        .unwrap()
        + 1;
    for cut in last..whole.len() {
        fs::write(&journal, &whole[..cut]).unwrap();

        let read = dir.journal().unwrap();
        assert_eq!(read.invocations, [0, 1].map(invocation), "cut at {cut}");
        assert_eq!(
            fs::read(&journal).unwrap().len(),
            cut,
            "reading changes nothing"
        );
        match read.torn {
            Some(torn) => {
                assert_eq!((torn.line, torn.bytes), (3, (cut - last) as u64));
                assert!(torn.to_string().contains("line 3"), "{torn}");
            }
            None => assert_eq!(cut, last, "nothing of the line is left, so nothing is torn"),
        }

        let (mut active, before) = RunDir::resume(dir.path()).unwrap();
        assert_eq!(before, read);
        assert_eq!(fs::read(&journal).unwrap(), whole[..last], "cut at {cut}");
        active.append(&invocation(2)).unwrap();
        assert_eq!(fs::read(&journal).unwrap(), whole, "cut at {cut}");
    }
}

#[test]
fn a_kill_without_any_cleanup_leaves_every_appended_line() {
    let root = tempfile::tempdir().unwrap();
    let mut active = RunDir::create(root.path(), run_file("r")).unwrap();
    active.append(&invocation(0)).unwrap();
    let contents = RunDir::open(active.dir().path())
        .unwrap()
        .journal()
        .unwrap();
    assert_eq!(
        contents.invocations,
        [invocation(0)],
        "readable while it is written"
    );
    let path = active.dir().path().to_owned();
    // Only the kernel acts at a kill: it closes the files. That is all a drop does here, too.
    drop(active);
    let (_active, contents) = RunDir::resume(&path).unwrap();
    assert_eq!(contents.invocations, [invocation(0)]);
}

#[test]
fn damage_in_the_middle_is_an_error_with_its_line() {
    let root = tempfile::tempdir().unwrap();
    let dir = finished_run(root.path(), 3);
    let journal = dir.path().join("journal.jsonl");
    let text = fs::read_to_string(&journal).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    let half = &lines[1][..lines[1].len() / 2];
    for damaged in [
        half,
        "",
        "{}",
        r#"{"format":1}"#,
        r#"{"format":2}"#,
        "\0\0\0",
    ] {
        let broken = format!("{}\n{damaged}\n{}\n", lines[0], lines[2]);
        fs::write(&journal, &broken).unwrap();
        for error in [
            dir.journal().unwrap_err(),
            RunDir::resume(dir.path()).unwrap_err(),
        ] {
            assert!(
                matches!(error, StoreError::DamagedJournal { line: 2, .. }),
                "{error:?}"
            );
            assert!(error.to_string().contains("journal.jsonl:2 "), "{error}");
        }
        assert_eq!(
            fs::read_to_string(&journal).unwrap(),
            broken,
            "resume cuts no damage off"
        );
    }
}

#[test]
fn a_newer_format_is_refused_naming_both_versions() {
    let root = tempfile::tempdir().unwrap();
    let dir = finished_run(root.path(), 2);
    // A field that is gone shows that the version is looked at first.
    let journal = dir.path().join("journal.jsonl");
    let text = fs::read_to_string(&journal).unwrap();
    let first = text.lines().next().unwrap();
    fs::write(&journal, format!("{first}\n{{\"format\":7}}\n")).unwrap();
    let error = chain(&dir.journal().unwrap_err());
    assert!(error.contains("journal.jsonl:2"), "{error}");
    assert!(
        error.contains("format 7") && error.contains("format 2"),
        "{error}"
    );

    fs::write(dir.path().join("run.json"), r#"{"format":9}"#).unwrap();
    for error in [
        RunDir::open(dir.path()).unwrap_err(),
        RunDir::resume(dir.path()).unwrap_err(),
    ] {
        let error = chain(&error);
        assert!(error.contains("run.json"), "{error}");
        assert!(
            error.contains("format 9") && error.contains("format 1"),
            "{error}"
        );
    }
}

#[test]
fn a_second_harness_is_refused_but_may_read() {
    let root = tempfile::tempdir().unwrap();
    let active = RunDir::create(root.path(), run_file("r")).unwrap();
    let path = active.dir().path().to_owned();
    let error = RunDir::resume(&path).unwrap_err();
    let own = std::process::id();
    assert!(
        matches!(error, StoreError::Locked { pid: Some(pid), .. } if pid == own),
        "{error:?}"
    );
    assert!(
        error.to_string().contains(&path.display().to_string()),
        "{error}"
    );
    RunDir::open(&path).unwrap().journal().unwrap();
    drop(active);
    RunDir::resume(&path).unwrap();
}

#[test]
fn two_runs_of_the_same_name_get_two_folders() {
    let root = tempfile::tempdir().unwrap();
    let ids: Vec<String> = (0..3)
        .map(|_| {
            let active = RunDir::create(root.path(), run_file("r")).unwrap();
            active.dir().run().id.clone()
        })
        .collect();
    assert_eq!(ids, ["r", "r-2", "r-3"]);
    let third = RunDir::open(&root.path().join("r-3")).unwrap();
    assert_eq!(third.run().id, "r-3", "run.json names the folder it is in");
}

#[test]
fn a_name_cannot_leave_the_root() {
    let root = tempfile::tempdir().unwrap();
    for id in ["", "..", ".", "a/b", "a/", "/tmp/x"] {
        let error = RunDir::create(root.path(), run_file(id)).unwrap_err();
        assert!(matches!(error, StoreError::BadId { .. }), "{id}: {error:?}");
    }
    assert_eq!(fs::read_dir(root.path()).unwrap().count(), 0);
}

#[test]
fn runs_are_listed_oldest_first_and_half_made_ones_are_not() {
    let root = tempfile::tempdir().unwrap();
    assert_eq!(latest(&root.path().join("nowhere")).unwrap(), None);
    let stamp = |text: &str| text.parse().unwrap();
    let maps = ["maps".to_owned()];
    let newer = run_id(stamp("2026-11-24T06:30:00Z"), &maps, false, 1);
    let older = run_id(stamp("2026-03-01T23:00:00Z"), &["zz".to_owned()], false, 9);
    for id in [&newer, &older] {
        RunDir::create(root.path(), run_file(id)).unwrap();
    }
    fs::create_dir(root.path().join("20991231T000000Z-killed-1")).unwrap();
    fs::write(root.path().join("zz-a-file"), "").unwrap();
    let ids: Vec<String> = list(root.path())
        .unwrap()
        .into_iter()
        .map(|r| r.id)
        .collect();
    assert_eq!(ids, [older, newer.clone()]);
    assert_eq!(latest(root.path()).unwrap().unwrap().id, newer);
}

#[test]
fn the_name_of_a_run_says_when_what_and_from_which_seed() {
    let at = "2026-11-24T07:30:00+01:00".parse().unwrap();
    let names = ["a", "b", "c", "d"].map(str::to_owned);
    assert_eq!(run_id(at, &names[..2], false, 7), "20261124T063000Z-a+b-7");
    assert_eq!(
        run_id(at, &names, false, 7),
        "20261124T063000Z-4-experiments-7"
    );
    assert_eq!(run_id(at, &names, true, 7), "20261124T063000Z-all-7");
}

#[test]
fn what_is_no_run_says_so() {
    let root = tempfile::tempdir().unwrap();
    let file = root.path().join("file");
    fs::write(&file, "").unwrap();
    for path in [root.path(), &file, &root.path().join("nowhere")] {
        let error = RunDir::open(path).unwrap_err();
        assert!(matches!(error, StoreError::NoRun { .. }), "{error:?}");
    }
}

#[test]
fn a_journal_of_format_1_is_read_with_its_samples() {
    let root = tempfile::tempdir().unwrap();
    let dir = finished_run(root.path(), 1);
    let journal = dir.path().join("journal.jsonl");
    let now = dir.journal().unwrap().invocations;
    let mut line: serde_json::Value =
        serde_json::from_str(&fs::read_to_string(&journal).unwrap()).unwrap();
    let values = line["samples"][0]["values"].take();
    line.as_object_mut().unwrap().remove("samples");
    line["format"] = 1.into();
    line["records"] = values
        .as_array()
        .unwrap()
        .iter()
        .map(|value| {
            serde_json::json!({
                "type": "sample", "metric": "insert", "unit": "ns", "phase": "measure", "ops": 1000, "value": value
            })
        })
        .collect();
    fs::write(&journal, format!("{line}\n")).unwrap();
    assert_eq!(dir.journal().unwrap().invocations, now);
}

#[test]
fn columns_of_different_length_are_damage() {
    let root = tempfile::tempdir().unwrap();
    let dir = finished_run(root.path(), 2);
    let journal = dir.path().join("journal.jsonl");
    let text = fs::read_to_string(&journal).unwrap();
    assert!(text.contains(r#""ops":1000"#), "{text}");
    fs::write(
        &journal,
        text.replace(r#""ops":1000"#, r#""ops":[1000,1000]"#),
    )
    .unwrap();
    let error = dir.journal().unwrap_err();
    assert!(
        matches!(error, StoreError::DamagedJournal { line: 1, .. }),
        "{error:?}"
    );
}

#[test]
fn a_compressed_journal_reads_as_the_plain_one() {
    let dir = tempfile::tempdir().unwrap();
    let folder = finished_run(dir.path(), 3).path().to_owned();
    let plain = RunDir::open(&folder).unwrap().journal().unwrap();
    let journal = folder.join("journal.jsonl");
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    std::io::Write::write_all(&mut gzip, &fs::read(&journal).unwrap()).unwrap();
    fs::write(folder.join("journal.jsonl.gz"), gzip.finish().unwrap()).unwrap();
    fs::remove_file(&journal).unwrap();
    assert_eq!(RunDir::open(&folder).unwrap().journal().unwrap(), plain);
    assert_eq!(plain.invocations.len(), 3);

    fs::write(folder.join("journal.jsonl.gz"), "no gzip").unwrap();
    assert!(RunDir::open(&folder).unwrap().journal().is_err());
}
