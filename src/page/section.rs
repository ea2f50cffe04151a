//! Where the comments of a text page begin and end.

use super::PageComment;
use super::furniture::{Furniture, ends_comments, role_in_comments};
use super::headings;
use super::line::{Line, LineRole, join};
use super::rhythm::{Draft, Kind, Lines, Rhythm, cut, find_repeated};

/// Headings tried, the last ones first: pages link to their comments at the top.
const MAX_HEADINGS: usize = 8;
/// Ends tried.
const MAX_ENDS: usize = 4;
/// Lines before the first name that are tried as rules or forms.
const MAX_PREAMBLE: usize = 3;

/// The comments and what they were told by.
#[derive(Debug, Default)]
pub(super) struct Section {
    pub(super) comments: Vec<PageComment>,
    /// How many the heading announces.
    pub(super) announced: Option<usize>,
    pub(super) rhythm: Option<Rhythm>,
    /// The line of the heading; all before it is the article's.
    pub(super) heading_idx: Option<usize>,
}

/// One way to read the lines as comments.
struct Trial {
    heading_idx: usize,
    announced: Option<usize>,
    start: usize,
    end: usize,
    kinds: Vec<Kind>,
    rhythm: Rhythm,
    drafts: Vec<Draft>,
}

impl Trial {
    fn is_as_announced(&self) -> bool {
        self.announced == Some(self.drafts.len())
    }
}

/// Finds the comments and gives their lines roles. Of all readings the one counts that finds as many
/// comments as the heading announces.
pub(super) fn read(lines: &mut [Line]) -> Section {
    let texts: Vec<String> = lines.iter().map(|line| line.text.clone()).collect();
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    let found = (0..texts.len()).filter_map(|idx| Some((idx, headings::read(texts[idx])?)));
    let found: Vec<_> = found.collect();
    let mut best: Option<Trial> = None;
    for &(heading_idx, heading) in found.iter().rev().take(MAX_HEADINGS) {
        for trial in trials(&texts, heading_idx, heading.announced) {
            if best.as_ref().is_none_or(|best| is_better(&trial, best)) {
                best = Some(trial);
            }
        }
    }
    if let Some(best) = best {
        return finish(lines, &texts, best);
    }
    // A heading over nothing still ends the article: "0 comments", "Join the discussion".
    let last = found
        .last()
        .filter(|(_, heading)| heading.announced.is_some());
    if let Some(&(idx, _)) = last {
        set_rest(lines, idx);
    }
    Section {
        announced: last.and_then(|(_, heading)| heading.announced),
        heading_idx: last.map(|(idx, _)| *idx),
        ..Section::default()
    }
}

/// As announced is better than not, then a number than none, then the surer rhythm; else the first tried.
fn is_better(trial: &Trial, best: &Trial) -> bool {
    let rank = |trial: &Trial| {
        (
            trial.is_as_announced(),
            trial.announced.is_some_and(|n| n > 0),
            trial.rhythm,
        )
    };
    rank(trial) > rank(best)
}

/// Readings of what follows a heading, up to the first that finds what was announced.
fn trials(texts: &[&str], heading_idx: usize, announced: Option<usize>) -> Vec<Trial> {
    let after = heading_idx + 1;
    let mut kinds: Vec<Kind> = texts[after..].iter().map(|text| kind(text)).collect();
    find_repeated(&texts[after..], &mut kinds, announced);
    let mut trials = Vec::new();
    if announced == Some(0) {
        return trials;
    }
    for end in ends(&kinds) {
        let filled = (0..end).filter(|&idx| kinds[idx] == Kind::Text);
        for (n_skipped, start) in filled.take(MAX_PREAMBLE).enumerate() {
            // Rules stand before names, not names before rules.
            if n_skipped > 0 && announced.is_none() {
                break;
            }
            let lines = Lines {
                texts: &texts[after + start..after + end],
                kinds: &kinds[start..end],
            };
            let Some((rhythm, drafts)) = cut(lines) else {
                continue;
            };
            let trial = Trial {
                heading_idx,
                announced,
                start: after + start,
                end: after + end,
                kinds: kinds.clone(),
                rhythm,
                drafts,
            };
            let is_done = trial.is_as_announced();
            trials.push(trial);
            if is_done {
                return trials;
            }
        }
    }
    trials
}

