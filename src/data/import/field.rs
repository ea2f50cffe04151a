//! One line of a mapping table: which column of a publisher's file becomes which of ours, and how.

use std::borrow::Cow;
use std::fmt::Write as _;

use super::escapes;
use crate::data::labels::parse_share;

/// A column of the output and where its cells come from.
#[derive(Clone, Copy, Debug)]
pub(super) struct Field {
    /// Name in the output.
    pub(super) column: &'static str,
    /// Names in the publisher's files; the first that is there counts.
    pub(super) from: &'static [&'static str],
    /// Names of the second column, for readings of two.
    pub(super) with: &'static [&'static str],
    pub(super) reading: Reading,
    /// A file without the column is not of this source, and a row with an empty cell is a bad row.
    pub(super) is_required: bool,
}

/// What becomes of a cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reading {
    /// As it is.
    Text,
    /// Without the `.0` that whole numbers get in files with gaps (`12.0` → `12`).
    Id,
    /// A title as an identifier: letters and digits in lower case (`Too late?` → `too-late`).
    TitleId,
    /// A headline and, after a blank line, the text under it.
    Joined,
    /// A text with escapes such as `\n` and `\xc2\xa0`, in quotes.
    Escaped,
    /// `20120618192155Z` → `2012-06-18T19:21:55Z`.
    CompactDate,
    /// 0/1, true/false or a share between 0 and 1; -1 is unknown.
    Share,
    /// 1 minus that.
    NotShare,
    /// Raters who said so, of all in the second column.
    Votes,
    /// Raters who did not.
    NotVotes,
    /// A majority's 0/1 and, in the second column, the share of that majority.
    Majority,
    /// Words that mean 1, words that mean 0; `NULL` and nothing are unknown.
    Words(&'static [&'static str], &'static [&'static str]),
}

impl Field {
    pub(super) const fn new(
        column: &'static str,
        from: &'static [&'static str],
        reading: Reading,
    ) -> Self {
        Self {
            column,
            from,
            with: &[],
            reading,
            is_required: false,
        }
    }

    pub(super) const fn with(mut self, with: &'static [&'static str]) -> Self {
        self.with = with;
        self
    }

    pub(super) const fn required(mut self) -> Self {
        self.is_required = true;
        self
    }

    /// Whether the output column is a label.
    pub(super) fn is_label(&self) -> bool {
        use Reading::{Majority, NotShare, NotVotes, Share, Votes, Words};
        matches!(
            self.reading,
            Share | NotShare | Votes | NotVotes | Majority | Words(..)
        )
    }

    /// Whether it is a label of words and that is one of them.
    pub(super) fn knows(&self, word: &str) -> bool {
        let Reading::Words(yes, no) = self.reading else {
            return false;
        };
        yes.iter()
            .chain(no)
            .any(|known| known.eq_ignore_ascii_case(word))
    }

    /// The source's side of its line in a mapping table.
    pub(super) fn origin(&self) -> String {
        let names = |names: &[&str]| names.join(" or ");
        let (mut from, with) = (names(self.from), names(self.with));
        if self.from.first() == Some(&"") {
            from.insert_str(0, "(no name)");
        }
        match self.reading {
            Reading::Text | Reading::Id | Reading::Share => from,
            Reading::TitleId => format!("{from}, its letters and digits"),
            Reading::Joined => format!("{from}, blank line, {with}"),
            Reading::Escaped => format!("{from}, escapes and quotes undone"),
            Reading::CompactDate => format!("{from}, as 2012-06-18T19:21:55Z"),
            Reading::NotShare => format!("1 - {from}"),
            Reading::Votes => format!("{from}, of {with} votes"),
            Reading::NotVotes => format!("not {from}, of {with} votes"),
            Reading::Majority => format!("{from}: {with} if 1, else 1 - that"),
            Reading::Words(yes, no) => {
                format!(
                    "{from}: 1 if {}, 0 if {}",
                    yes.join(" or "),
                    no.join(" or ")
                )
            }
        }
    }
}

impl Reading {
    /// The cell as it is written; empty is unknown.
    ///
    /// # Errors
    /// What should have stood there.
    pub(super) fn read<'a>(self, cell: &'a str, with: &str) -> Result<Cow<'a, str>, String> {
        Ok(match self {
            Self::Text => Cow::Borrowed(cell),
            Self::Id => Cow::Borrowed(cell.trim().strip_suffix(".0").unwrap_or(cell.trim())),
            Self::TitleId => Cow::Owned(title_id(cell)),
            Self::Joined => Cow::Owned(joined(cell, with)),
            Self::Escaped => Cow::Owned(escapes::undo(cell)),
            Self::CompactDate => compact_date(cell),
            Self::Share => written(share(cell)?),
            Self::NotShare => written(share(cell)?.map(|share| 1.0 - share)),
            Self::Votes => written(votes(cell, with)?),
            Self::NotVotes => written(votes(cell, with)?.map(|share| 1.0 - share)),
            Self::Majority => written(majority(cell, with)?),
            Self::Words(yes, no) => written(word(cell, yes, no)?),
        })
    }
}

