//! The article of a text page: headline, standfirst, running text, and the furniture among them.

use std::collections::{HashMap, HashSet};

use super::furniture::{Furniture, is_breadcrumb, is_byline, role_of};
use super::line::{Line, LineRole, join};
use crate::comment::Article;

/// A line with as many characters is a paragraph, whatever its end.
const PARAGRAPH_CHARS: usize = 120;
/// Words of a paragraph that ends like a sentence.
const PARAGRAPH_WORDS: usize = 10;
/// Shortest headline, in words; menus are shorter.
const HEADLINE_WORDS: usize = 3;
/// Longest headline, in characters.
const HEADLINE_CHARS: usize = 200;
/// Lines in a row without a sentence that make a menu.
const MENU_LINES: usize = 3;
/// Lines between two places of a teaser's headline: its picture's caption and the teaser itself.
const TEASER_REACH: usize = 12;

/// Gives the lines before the comments their roles and makes an article of them.
pub(super) fn read(lines: &mut [Line]) -> Article {
    for line in lines.iter_mut() {
        line.role = match role_of(&line.text) {
            _ if line.text.is_empty() => LineRole::Blank,
            Some(furniture) => LineRole::Furniture(furniture),
            None => LineRole::Body,
        };
    }
    let first = lines
        .iter()
        .position(|line| line.role == LineRole::Body && is_paragraph(&line.text));
    // A note of a few lines has none; then its first sentence begins it.
    let is_sentence = |line: &Line| {
        let is_long = n_words(&line.text) >= 3 && !line.text.ends_with(['?', '!']);
        line.role == LineRole::Body && ends_sentence(&line.text) && is_long
    };
    let first = first.or_else(|| lines.iter().position(is_sentence));
    let first = first.unwrap_or(lines.len());
    let (head, body) = lines.split_at_mut(first);
    read_head(head);
    mark_teasers(body);
    mark_byline(body);
    mark_lead(head, body);
    mark_menu_at_end(body);
    let title = texts(lines, LineRole::Headline).join(" ");
    let is_title = |line: &&mut Line| line.role == LineRole::Body && line.text == title;
    for line in lines[first..].iter_mut().filter(is_title) {
        line.role = LineRole::Furniture(Furniture::Navigation);
    }
    let running: Vec<&str> = lines
        .iter()
        .filter(|line| matches!(line.role, LineRole::Body | LineRole::Blank))
        .map(|line| &*line.text)
        .collect();
    Article {
        title,
        lead: texts(lines, LineRole::Lead).join("\n"),
        body: join(&running),
        ..Article::default()
    }
}

fn texts(lines: &[Line], role: LineRole) -> Vec<&str> {
    let of_role = lines.iter().filter(|line| line.role == role);
    of_role.map(|line| &*line.text).collect()
}

fn n_words(text: &str) -> usize {
    text.split_whitespace().count()
}

/// Whether a line ends like a sentence, also within quotation marks.
fn ends_sentence(text: &str) -> bool {
    let text = text.trim_end_matches(['"', '”', '’', '\'', '»', '“', ')', ']']);
    text.ends_with(['.', '!', '?', '…'])
}

fn is_paragraph(text: &str) -> bool {
    text.chars().count() >= PARAGRAPH_CHARS
        || (ends_sentence(text) && text.ends_with(|c| c != '?') && n_words(text) >= PARAGRAPH_WORDS)
}

/// Like a headline: some words, no full stop.
fn is_headline(text: &str) -> bool {
    (2..=30).contains(&n_words(text))
        && text.chars().count() <= HEADLINE_CHARS
        && !text.trim_end_matches(['"', '”', '’']).ends_with('.')
}

