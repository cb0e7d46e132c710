//! A project with the names that the pages use. Its programs answer at once, with figures that follow from their seed.

use std::path::PathBuf;

use super::project::{self, write};

/// What the Rust programs share.
const LIBRARY: &str = r###"
use std::io::Read as _;

/// Nanoseconds an operation takes, the same for every tool that times it.
pub fn nanoseconds(operation: &str) -> u32 {
    match operation {
        "adds" => 1,
        "muls" => 3,
        _ => 50,
    }
}

/// Speaks probe protocol 1.
pub fn speak(program: &str) {
    // Beside this what the system gives and takes is nothing, so that peak memory is the same every time.
    let memory = std::hint::black_box(vec![1_u8; 16 << 20]);
    let flag = |name: &str| {
        std::env::args().find_map(|a| a.strip_prefix(&format!("--{name}=")).map(str::to_owned))
    };
    let number = |name: &str| flag(name).and_then(|v| v.parse::<u64>().ok()).unwrap_or(0);
    let case = flag("case").unwrap_or_default();
    println!(r##"{{"type":"hello","protocol":1,"program":"{program}","language":"rust","toolchain":"t"}}"##);
    let mut lines = 1;
    let mut sample = |metric: &str, ops: u32, value: f64| {
        println!(r##"{{"type":"sample","metric":"{metric}","unit":"ns","phase":"measure","ops":{ops},"value":{value}}}"##);
        lines += 1;
    };
    let slowed = 1.0 + number("extra-percent") as f64 / 100.0;
    for _ in 0..10 {
        match program {
            "calibrate" => {
                let batch = f64::from(1000 * nanoseconds(&case));
                sample(&case, 1000, batch);
                sample(&format!("{case}-doubled"), 2000, 2.0 * batch);
            }
            "selftest" => sample("spin", 1000, (100_000 + number("seed") % 100) as f64 * slowed),
            _ => sample("stall", 1000, (100_000 + number("seed") % 100) as f64),
        }
    }
    println!(r##"{{"type":"done","records":{lines}}}"##);
    if std::env::var_os("HARNESS_HOLD").is_some() {
        let _ = std::io::stdin().read_to_end(&mut Vec::new());
    }
    drop(memory);
}
"###;

/// A measured Go program, as the scripted Go builds it. It fills memory for the reason that the Rust programs do.
const GO_PROGRAM: &str = r#"#!/bin/sh
for word; do
    case $word in --seed=*) seed=00${word#*=} ;; esac
done
noise=${seed#"${seed%??}"}
memory=xxxxxxxx
while [ ${#memory} -lt 4000000 ]; do memory=$memory$memory; done
echo '{"type":"hello","protocol":1,"program":"NAME","language":"go","toolchain":"t"}'
for sample in 1 2 3 4 5 6 7 8 9 10; do
    echo '{"type":"sample","metric":"stall","unit":"ns","phase":"measure","ops":1000,"value":1000'"$noise}"
done
echo '{"type":"done","records":11}'
[ -z "$HARNESS_HOLD" ] || cat >/dev/null
"#;

/// The Go program of `harness calibrate`: as probe with `--case`, as `go test -bench` with `-test.bench`.
const GO_CALIBRATE: &str = r#"#!/bin/sh
for word; do
    case $word in
        --case=*) operation=${word#*=} ;;
        -test.bench=*) benchmark=${word#*^} benchmark=${benchmark%?} ;;
    esac
done
case $operation$benchmark in
    *dds) ns=1 ;;
    *uls) ns=3 ;;
    *) ns=50 ;;
esac
if [ -n "$benchmark" ]; then
    echo "$benchmark-2 1000 $ns.0 ns/op"
    exit
fi
echo '{"type":"hello","protocol":1,"program":"calibrate","language":"go","toolchain":"t"}'
sample() {
    echo '{"type":"sample","metric":"'"$1"'","unit":"ns","phase":"measure","ops":'"$2"',"value":'"$3"'}'
}
sample "$operation" 1000 "${ns}000"
sample "$operation-doubled" 2000 "$((2 * ns))000"
echo '{"type":"done","records":3}'
[ -z "$HARNESS_HOLD" ] || cat >/dev/null
"#;

/// Leaves the files that criterion would leave.
const CRITERION: &str = r#"
fn main() {
    let filter = std::env::args().last().unwrap();
    let operation = filter.trim_matches(['^', '/']);
    let home = std::env::var("CRITERION_HOME").unwrap();
    let folder = std::path::Path::new(&home).join(operation).join("1000/new");
    std::fs::create_dir_all(&folder).unwrap();
    let iteration = 1000 * rust_equivalents::nanoseconds(operation);
    let estimate = format!("{{\"point_estimate\":{iteration}}}");
    let estimates = format!("{{\"mean\":{estimate},\"median\":{estimate}}}");
    std::fs::write(folder.join("estimates.json"), estimates).unwrap();
    std::fs::write(folder.join("sample.json"), "{}").unwrap();
}
"#;

const DEFINITION: &str = r#"
format = 1
title = "T"
summary = "s"
analysis = "a"
fairness = ["f"]
[run]
min-blocks = 6
max-blocks = 6
precision = "5%"
timeout = "60s"
budget = "600s"
[variants.go]
language = "go"
[variants.rust]
language = "rust"
[params.gogc]
doc = "GOGC"
env = "GOGC"
[metrics.stall]
title = "stall"
unit = "ns"
better = "lower"
[[matrix]]
case = "churn"
variants = ["go", "rust"]
params = { gogc = 100 }
[[claims]]
id = "CLAIM"
question = QUESTION
line = 1
kind = "timing"
says = "A stall takes at most 120 ns."
[[claims.figures]]
metric = "stall"
statistic = "median"
select = { variant = "go" }
expect = { below = "120ns" }
"#;

/// Makes it, in a folder of this name.
pub fn make(test: &str) -> PathBuf {
    let programs = ["gc-pauses", "map-insert", "calibrate", "selftest"];
    let root = project::make(test, LIBRARY, &programs);
    for (name, claim, question) in [
        ("gc-pauses", "q03-gogc-stall", "3"),
        ("map-insert", "q07-map-insert", "7"),
    ] {
        let definition = DEFINITION
            .replace("CLAIM", claim)
            .replace("QUESTION", question);
        write(
            &root.join(format!("harness/experiments/{name}.toml")),
            &definition,
        );
        write(
            &root.join(format!("go-programs/{name}/main.go")),
            &GO_PROGRAM.replace("NAME", name),
        );
    }
    write(&root.join("go-programs/go.mod"), "module tiny\n\ngo 1.19\n");
    write(&root.join("go-programs/calibrate/main.go"), GO_CALIBRATE);
    let example = root.join("rust-equivalents/examples/calibrate-criterion.rs");
    write(&example, CRITERION);
    root.canonicalize().unwrap()
}
