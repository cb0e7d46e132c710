use super::*;

fn good() -> DoctorInputs {
    DoctorInputs {
        facts: HostFacts {
            cpu_model: "AMD EPYC".to_owned(),
            cpus: 8,
            governor: Some("performance".to_owned()),
            boost: Some(false),
            huge_pages: Some("madvise".to_owned()),
            cgroup_cpus: Some(8.0),
            ..HostFacts::default()
        },
        machine: Machine {
            load: Some(0.2),
            cpu_pressure: Some(0.0),
            memory_pressure: Some(0.0),
            io_pressure: Some(0.0),
            steal: Some(0.0),
            available_memory: Some(16 * GIB),
            clock_source: Some("tsc".to_owned()),
        },
        tools: Tools {
            go: vec!["go1.27.3 (PATH)".to_owned()],
            rejected: Vec::new(),
            cargo: Some("cargo 1.95.0".to_owned()),
            cc: Some("cc 12.2.0".to_owned()),
            pip: Some("pip 23.2.1".to_owned()),
            cache: PathBuf::from("/cache"),
            cache_problem: None,
            disk_free: Some(100 * GIB),
        },
    }
}

/// What does not pass.
fn complaints(inputs: &DoctorInputs) -> Vec<(Level, &'static str)> {
    doctor(inputs)
        .into_iter()
        .filter(|finding| finding.level != Level::Pass)
        .inspect(|finding| assert!(finding.fix.is_some(), "{finding:?}"))
        .map(|finding| (finding.level, finding.what))
        .collect()
}

#[test]
fn a_good_machine_passes_everything() {
    assert_eq!(complaints(&good()), []);
    assert_eq!(doctor(&good()).len(), 19, "and each is listed");
}

#[test]
fn each_fault_is_one_finding() {
    type Spoil = fn(&mut DoctorInputs);
    let cases: [(&str, Level, Spoil); 20] = [
        ("CPUs", Level::Warn, |i| {
            i.facts.cpus = 1;
            i.machine.load = None;
        }),
        ("governor", Level::Warn, |i| {
            i.facts.governor = Some("powersave".to_owned());
        }),
        ("boost", Level::Warn, |i| i.facts.boost = Some(true)),
        ("hypervisor", Level::Warn, |i| {
            i.facts.hypervisor = Some("KVM".to_owned());
        }),
        ("load", Level::Warn, |i| i.machine.load = Some(2.5)),
        ("CPU pressure", Level::Warn, |i| {
            i.machine.cpu_pressure = Some(0.06);
        }),
        ("memory pressure", Level::Warn, |i| {
            i.machine.memory_pressure = Some(0.02);
        }),
        ("I/O pressure", Level::Warn, |i| {
            i.machine.io_pressure = Some(0.06);
        }),
        ("steal", Level::Warn, |i| i.machine.steal = Some(0.03)),
        ("clock source", Level::Warn, |i| {
            i.machine.clock_source = Some("hpet".to_owned());
        }),
        ("CPU limit", Level::Warn, |i| {
            i.facts.cgroup_cpus = Some(1.5)
        }),
        ("memory", Level::Warn, |i| i.facts.cgroup_memory = Some(GIB)),
        ("huge pages", Level::Warn, |i| {
            i.facts.huge_pages = Some("always".to_owned());
        }),
        ("go", Level::Warn, |i| i.tools.go.clear()),
        ("go", Level::Warn, |i| {
            i.tools.rejected = vec!["/go is not used: it has no bin/go".to_owned()];
        }),
        ("cargo", Level::Fail, |i| i.tools.cargo = None),
        ("C compiler", Level::Fail, |i| i.tools.cc = None),
        ("pip", Level::Warn, |i| i.tools.pip = None),
        ("cache", Level::Fail, |i| {
            i.tools.cache_problem = Some("read-only".to_owned());
        }),
        ("disk", Level::Warn, |i| i.tools.disk_free = Some(GIB)),
    ];
    for (what, level, spoil) in cases {
        let mut inputs = good();
        spoil(&mut inputs);
        assert_eq!(complaints(&inputs), [(level, what)]);
    }
}

#[test]
fn neither_go_nor_pip_is_a_failure() {
    let mut inputs = good();
    inputs.tools.go.clear();
    inputs.tools.pip = None;
    assert_eq!(
        complaints(&inputs),
        [(Level::Fail, "go"), (Level::Warn, "pip")]
    );
}

#[test]
fn reads_the_state_from_proc() {
    let dir = tempfile::tempdir().unwrap();
    for (file, text) in [
        ("proc/loadavg", "0.50 0.1 0.1 1/2 3\n"),
        ("proc/stat", "cpu  50 0 0 40 0 0 0 10 0 0\n"),
        (
            "proc/pressure/io",
            "some avg10=2.50 avg60=0.00 avg300=0.00 total=1\n",
        ),
        ("proc/meminfo", "MemTotal: 4 kB\nMemAvailable:  2 kB\n"),
    ] {
        let path = dir.path().join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    assert_eq!(
        Machine::read_at(dir.path()),
        Machine {
            load: Some(0.5),
            io_pressure: Some(0.025),
            steal: Some(0.1),
            available_memory: Some(2048),
            ..Machine::default()
        }
    );
}

#[test]
fn reads_the_table_of_df() {
    let table = "Filesystem 1024-blocks Used Available Capacity Mounted on\n\
                 /dev/vda 264000000 17000000 78643200 18% /\n";
    assert_eq!(parse_df(table), Some(78_643_200 * 1024));
    assert_eq!(parse_df(""), None);
}
