use super::*;
use crate::exec::{MockClock, MockExecutor, Reply};

const TIMES: &str = r#"{"mean":{"point_estimate":3200.0},"median":{"point_estimate":3000.0}}"#;

/// What a child would do, by its command.
fn reply(command: &CommandSpec) -> Reply {
    let first = command.args[0].as_str();
    if let Some(case) = first.strip_prefix("--case=") {
        let sample = |metric: &str, ops: u32| {
            format!(
                r#"{{"type":"sample","metric":"{metric}","unit":"ns","phase":"measure","ops":{ops},"value":{ops}}}"#
            )
        };
        return Reply::printing([
            r#"{"type":"hello","protocol":1,"program":"calibrate","language":"go","toolchain":"go1.27.3"}"#
                .to_owned(),
            sample(case, 5),
            sample(&format!("{case}-doubled"), 10),
            r#"{"type":"check","value":"7"}"#.to_owned(),
            r#"{"type":"done","records":4}"#.to_owned(),
        ]);
    }
    if let Some(name) = first.strip_prefix("-test.bench=^") {
        let name = name.trim_end_matches('$');
        return Reply::printing([format!("{name}-2 \t 100 \t 3.5 ns/op"), "PASS".to_owned()]);
    }
    let group = command.args.last().unwrap();
    let group = group.trim_start_matches('^').trim_end_matches('/');
    let folder = Path::new(&command.env["CRITERION_HOME"])
        .join(group)
        .join("1000/new");
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("estimates.json"), TIMES).unwrap();
    fs::write(folder.join("sample.json"), "{}").unwrap();
    fs::create_dir_all(folder.join("../../report")).unwrap();
    Reply::printing(["time: [3 µs 3 µs 3 µs]"])
}

fn run(
    seed: u64,
    blocks: u32,
    interrupt: &Interrupt,
    script: impl FnMut(&CommandSpec) -> Reply,
) -> (Vec<Process>, Vec<CommandSpec>) {
    let scratch = tempfile::tempdir().unwrap();
    let clock = MockClock::new();
    let mut executor = MockExecutor::new(clock.clone(), script);
    let programs: Programs = Tool::ALL
        .into_iter()
        .map(|tool| (tool, PathBuf::from(format!("/{tool:?}"))))
        .collect();
    let mut processes = Vec::new();
    let mut bench = Bench {
        executor: &mut executor,
        clock: &clock,
        noise: None,
        cpus: 2,
        programs: &programs,
        base_env: &BTreeMap::new(),
        scratch: scratch.path(),
        seed,
        interrupt,
    };
    measure(&mut bench, blocks, &mut |process| processes.push(process));
    (processes, executor.calls().to_vec())
}

#[test]
fn each_tool_times_each_operation_once_a_block() {
    let (processes, calls) = run(7, 2, &Interrupt::default(), reply);
    assert_eq!((processes.len(), calls.len()), (32, 32));
    for process in &processes {
        let figures = process.figures.unwrap();
        let expected = match process.tool {
            Tool::GoProbe | Tool::RustProbe => (1.0, Some(1.0), Some(2.0)),
            Tool::GoBench => (3.5, None, None),
            Tool::Criterion => (3.2, Some(3.0), None),
        };
        assert_eq!(
            (figures.mean_ns, figures.median_ns, figures.doubled),
            expected
        );
        assert_eq!(process.check.is_some(), figures.doubled.is_some());
        assert_ne!(process.raw, Raw::Nothing);
    }
    let cells = |block: u32| -> Vec<(Tool, Operation)> {
        let of = processes.iter().filter(|p| p.block == block);
        of.map(|p| (p.tool, p.operation)).collect()
    };
    assert_ne!(cells(0), cells(1), "an order of its own");
    let sorted = |mut cells: Vec<(Tool, Operation)>| {
        cells.sort_unstable();
        cells
    };
    assert_eq!(sorted(cells(0)), sorted(cells(1)));
    let (again, _) = run(7, 2, &Interrupt::default(), reply);
    assert!(
        again
            .iter()
            .zip(&processes)
            .all(|(a, b)| (a.tool, a.operation) == (b.tool, b.operation))
    );
}

#[test]
fn both_sides_of_a_language_get_the_same_environment() {
    let (_, calls) = run(7, 1, &Interrupt::default(), reply);
    for call in &calls {
        let program = call.program.to_string_lossy();
        let is_go = program.starts_with("/Go");
        assert_eq!(call.env.contains_key("GOMAXPROCS"), is_go, "{program}");
        assert_eq!(
            call.env.contains_key("CRITERION_HOME"),
            program == "/Criterion"
        );
        assert!(call.env.contains_key(PAD_VARIABLE));
    }
}

#[test]
fn what_fails_is_told_and_the_others_go_on() {
    let (processes, _) = run(7, 1, &Interrupt::default(), |command| {
        match command.program.to_str() {
            Some("/GoBench") => {
                Reply::ending(RunEnd::Exited { code: 2 }, ["panic: no"]).lasting(Duration::ZERO)
            }
            // It leaves no files.
            Some("/Criterion") => Reply::printing(["?"]),
            Some("/RustProbe") => Reply::printing(["not a record"]),
            _ => reply(command),
        }
    });
    for process in &processes {
        let failure = process.failure.as_deref().unwrap_or_default();
        let word = match process.tool {
            Tool::GoProbe => "",
            Tool::GoBench => "code: 2",
            Tool::RustProbe => "not whole",
            Tool::Criterion => process.operation.name(),
        };
        assert!(failure.contains(word), "{failure}");
        assert_eq!(process.figures.is_some(), process.tool == Tool::GoProbe);
    }
}

#[test]
fn an_interrupt_ends_it_after_the_process_in_flight() {
    let interrupt = Interrupt::default();
    let user = interrupt.clone();
    let mut started = 0;
    let (processes, _) = run(7, 5, &interrupt, |command| {
        started += 1;
        if started == 3 {
            user.ask();
        }
        reply(command)
    });
    assert_eq!(processes.len(), 3);
    assert!(processes[2].figures.is_some());
}