fn share(cell: &str) -> Result<Option<f32>, String> {
    match cell.trim() {
        "-1" | "-1.0" => Ok(None),
        cell => {
            parse_share(cell).ok_or_else(|| "0/1, true/false, a share between 0 and 1 or -1".into())
        }
    }
}

fn votes(cell: &str, of: &str) -> Result<Option<f32>, String> {
    if cell.trim().is_empty() || of.trim().is_empty() {
        return Ok(None);
    }
    let number = |cell: &str| cell.trim().parse::<f32>().ok();
    match (number(cell), number(of)) {
        (Some(n), Some(of)) if of > 0.0 && (0.0..=of).contains(&n) => Ok(Some(n / of)),
        _ => Err(format!("a number of votes of {}", of.trim())),
    }
}

fn majority(cell: &str, confidence: &str) -> Result<Option<f32>, String> {
    let (Some(label), Some(confidence)) = (share(cell)?, share(confidence)?) else {
        return Ok(None);
    };
    Ok(Some(if label < 0.5 {
        1.0 - confidence
    } else {
        confidence
    }))
}

fn word(cell: &str, yes: &[&str], no: &[&str]) -> Result<Option<f32>, String> {
    let cell = cell.trim();
    let is_in = |words: &[&str]| words.iter().any(|word| word.eq_ignore_ascii_case(cell));
    if is_in(yes) {
        Ok(Some(1.0))
    } else if is_in(no) {
        Ok(Some(0.0))
    } else if is_in(&["", "null", "na", "nan"]) {
        Ok(None)
    } else {
        Err([yes, no].concat().join(", "))
    }
}

/// A share as a cell.
fn written(share: Option<f32>) -> Cow<'static, str> {
    share.map_or(Cow::Borrowed(""), |share| Cow::Owned(share.to_string()))
}

fn joined(headline: &str, body: &str) -> String {
    match (headline.trim(), body.trim()) {
        ("", text) | (text, "") => text.to_owned(),
        (headline, body) => format!("{headline}\n\n{body}"),
    }
}

fn title_id(title: &str) -> String {
    let lower = title.to_lowercase();
    let words = lower.split(|char: char| !char.is_alphanumeric());
    let words: Vec<&str> = words.filter(|word| !word.is_empty()).collect();
    words.join("-")
}

/// Anything else stays as it is: a date is told, not judged.
fn compact_date(cell: &str) -> Cow<'_, str> {
    let digits = cell.trim().trim_end_matches('Z');
    if digits.len() != 14 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Cow::Borrowed(cell);
    }
    let mut date = String::new();
    for (start, end, after) in [
        (0, 4, "-"),
        (4, 6, "-"),
        (6, 8, "T"),
        (8, 10, ":"),
        (10, 12, ":"),
        (12, 14, "Z"),
    ] {
        let _ = write!(date, "{}{after}", &digits[start..end]);
    }
    Cow::Owned(date)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn readings_say_what_they_make_of_a_cell() {
        use Reading::*;
        const OFF: Reading = Words(&["OFF"], &["NOT"]);
        for (reading, cell, with, expected) in [
            (Text, " =1 ", "", Ok(" =1 ")),
            (Id, " 12.0", "", Ok("12")),
            (
                TitleId,
                "Zu spät? – Ein \"Nein\"",
                "",
                Ok("zu-spät-ein-nein"),
            ),
            (TitleId, "?!", "", Ok("")),
            (Joined, "Naja", "Text", Ok("Naja\n\nText")),
            (Joined, "", "Text", Ok("Text")),
            (
                CompactDate,
                "20120618192155Z",
                "",
                Ok("2012-06-18T19:21:55Z"),
            ),
            (CompactDate, "ü012061819215Z", "", Ok("ü012061819215Z")),
            (Share, "-1", "", Ok("")),
            (Share, "True", "", Ok("1")),
            (Share, "0.25", "", Ok("0.25")),
            (
                Share,
                "2",
                "",
                Err("0/1, true/false, a share between 0 and 1 or -1"),
            ),
            (NotShare, "0.25", "", Ok("0.75")),
            (Votes, "1", "4", Ok("0.25")),
            (NotVotes, "1", "4", Ok("0.75")),
            (Votes, "5", "4", Err("a number of votes of 4")),
            (Votes, "1", "nan", Err("a number of votes of nan")),
            (Votes, "", "", Ok("")),
            (Majority, "1", "0.75", Ok("0.75")),
            (Majority, "0", "0.75", Ok("0.25")),
            (OFF, "off", "", Ok("1")),
            (OFF, "NULL", "", Ok("")),
            (OFF, "x", "", Err("OFF, NOT")),
        ] {
            let read = reading.read(cell, with);
            let read = read.as_deref().map_err(String::as_str);
            assert_eq!(read, expected, "{reading:?} {cell:?}");
        }
    }
}