fn kind(text: &str) -> Kind {
    if text.is_empty() {
        Kind::Blank
    } else {
        role_in_comments(text).map_or(Kind::Text, Kind::Furniture)
    }
}

/// Where the section may end: before the first block that no furniture of comments follows, then at the
/// other blocks, and last at the end of the page.
fn ends(kinds: &[Kind]) -> Vec<usize> {
    let is_end =
        |kind: &Kind| matches!(kind, Kind::Furniture(furniture) if ends_comments(*furniture));
    let is_comments = |kind: &Kind| {
        use Furniture::{Action, Date, Note, Repeated};
        matches!(kind, Kind::Furniture(Action | Date | Note | Repeated))
    };
    let last = kinds
        .iter()
        .rposition(is_comments)
        .map_or(0, |last| last + 1);
    let all = (0..kinds.len()).filter(|&idx| is_end(&kinds[idx]));
    let (before, after): (Vec<usize>, Vec<usize>) = all.partition(|&idx| idx < last);
    let after = after.first().copied();
    let mut ends: Vec<usize> = after.into_iter().collect();
    if ends.is_empty() {
        ends.push(kinds.len());
    }
    ends.extend(before.into_iter().take(MAX_ENDS));
    ends
}

/// Gives the lines of a reading their roles.
fn finish(lines: &mut [Line], texts: &[&str], trial: Trial) -> Section {
    set_rest(lines, trial.heading_idx);
    let after = trial.heading_idx + 1;
    for ((idx, line), kind) in lines.iter_mut().enumerate().skip(after).zip(&trial.kinds) {
        line.role = match *kind {
            Kind::Blank => LineRole::Blank,
            Kind::Furniture(furniture) if idx < trial.end => LineRole::Furniture(furniture),
            _ if idx < trial.start => LineRole::Furniture(Furniture::Form),
            Kind::Furniture(_) | Kind::Text => LineRole::Furniture(Furniture::AfterComments),
        };
    }
    let mut comments = Vec::with_capacity(trial.drafts.len());
    for draft in trial.drafts {
        let at = |idx: usize| trial.start + idx;
        if let Some(idx) = draft.name_idx {
            lines[at(idx)].role = LineRole::Author;
        }
        for &idx in &draft.text {
            if lines[at(idx)].role != LineRole::Blank {
                lines[at(idx)].role = LineRole::Comment;
            }
        }
        let text: Vec<&str> = draft.text.iter().map(|&idx| texts[at(idx)]).collect();
        comments.push(PageComment {
            author: draft.author,
            published: draft.published,
            text: join(&text),
            ..PageComment::default()
        });
    }
    Section {
        comments,
        announced: trial.announced,
        rhythm: Some(trial.rhythm),
        heading_idx: Some(trial.heading_idx),
    }
}