/// Lines before the first paragraph: the headline is the one with most words, the last of equals. What
/// stands before it is the way through the site; after it, sentences are the standfirst.
fn read_head(head: &mut [Line]) {
    for line in head.iter_mut().filter(|line| line.role == LineRole::Body) {
        if is_byline(&line.text) {
            line.role = LineRole::Furniture(Furniture::Byline);
        } else if is_breadcrumb(&line.text) {
            line.role = LineRole::Furniture(Furniture::Navigation);
        }
    }
    let is_candidate = |line: &Line| {
        line.role == LineRole::Body
            && is_headline(&line.text)
            && n_words(&line.text) >= HEADLINE_WORDS
    };
    let candidates = (0..head.len()).filter(|&idx| is_candidate(&head[idx]));
    let title_idx = candidates.max_by_key(|&idx| (n_words(&head[idx].text), idx));
    for (idx, line) in head
        .iter_mut()
        .enumerate()
        .filter(|(_, line)| line.role == LineRole::Body)
    {
        line.role = match title_idx {
            Some(title_idx) if idx == title_idx => LineRole::Headline,
            Some(title_idx) if idx > title_idx && n_words(&line.text) >= 4 => LineRole::Lead,
            _ => LineRole::Furniture(Furniture::Navigation),
        };
    }
}

/// Teasers: a headline that stands there twice, as the caption of its picture and over its blurb; and
/// the headlines under a heading such as "Related stories".
fn mark_teasers(lines: &mut [Line]) {
    let is_body = |line: &Line| line.role == LineRole::Body;
    let mut last_place: HashMap<String, usize> = HashMap::new();
    let mut repeated: Vec<(usize, usize)> = Vec::new();
    for (idx, line) in lines.iter().enumerate() {
        let is_title = is_headline(&line.text)
            && !ends_sentence(&line.text)
            && n_words(&line.text) >= HEADLINE_WORDS;
        if is_body(line)
            && is_title
            && let Some(before) = last_place.insert(line.text.clone(), idx)
            && idx - before <= TEASER_REACH
        {
            repeated.push((before, idx));
        }
    }
    let teaser = LineRole::Furniture(Furniture::Teaser);
    let goes_on: HashSet<usize> = repeated.iter().map(|&(before, _)| before).collect();
    for &(before, again) in &repeated {
        lines[before].role = teaser;
        lines[again].role = teaser;
        // Its blurb is the one paragraph after it.
        let next = (again + 1..lines.len()).find(|&idx| lines[idx].role != LineRole::Blank);
        let is_last_place = !goes_on.contains(&again);
        if let Some(next) = next.filter(|&next| is_last_place && is_body(&lines[next])) {
            lines[next].role = teaser;
        }
    }
    mark_under_headings(lines);
}

/// Headlines under the heading of a teaser block, and a blurb that follows its headline at once.
fn mark_under_headings(lines: &mut [Line]) {
    let teaser = LineRole::Furniture(Furniture::Teaser);
    let (mut is_in_block, mut after_headline) = (false, false);
    for line in lines {
        let is_headline = is_headline(&line.text) && !is_paragraph(&line.text);
        match line.role {
            LineRole::Blank => after_headline = false,
            LineRole::Body if is_in_block && (is_headline || after_headline) => {
                line.role = teaser;
                after_headline = is_headline;
            }
            LineRole::Body => is_in_block = false,
            role => is_in_block |= role == teaser && is_block_heading(&line.text),
        }
    }
}

/// "Related stories", but not "Read more: …", which is all there is of it.
fn is_block_heading(text: &str) -> bool {
    role_of(text) == Some(Furniture::Teaser) && !text.trim_end_matches(':').contains(':')
}

/// Bylines stand under the standfirst or at the very end as well.
fn mark_byline(lines: &mut [Line]) {
    let filled: Vec<usize> = (0..lines.len())
        .filter(|&idx| lines[idx].role == LineRole::Body)
        .collect();
    let ends = filled.iter().take(3).chain(filled.iter().rev().take(2));
    for &idx in ends {
        if is_byline(&lines[idx].text) && !is_paragraph(&lines[idx].text) {
            lines[idx].role = LineRole::Furniture(Furniture::Byline);
        }
    }
}

/// A standfirst may be as long as a paragraph: it is one if writer or date stand between it and the text.
fn mark_lead(head: &[Line], body: &mut [Line]) {
    let has_title = head.iter().any(|line| line.role == LineRole::Headline);
    let has_lead = head.iter().any(|line| line.role == LineRole::Lead);
    let next = body
        .iter()
        .skip(1)
        .find(|line| line.role != LineRole::Blank);
    let is_before_byline = next.is_some_and(|line| {
        let role = line.role;
        role == LineRole::Furniture(Furniture::Byline)
            || role == LineRole::Furniture(Furniture::Date)
    });
    if has_title && !has_lead && is_before_byline {
        body[0].role = LineRole::Lead;
    }
}

