use std::collections::BTreeMap;
use std::fmt::{self, Display};
use std::io::{self, BufWriter, Write};
use std::process::ExitCode;
use std::str::FromStr;

use crate::PROTOCOL;
use crate::record::{Hello, Probe};

/// Asks the program to stay alive after its last line until stdin ends.
const HOLD_VARIABLE: &str = "HARNESS_HOLD";

/// One measuring program: its parameters and its cases.
pub struct Program {
    name: String,
    arguments: Arguments,
    params: Vec<Param>,
    seed: u64,
    cases: Vec<Case>,
    toolchain: String,
    build: BTreeMap<String, String>,
}

type Run = Box<dyn FnOnce(&mut Probe)>;

struct Case {
    name: &'static str,
    help: &'static str,
    run: Run,
}

struct Param {
    name: &'static str,
    help: &'static str,
    fallback: String,
    value: String,
}

/// The command line, before the program has declared what it knows.
#[derive(Default)]
struct Arguments {
    hello: bool,
    help: bool,
    given: BTreeMap<String, Option<String>>,
    /// The first thing that is wrong.
    error: Option<String>,
}

impl Arguments {
    fn read(args: impl IntoIterator<Item = String>) -> Self {
        let mut read = Arguments::default();
        for arg in args {
            match (arg.as_str(), arg.strip_prefix("--")) {
                ("--help" | "-h", _) => read.help = true,
                ("--hello", _) => read.hello = true,
                (_, None) => read.fail(format!(
                    "unexpected argument `{arg}` (flags are written --name=value)"
                )),
                (_, Some(flag)) => {
                    let (name, value) = match flag.split_once('=') {
                        Some((name, value)) => (name, Some(value.to_owned())),
                        None => (flag, None),
                    };
                    if read.given.insert(name.to_owned(), value).is_some() {
                        read.fail(format!("--{name} is given twice"));
                    }
                }
            }
        }
        read
    }

    fn fail(&mut self, message: String) {
        self.error.get_or_insert(message);
    }

    /// Takes the value of a flag that the program knows.
    fn take(&mut self, name: &str) -> Option<String> {
        let value = self.given.remove(name)?;
        if value.is_none() {
            self.fail(format!("--{name} has no value (write --{name}=value)"));
        }
        value
    }
}

impl Program {
    /// A program called `name`, the experiment's name, with the flags of the process.
    pub fn new(name: &str) -> Self {
        let args = std::env::args_os().skip(1);
        Self::with_args(name, args.map(|arg| arg.to_string_lossy().into_owned()))
    }

    fn with_args(name: &str, args: impl IntoIterator<Item = String>) -> Self {
        let mut program = Program {
            name: name.to_owned(),
            arguments: Arguments::read(args),
            params: Vec::new(),
            seed: 0,
            cases: Vec::new(),
            toolchain: env!("PROBE_TOOLCHAIN").to_owned(),
            build: build_info(),
        };
        program.seed = program.param("seed", 1, "whatever is random in the work follows from it");
        program
    }

    /// Declares the parameter `--name` and returns its value, or `fallback` if it is not given. A
    /// value that does not parse is reported by [`Program::run`].
    ///
    /// Times and sizes are integers with the unit in the name (`live-mib`, `pause-us`): then both
    /// languages read and echo them alike.
    ///
    /// # Panics
    ///
    /// If the name is declared already.
    pub fn param<T>(&mut self, name: &'static str, fallback: T, help: &'static str) -> T
    where
        T: FromStr<Err: Display> + Display,
    {
        assert!(
            !["hello", "help", "case"].contains(&name)
                && self.params.iter().all(|p| p.name != name),
            "parameter --{name} is taken"
        );
        let fallback_text = fallback.to_string();
        let value = match self.arguments.take(name).map(|text| (text.parse(), text)) {
            None => fallback,
            Some((Ok(value), _)) => value,
            Some((Err(error), text)) => {
                self.arguments.fail(format!("--{name}={text}: {error}"));
                fallback
            }
        };
        self.params.push(Param {
            name,
            help,
            fallback: fallback_text,
            value: value.to_string(),
        });
        value
    }

    /// Adds a job that `--case=name` selects; `help` is one line. The closure owns what it uses
    /// (`move`): parameters are declared, and dropped, in the same scope as the program.
    ///
    /// # Panics
    ///
    /// If the name is declared already.
    pub fn case(
        &mut self,
        name: &'static str,
        help: &'static str,
        run: impl FnOnce(&mut Probe) + 'static,
    ) {
        assert!(
            self.cases.iter().all(|case| case.name != name),
            "case {name} is declared twice"
        );
        self.cases.push(Case {
            name,
            help,
            run: Box::new(run),
        });
    }