fn set_rest(lines: &mut [Line], heading_idx: usize) {
    for line in &mut lines[heading_idx..] {
        line.role = if line.text.is_empty() {
            LineRole::Blank
        } else {
            LineRole::Furniture(Furniture::AfterComments)
        };
    }
    lines[heading_idx].role = LineRole::CommentsHeading;
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use crate::page::dates::is_date;

    use super::super::{Page, furniture::role_in_comments};

    /// Comments as `author: text`, paragraphs joined by `/`.
    fn brief(text: &str) -> Vec<String> {
        let page = Page::from_text(text, "a.txt");
        let brief = |comment: &super::PageComment| {
            let author = comment.author.as_deref().unwrap_or("?");
            format!(
                "{author}: {}",
                comment.text.replace("\n\n", "/").replace('\n', "|")
            )
        };
        page.comments.iter().map(brief).collect()
    }

    #[test]
    fn sections_of_many_sites() {
        for (text, expected) in [
            // The name and a date, with and without empty lines.
            (
                "2 Comments\nAnn\n3h\nOne\nBen\n2h\nTwo\n\nThree",
                &["Ann: One", "Ben: Two/Three"][..],
            ),
            (
                "Comments (2)\n\nAnn\n\n3h\n\nOne\n\nReply\n\nBen\n\n2h\n\nTwo",
                &["Ann: One", "Ben: Two"],
            ),
            // Buttons after each.
            (
                "2 Comments\nAnn\nOne\nReply\nBen\n\nTwo\nReply",
                &["Ann: One", "Ben: Two"],
            ),
            // A line that no table knows, between name and text or after the text.
            (
                "2 Comments\nAnn\nMember of the guild\nOne\nBen\nMember of the guild\nTwo",
                &["Ann: One", "Ben: Two"],
            ),
            (
                "2 Comments\nAnn\nOne\nSvara på detta\nBen\nTwo\nSvara på detta",
                &["Ann: One", "Ben: Two"],
            ),
            // One reader twice is a name, not furniture.
            (
                "2 Comments\nAnn\nOne.\n\nAnn\nTwo.",
                &["Ann: One.", "Ann: Two."],
            ),
            // Nothing around them.
            (
                "2 Comments\n\nAnn\n\nOne is not enough, I say, and you know it well, my friend.\n\nBen\n\nTwo is one too many for a town as small and as dull as ours.",
                &[
                    "Ann: One is not enough, I say, and you know it well, my friend.",
                    "Ben: Two is one too many for a town as small and as dull as ours.",
                ],
            ),
            // The link to the comments at the top is not their heading.
            (
                "Bridge closed again today\n2 Comments\nThe bridge over the mill race is closed for two weeks from Monday.\n2 Comments\nAnn\n3h\nOne\nBen\n2h\nTwo",
                &["Ann: One", "Ben: Two"],
            ),
            // Rules before the first name.
            (
                "2 Comments\nWe delete what is rude.\nAnn\n3h\nOne\nBen\n2h\nTwo",
                &["Ann: One", "Ben: Two"],
            ),
            // What looks like furniture is the comment, where there is no other text.
            (
                "2 Comments\nAnn\n3h\n42\nReply\nBen\n2h\nTwo\nReply",
                &["Ann: 42", "Ben: Two"],
            ),
            // A header without a name.
            (
                "2 Comments\nAnn\n3h\nOne is not enough, I say, and you all know it well, my dear old friend.\n2h\nTwo",
                &[
                    "Ann: One is not enough, I say, and you all know it well, my dear old friend.",
                    "?: Two",
                ],
            ),
            ("0 Comments\nMenu", &[]),
            ("Comments", &[]),
            ("", &[]),
        ] {
            assert_eq!(brief(text), expected, "{text}");
        }
    }

    /// Names, and texts of one or two paragraphs.
    fn comments() -> impl Strategy<Value = Vec<(String, Vec<String>)>> {
        let is_free = |name: &String| !is_date(name) && role_in_comments(name).is_none();
        let name = "[A-Z][a-z]{2,8}( [A-Z][a-z]{2,8})?"
            .prop_filter("no date, no furniture: Now, Faq", is_free);
        let paragraph = "[A-Z][a-z]{3,9}( [a-z]{3,9}){3,30}[.!?]";
        prop::collection::vec((name, prop::collection::vec(paragraph, 1..3)), 1..8)
    }

    proptest! {
        /// Whatever a site prints around comments, as long as it prints it around each.
        #[test]
        fn comments_are_never_merged(
            comments in comments(),
            header in prop::sample::select(vec!["3h", "2 hours ago\n\n", "Top commenter\n5 May 2024", "This comment contains spoilers.\n"]),
            footer in prop::sample::select(vec!["", "Reply", "Like\n12\nReply\nReport", "\nReply\n"]),
            gap in prop::sample::select(vec!["", "\n"]),
        ) {
            let mut text = format!("Something happened here today.\n\nComments ({})\n", comments.len());
            for (name, paragraphs) in &comments {
                text.push_str(&format!("{name}\n{header}\n{}\n{footer}\n{gap}", paragraphs.join("\n\n")));
            }
            let page = Page::from_text(&text, "a.txt");
            let found: Vec<_> = page.comments.iter().map(|comment| (comment.author.clone().unwrap_or_default(), comment.text.clone())).collect();
            let expected: Vec<_> = comments.into_iter().map(|(name, paragraphs)| (name, paragraphs.join("\n\n"))).collect();
            prop_assert_eq!(found, expected);
        }
    }
}
