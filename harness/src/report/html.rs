//! `report.html`: one file that works offline and without script.

use std::io;

use minijinja::context;
use minijinja::value::{Serde, Value};
use pulldown_cmark::{Event, HeadingLevel, Options, Parser, Tag, TagEnd};

use super::template::render;
use super::{Exporter, ReportView};
use crate::chart;

/// Writes the report as one HTML file.
#[derive(Clone, Copy, Debug)]
pub struct Html;

/// Prose of a definition as HTML: below the page's own headings, without raw HTML and without anything that
/// a browser would load.
fn prose(markdown: &str) -> Value {
    let lower = |level: HeadingLevel| match level {
        HeadingLevel::H1 | HeadingLevel::H2 => HeadingLevel::H4,
        HeadingLevel::H3 => HeadingLevel::H5,
        _ => HeadingLevel::H6,
    };
    let events =
        Parser::new_ext(markdown, Options::ENABLE_TABLES).filter_map(|event| match event {
            Event::Html(text) | Event::InlineHtml(text) => Some(Event::Text(text)),
            // A scheme of its own could run code in the reader's browser: the words stay, the link goes.
            Event::Start(Tag::Image { .. } | Tag::Link { .. })
            | Event::End(TagEnd::Image | TagEnd::Link) => None,
            Event::Start(Tag::Heading { level, .. }) => Some(Event::Start(Tag::Heading {
                level: lower(level),
                id: None,
                classes: Vec::new(),
                attrs: Vec::new(),
            })),
            Event::End(TagEnd::Heading(level)) => Some(Event::End(TagEnd::Heading(lower(level)))),
            other => Some(other),
        });
    let mut html = String::new();
    pulldown_cmark::html::push_html(&mut html, events);
    Value::from_safe_string(html)
}

/// A sentence whose code spans are marked, without a paragraph around it.
fn inline(markdown: &str) -> Value {
    let spans = Parser::new(markdown).filter_map(|event| match event {
        Event::Text(_) | Event::Code(_) => Some(event),
        Event::SoftBreak | Event::HardBreak => Some(Event::Text(" ".into())),
        Event::Html(text) | Event::InlineHtml(text) => Some(Event::Text(text)),
        _ => None,
    });
    let mut html = String::new();
    pulldown_cmark::html::push_html(&mut html, spans);
    Value::from_safe_string(html)
}

impl Exporter for Html {
    fn name(&self) -> &str {
        "report.html"
    }

    fn write(&self, view: &ReportView<'_>, out: &mut dyn io::Write) -> io::Result<()> {
        let page = context! {
            view => Value::from(Serde(view)),
            style => Value::from_safe_string(include_str!("templates/report.css").to_owned()),
            chart_style => Value::from_safe_string(chart::style()),
        };
        render(
            "report.html",
            include_str!("templates/report.html"),
            |env| {
                env.add_filter("prose", |text: String| prose(&text));
                env.add_filter("inline", |text: String| inline(&text));
            },
            page,
            out,
        )
    }
}

#[cfg(test)]
mod tests {
    use super::{inline, prose};

    #[test]
    fn a_sentence_keeps_its_words_and_marks_its_code() {
        assert_eq!(
            inline("`gogc` is *100* <b>now</b>").to_string(),
            "<code>gogc</code> is 100 &lt;b&gt;now&lt;/b&gt;"
        );
    }

    #[test]
    fn prose_has_no_raw_html_and_loads_nothing() {
        let html =
            prose("# A\n\n<script>x</script>\n\n![pic](http://x/y.png) *b* <b>c</b>").to_string();
        assert!(
            !html.contains("<script") && !html.contains("<img") && !html.contains("<b>"),
            "{html}"
        );
        assert!(
            html.contains("<h4>A</h4>") && html.contains("<em>b</em>"),
            "{html}"
        );
    }
}