    /// Runs the chosen case. The exit code is 0 after `done` was printed, 2 after wrong flags, 1 if
    /// the records could not be written. A panic of the case is not caught, so that the process ends
    /// the way the work made it end.
    pub fn run(self) -> ExitCode {
        let hold = std::env::var_os(HOLD_VARIABLE).is_some_and(|value| value == "1");
        let name = self.name.clone();
        let (hello_only, result) = (
            self.arguments.hello || self.arguments.help,
            self.run_into(Box::new(BufWriter::new(io::stdout()))),
        );
        if let Err(failure) = result {
            eprintln!("{name}: {failure}");
            return failure.exit_code();
        }
        if hold && !hello_only {
            // Whatever ends stdin, an error included, ends the wait.
            let _ended = io::copy(&mut io::stdin(), &mut io::sink());
        }
        ExitCode::SUCCESS
    }

    fn run_into(mut self, mut out: Box<dyn Write>) -> Result<(), Failure> {
        if self.arguments.help {
            out.write_all(self.usage().as_bytes())?;
            return Ok(out.flush()?);
        }
        let case_name = self.arguments.take("case");
        if let Some(unknown) = self.arguments.given.keys().next() {
            let message = format!("unknown flag --{unknown} (known: {})", self.flag_names());
            self.arguments.fail(message);
        }
        let case = case_name
            .as_ref()
            .and_then(|name| self.cases.iter().position(|case| case.name == name));
        match (&case_name, case) {
            (Some(name), None) => self.arguments.fail(format!(
                "unknown case `{name}` (known: {})",
                self.case_names()
            )),
            (None, _) if !self.arguments.hello => self
                .arguments
                .fail(format!("--case is missing (known: {})", self.case_names())),
            _ => {}
        }
        if let Some(message) = self.arguments.error.take() {
            return Err(Failure::Usage(message));
        }
        let mut params: BTreeMap<String, String> = (self.params.into_iter())
            .map(|param| (param.name.to_owned(), param.value))
            .collect();
        params.extend(case_name.map(|name| ("case".to_owned(), name)));
        let hello = Hello {
            protocol: PROTOCOL,
            program: self.name,
            language: "rust",
            toolchain: self.toolchain,
            build: self.build,
            params,
        };
        let mut probe = Probe::new(hello, self.seed, out);
        match case {
            Some(case) if !self.arguments.hello => {
                (self.cases.swap_remove(case).run)(&mut probe);
                probe.finish()?;
            }
            _ => probe.flush()?,
        }
        Ok(())
    }

    fn case_names(&self) -> String {
        let names: Vec<&str> = self.cases.iter().map(|case| case.name).collect();
        names.join(", ")
    }

    fn flag_names(&self) -> String {
        let declared = self.params.iter().map(|param| param.name);
        let names: Vec<String> = (["hello", "help", "case"].into_iter().chain(declared))
            .map(|name| format!("--{name}"))
            .collect();
        names.join(", ")
    }

    fn usage(&self) -> String {
        let cases = (self.cases.iter()).map(|case| row(case.name, case.help));
        let params = self.params.iter().map(|param| {
            row(
                &format!("--{}", param.name),
                &format!("{} (default {})", param.help, param.fallback),
            )
        });
        let head = format!(
            "usage: {} --case=NAME [--name=value ...]\n\ncases:\n",
            self.name
        );
        std::iter::once(head)
            .chain(cases)
            .chain(["\nflags:\n".to_owned()])
            .chain([row("--hello", "print the hello line and exit")])
            .chain(params)
            .collect()
    }
}

fn row(name: &str, help: &str) -> String {
    format!("  {name:<22} {help}\n")
}

/// Why a program did not come to `done`.
#[derive(Debug)]
enum Failure {
    Usage(String),
    Output(io::Error),
}

impl Failure {
    fn exit_code(&self) -> ExitCode {
        match self {
            Failure::Usage(_) => ExitCode::from(2),
            Failure::Output(_) => ExitCode::FAILURE,
        }
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Failure::Output(error)
    }
}

impl Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Failure::Usage(message) => f.write_str(message),
            Failure::Output(error) => write!(f, "cannot write records to stdout: {error}"),
        }
    }
}

fn build_info() -> BTreeMap<String, String> {
    let parallelism = std::thread::available_parallelism().map_or(0, usize::from);
    [
        ("target", env!("PROBE_TARGET")),
        ("profile", env!("PROBE_PROFILE")),
        ("opt-level", env!("PROBE_OPT_LEVEL")),
        ("target-features", env!("PROBE_TARGET_FEATURES")),
        ("rustflags", env!("PROBE_RUSTFLAGS")),
        ("features", env!("PROBE_FEATURES")),
        (
            "debug-assertions",
            if cfg!(debug_assertions) {
                "true"
            } else {
                "false"
            },
        ),
        (
            "panic",
            if cfg!(panic = "unwind") {
                "unwind"
            } else {
                "abort"
            },
        ),
    ]
    .into_iter()
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .chain([(
        "runtime.available-parallelism".to_owned(),
        parallelism.to_string(),
    )])
    .collect()
}

#[cfg(test)]
mod tests;
