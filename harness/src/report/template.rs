//! Rendering of a built-in template.

use std::io;

use minijinja::syntax::SyntaxConfig;
use minijinja::{Environment, Value};

/// Renders `source` under `name`, whose extension decides on escaping, with what `extend` adds to the environment.
pub(super) fn render(
    name: &'static str,
    source: &'static str,
    extend: impl FnOnce(&mut Environment<'_>),
    context: Value,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    let syntax = SyntaxConfig::builder()
        .trim_blocks(true)
        .lstrip_blocks(true)
        .build()
        .map_err(io::Error::other)?;
    let mut env = Environment::new();
    env.set_syntax(syntax);
    extend(&mut env);
    env.add_template(name, source).map_err(io::Error::other)?;
    let template = env.get_template(name).map_err(io::Error::other)?;
    template
        .render_captured_to(context, &mut *out)
        .map_err(io::Error::other)?;
    writeln!(out)
}
