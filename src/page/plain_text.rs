//! Text copied from a page → page.

use std::collections::BTreeMap;

use super::line::{Line, LineRole};
use super::{Page, section, story};

/// Reads a page, whatever the text.
pub(super) fn read(text: &str) -> Page {
    let mut lines: Vec<Line> = text
        .trim_start_matches('\u{feff}')
        .lines()
        .enumerate()
        .map(|(idx, line)| Line {
            number: idx + 1,
            text: clean(line),
            role: LineRole::Blank,
        })
        .collect();
    let section = section::read(&mut lines);
    let n_story = section.heading_idx.unwrap_or(lines.len());
    let mut article = story::read(&mut lines[..n_story]);
    article.published = story::published(&lines[..n_story]).unwrap_or_default();
    let notes = notes(&lines, &section, &article.title);
    Page {
        article,
        comments: section.comments,
        notes,
        lines,
    }
}

/// A line without the white space around it, and without characters that no one sees there.
fn clean(line: &str) -> String {
    let is_kept = |c: &char| !c.is_control() || *c == '\t';
    let is_space = |c: char| c.is_whitespace() || matches!(c, '\u{feff}' | '\u{200b}');
    let line: String = line.chars().filter(is_kept).collect();
    line.trim_matches(is_space).to_owned()
}

/// What was taken for what.
fn notes(lines: &[Line], section: &section::Section, title: &str) -> Vec<String> {
    let n_paragraphs = lines
        .iter()
        .filter(|line| line.role == LineRole::Body)
        .count();
    let headline = if title.is_empty() {
        "no headline"
    } else {
        "a headline"
    };
    let mut notes = vec![format!(
        "article: {headline}, {n_paragraphs} lines of running text"
    )];
    let n_named = section
        .comments
        .iter()
        .filter(|comment| comment.author.is_some())
        .count();
    notes.push(match section.rhythm {
        None => "no comments found".to_owned(),
        Some(rhythm) => format!(
            "{} comments, {n_named} with a display name, told apart by {}",
            section.comments.len(),
            rhythm.as_str()
        ),
    });
    if let Some(announced) = section.announced.filter(|&n| n != section.comments.len()) {
        notes.push(format!(
            "the page announces {announced} comments, {} are found; see --explain",
            section.comments.len()
        ));
    }
    let mut by_kind: BTreeMap<&str, usize> = BTreeMap::new();
    for line in lines {
        if let LineRole::Furniture(furniture) = line.role {
            *by_kind.entry(furniture.as_str()).or_default() += 1;
        }
    }
    let n_furniture: usize = by_kind.values().sum();
    let kinds: Vec<String> = by_kind
        .iter()
        .map(|(kind, n)| format!("{kind} {n}"))
        .collect();
    notes.push(match n_furniture {
        0 => "no lines of furniture".to_owned(),
        n => format!("{n} lines of furniture left out ({})", kinds.join(", ")),
    });
    notes
}
