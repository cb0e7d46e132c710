//! A small SVG writer: escaping, short numbers, and widths of text.
//!
//! No plotting crate is used since none lets a page restyle what it drew: colours sit in classes, so that one
//! file is readable on light and dark, and follows the page that it stands in.

use std::fmt::Write as _;

/// Where a text stands relative to its x.
#[derive(Clone, Copy)]
pub(super) enum Anchor {
    Start,
    Middle,
    End,
}

impl Anchor {
    fn word(self) -> &'static str {
        match self {
            Anchor::Start => "start",
            Anchor::Middle => "middle",
            Anchor::End => "end",
        }
    }
}

/// A growing list of elements.
#[derive(Default)]
pub(super) struct Svg {
    pub body: String,
}

impl Svg {
    // Writing to a String can't fail, so its results are dropped here and nowhere else.
    fn put(&mut self, text: std::fmt::Arguments<'_>) {
        let _ = self.body.write_fmt(text);
    }

    pub fn open(&mut self, class: &str) {
        self.put(format_args!("<g class=\"{class}\">\n"));
    }

    pub fn close(&mut self) {
        self.put(format_args!("</g>\n"));
    }

    /// A tooltip of the group just opened.
    pub fn tip(&mut self, text: &str) {
        self.put(format_args!("<title>{}</title>\n", escape(text)));
    }

    pub fn line(&mut self, class: &str, (x1, y1): (f64, f64), (x2, y2): (f64, f64)) {
        self.put(format_args!(
            "<line class=\"{class}\" x1=\"{}\" y1=\"{}\" x2=\"{}\" y2=\"{}\"/>\n",
            n(x1),
            n(y1),
            n(x2),
            n(y2)
        ));
    }

    pub fn rect(&mut self, class: &str, x: f64, y: f64, width: f64, height: f64) {
        self.put(format_args!(
            "<rect class=\"{class}\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\"/>\n",
            n(x),
            n(y),
            n(width.max(0.0)),
            n(height.max(0.0))
        ));
    }

    pub fn circle(&mut self, class: &str, x: f64, y: f64, r: f64) {
        self.put(format_args!(
            "<circle class=\"{class}\" cx=\"{}\" cy=\"{}\" r=\"{}\"/>\n",
            n(x),
            n(y),
            n(r)
        ));
    }

    pub fn path(&mut self, class: &str, d: &str) {
        self.put(format_args!("<path class=\"{class}\" d=\"{d}\"/>\n"));
    }

    /// A line through `points`.
    pub fn polyline(&mut self, class: &str, points: &[(f64, f64)]) {
        let mut d = String::new();
        for (i, (x, y)) in points.iter().enumerate() {
            let _ = write!(d, "{}{} {}", if i == 0 { "M" } else { "L" }, n(*x), n(*y));
        }
        self.path(class, &d);
    }

    pub fn text(&mut self, class: &str, anchor: Anchor, x: f64, y: f64, text: &str) {
        self.put(format_args!(
            "<text class=\"{class}\" text-anchor=\"{}\" x=\"{}\" y=\"{}\">{}</text>\n",
            anchor.word(),
            n(x),
            n(y),
            escape(text)
        ));
    }

    /// A text of at most `width` pixels; what is cut stays as a tooltip.
    pub fn text_within(
        &mut self,
        class: &str,
        anchor: Anchor,
        (x, y): (f64, f64),
        text: &str,
        size: f64,
        width: f64,
    ) {
        let short = elide(text, size, width);
        if short == text {
            self.text(class, anchor, x, y, text);
        } else {
            self.put(format_args!("<g><title>{}</title>", escape(text)));
            self.text(class, anchor, x, y, &short);
            self.put(format_args!("</g>\n"));
        }
    }
}

/// A coordinate with at most one decimal: a tenth of a pixel is not seen.
pub(super) fn n(value: f64) -> String {
    let text = format!("{value:.1}");
    let text = text.strip_suffix(".0").unwrap_or(&text);
    if text == "-0" {
        "0".into()
    } else {
        text.to_owned()
    }
}

/// Text that can stand in an element or an attribute. Characters that XML forbids become `�`.
pub(super) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\t' | '\n' => out.push(' '),
            c if c.is_control() => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}

/// Width of `text` in pixels at a font size, on the wide side: the reader's font is not known.
pub(super) fn width(text: &str, size: f64) -> f64 {
    text.chars()
        .map(|c| match c {
            'i' | 'j' | 'l' | '.' | ',' | ':' | ';' | '\'' | '|' | 'I' | '!' => 0.29,
            ' ' | 't' | 'f' | 'r' | '(' | ')' | '[' | ']' | '/' | '-' => 0.38,
            'm' | 'w' | 'M' | 'W' | '@' | '%' | '∞' | '…' => 0.92,
            c if c.is_ascii_uppercase() => 0.71,
            c if c.is_ascii() => 0.61,
            'µ' | '×' | '±' | '–' => 0.64,
            _ => 1.0,
        })
        .sum::<f64>()
        * size
}

/// `text`, cut in the middle to `room` pixels: both ends of a cell's name tell it from others.
pub(super) fn elide(text: &str, size: f64, room: f64) -> String {
    if width(text, size) <= room {
        return text.to_owned();
    }
    let chars: Vec<char> = text.chars().collect();
    for keep in (2..chars.len()).rev() {
        let (head, tail) = (keep.div_ceil(2), keep / 2);
        let short: String = chars[..head]
            .iter()
            .chain(&['…'])
            .chain(&chars[chars.len() - tail..])
            .collect();
        if width(&short, size) <= room {
            return short;
        }
    }
    "…".into()
}

/// `text` in lines of at most `room` pixels, broken at spaces.
pub(super) fn wrap(text: &str, size: f64, room: f64) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if width(line, size) + width(" ", size) + width(word, size) <= room => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(elide(word, size, room)),
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_what_would_break_out() {
        assert_eq!(escape("a<b>&\"\u{1}"), "a&lt;b&gt;&amp;&quot;\u{fffd}");
    }

    #[test]
    fn coordinates_are_short() {
        assert_eq!(
            [n(1.0), n(1.26), n(-0.01), n(100.0)],
            ["1", "1.3", "0", "100"]
        );
    }

    #[test]
    fn elides_in_the_middle_and_wraps_at_spaces() {
        let long = "rust-tokio-multi-thread churn live-mib=64 gogc=off";
        let short = elide(long, 12.0, 120.0);
        assert!(width(&short, 12.0) <= 120.0 && short.contains('…'));
        assert!(short.starts_with("rust") && short.ends_with("off"));
        let lines = wrap(long, 12.0, 170.0);
        assert!(lines.len() > 1 && lines.iter().all(|l| width(l, 12.0) <= 170.0));
        assert_eq!(lines.join(" "), long);
    }
}