/// The first date in the head of an article, or beside its first paragraph.
pub(super) fn published(lines: &[Line]) -> Option<String> {
    let mut filled = lines.iter().filter(|line| line.role != LineRole::Blank);
    let mut n_paragraphs = 0;
    let found = filled.find(|line| {
        n_paragraphs += usize::from(line.role == LineRole::Body);
        n_paragraphs > 1 || line.role == LineRole::Furniture(Furniture::Date)
    })?;
    (found.role != LineRole::Body).then(|| found.text.clone())
}

/// A run of short lines without a sentence at the end is the foot of the page.
fn mark_menu_at_end(lines: &mut [Line]) {
    let is_short = |text: &str| n_words(text) <= 4 && !ends_sentence(text);
    let mut run = Vec::new();
    for (idx, line) in lines.iter().enumerate().rev() {
        match line.role {
            LineRole::Body if is_short(&line.text) => run.push(idx),
            LineRole::Body => break,
            _ => {}
        }
    }
    if run.len() >= MENU_LINES {
        for idx in run {
            lines[idx].role = LineRole::Furniture(Furniture::Navigation);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PARAGRAPH: &str =
        "The bridge over the mill race will be closed for two weeks from Monday, the town said.";

    /// The article of a text, and the roles of its lines by their first letters.
    fn roles(text: &str) -> (Article, String) {
        let line = |(idx, text): (usize, &str)| Line {
            number: idx + 1,
            text: text.to_owned(),
            role: LineRole::Blank,
        };
        let mut lines: Vec<Line> = text.lines().enumerate().map(line).collect();
        let article = read(&mut lines);
        let letter = |line: &Line| match line.role {
            LineRole::Blank => '.',
            LineRole::Headline => 'H',
            LineRole::Lead => 'L',
            LineRole::Body => 'B',
            LineRole::Furniture(Furniture::Teaser) => 't',
            _ => 'f',
        };
        (article, lines.iter().map(letter).collect())
    }

    #[test]
    fn heads_have_headline_and_standfirst() {
        let p = PARAGRAPH;
        for (text, expected) in [
            (format!("Home\nCity news\nBridge closed again\n{p}"), "ffHB"),
            (
                format!("Bridge closed again\nMillers sigh, ducks rejoice.\nBy Ann\n{p}"),
                "HLfB",
            ),
            (format!("Bridge closed again\n{p}\n14:05\n{p}"), "HLfB"),
            (format!("{p}\n\n{p}"), "B.B"),
            (
                "Bridge closed again\nIt is old.\nSo are we.".to_owned(),
                "HBB",
            ),
            (String::new(), ""),
        ] {
            assert_eq!(roles(&text).1, expected, "{text}");
        }
    }

    #[test]
    fn teasers_are_left_out_and_the_text_goes_on() {
        let p = PARAGRAPH;
        for (text, expected) in [
            // The caption, the heading, the headline, its blurb.
            (
                format!(
                    "{p}\nOwl found in town hall\nRelated\n\nOwl found in town hall\n\nIt slept.\n\n{p}"
                ),
                "Btt.t.t.B",
            ),
            // Headlines alone.
            (
                format!("{p}\n\nMost read\nOwl found in town hall\nWho owns the fog?\n\n{p}"),
                "B.ttt.B",
            ),
            // One with a blurb, never repeated.
            (
                format!(
                    "{p}\n\nRead next\nOwl found in town hall\nIt slept in the archive for three days and nights.\n\n{p}"
                ),
                "B.ttt.B",
            ),
            // A crosshead is part of the text.
            (format!("{p}\n\nWhat happens next\n\n{p}"), "B.B.B"),
        ] {
            assert_eq!(roles(&text).1, expected, "{text}");
        }
    }

    #[test]
    fn a_repeated_headline_is_told_once() {
        let (article, roles) = roles(&format!(
            "Bridge closed again\n{PARAGRAPH}\nBridge closed again\n{PARAGRAPH}"
        ));
        assert_eq!((&*article.title, &*roles), ("Bridge closed again", "HBfB"));
    }
}
