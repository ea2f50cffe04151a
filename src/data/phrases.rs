//! Reads a site's phrases.
//!
//! One phrase a line, `block: buy gold`, `review: …` or `allow: …`; a line that begins with `#` is a
//! comment. Or a CSV or TSV file with the columns `action` and `phrase`. A line that cannot be used
//! stops the run: a rule that is silently left out is worse than none.

use std::io::{Cursor, Read};
use std::path::Path;

use super::error::Error;
use super::format::{Format, InputOptions, from_name};
use super::input::open;
use super::table::Table;
use crate::phrases::Phrase;
use crate::policy::PhraseAction;

const NO_ACTION: &str = "does not begin with block:, review: or allow:";
const NO_PHRASE: &str = "has no phrase after its action; write one, as in block: buy gold";
const NOT_TEXT: &str = "is not valid text; save the file as UTF-8";

/// Reads the phrases of a file, in order.
///
/// # Errors
/// Whatever is wrong with the file, or [`Error::Phrase`] with the first line that cannot be used.
pub fn read_phrases(path: &Path) -> Result<Vec<Phrase>, Error> {
    let file = path.display().to_string();
    let options = InputOptions {
        format: Some(Format::Csv),
        ..InputOptions::default()
    };
    let mut bytes = Vec::new();
    let mut stream = open(path, &options)?.stream;
    stream
        .read_to_end(&mut bytes)
        .map_err(|error| Error::read(&file, error))?;
    let text = String::from_utf8(bytes).map_err(|error| {
        let good = &error.as_bytes()[..error.utf8_error().valid_up_to()];
        let line = memchr::memchr_iter(b'\n', good).count() as u64 + 1;
        Error::Phrase {
            file: file.clone(),
            line,
            given: "…".to_owned(),
            remedy: NOT_TEXT,
        }
    })?;
    match from_name(&file).0 {
        Some(format @ (Format::Csv | Format::Tsv)) => from_table(&file, text, format),
        _ if has_header(&text) => from_table(&file, text, Format::Csv),
        _ => from_lines(&file, &text),
    }
}

/// Whether the first line names the columns of a table.
fn has_header(text: &str) -> bool {
    let header = text.lines().next().unwrap_or_default().to_lowercase();
    let mut cells = header
        .split([',', ';', '\t'])
        .map(|cell| cell.trim().trim_matches('"'));
    cells.next() == Some("action") && cells.next() == Some("phrase")
}

fn from_lines(file: &str, text: &str) -> Result<Vec<Phrase>, Error> {
    let lines = (1..).zip(text.lines().map(str::trim));
    let used = lines.filter(|(_, line)| !line.is_empty() && !line.starts_with('#'));
    let phrase = |(line, text): (u64, &str)| {
        let wrong = |remedy| Error::Phrase {
            file: file.to_owned(),
            line,
            given: text.to_owned(),
            remedy,
        };
        let (action, phrase) = text.split_once(':').ok_or_else(|| wrong(NO_ACTION))?;
        let action = parse_action(action).ok_or_else(|| wrong(NO_ACTION))?;
        Phrase::new(unquoted(phrase), action).ok_or_else(|| wrong(NO_PHRASE))
    };
    used.map(phrase).collect()
}

fn from_table(file: &str, text: String, format: Format) -> Result<Vec<Phrase>, Error> {
    let options = InputOptions {
        format: Some(format),
        ..InputOptions::default()
    };
    let table = Table::from_reader(file, Box::new(Cursor::new(text)), &options)?;
    let (action, phrase) = (
        table.schema().require("action")?,
        table.schema().require("phrase")?,
    );
    let mut phrases = Vec::new();
    for row in table {
        let wrong = |line, given: &str, remedy| Error::Phrase {
            file: file.to_owned(),
            line,
            given: given.to_owned(),
            remedy,
        };
        let row = row?.map_err(|error| {
            wrong(
                error.line(),
                &String::from_utf8_lossy(error.raw()),
                "is not a row of the table; see its quotes and commas",
            )
        })?;
        let (action, phrase) = (
            row.get(&action).unwrap_or_default(),
            row.get(&phrase).unwrap_or_default(),
        );
        if action.trim().starts_with('#') {
            continue;
        }
        let action = parse_action(&action).ok_or_else(|| {
            wrong(
                row.line(),
                &action,
                "is not an action: block, review or allow",
            )
        })?;
        phrases.push(
            Phrase::new(&phrase, action)
                .ok_or_else(|| wrong(row.line(), action.as_str(), NO_PHRASE))?,
        );
    }
    Ok(phrases)
}

fn parse_action(word: &str) -> Option<PhraseAction> {
    let word = word.trim().to_lowercase();
    let actions = [
        PhraseAction::Block,
        PhraseAction::Review,
        PhraseAction::Allow,
    ];
    actions.into_iter().find(|action| action.as_str() == word)
}

/// A phrase without the quotes around it, which would never match.
fn unquoted(phrase: &str) -> &str {
    let phrase = phrase.trim();
    phrase
        .strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'))
        .unwrap_or(phrase)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(name: &str, content: &[u8]) -> Result<Vec<(PhraseAction, String)>, String> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(name);
        std::fs::write(&path, content).unwrap();
        let pair = |phrase: &Phrase| (phrase.action(), phrase.text().to_owned());
        match read_phrases(&path) {
            Ok(phrases) => Ok(phrases.iter().map(pair).collect()),
            Err(error) => Err(error
                .to_string()
                .split_off(folder.path().as_os_str().len() + 1)),
        }
    }

    #[test]
    fn lines_and_tables_say_the_same() {
        let expected = Ok(vec![
            (PhraseAction::Block, "buy gold, now".to_owned()),
            (PhraseAction::Allow, "Größe: XL".to_owned()),
            (PhraseAction::Review, "call me".to_owned()),
        ]);
        for (name, content) in [
            (
                "p.txt",
                "# ours\nblock: buy gold, now\r\n\n ALLOW :Größe: XL\nreview: \"call me\"\n",
            ),
            (
                "p",
                "\u{feff}action;phrase\nblock;buy gold, now\nallow;Größe: XL\nreview;call me\n",
            ),
            (
                "p.csv",
                "phrase,action\n\"buy gold, now\",block\nGröße: XL,Allow\nnot,#block\ncall me,review\n",
            ),
            (
                "p.tsv",
                "action\tphrase\nblock\tbuy gold, now\nallow\tGröße: XL\nreview\tcall me",
            ),
        ] {
            assert_eq!(read(name, content.as_bytes()), expected, "{name}");
        }
        let western = encoding_rs::WINDOWS_1252
            .encode("allow: Größe")
            .0
            .into_owned();
        assert_eq!(read("p.txt", &western).unwrap()[0].1, "Größe");
    }

    #[test]
    fn mistakes_are_told_with_their_line() {
        for (name, content, expected) in [
            (
                "p.txt",
                &b"block: a\nbluck: b\n"[..],
                "p.txt: line 2: `bluck: b` does not begin with block:, review: or allow:",
            ),
            (
                "p.txt",
                b"\n\nbuy gold",
                "p.txt: line 3: `buy gold` does not begin with block:, review: or allow:",
            ),
            (
                "p.txt",
                b"block:  ",
                "p.txt: line 1: `block:` has no phrase after its action; write one, as in block: buy gold",
            ),
            (
                "p.csv",
                b"action,phrase\nblock,a\nban,b\n",
                "p.csv: line 3: `ban` is not an action: block, review or allow",
            ),
            (
                "p.csv",
                b"action,phrase\nblock,\n",
                "p.csv: line 2: `block` has no phrase after its action; write one, as in block: buy gold",
            ),
            (
                "p.csv",
                b"action,phrase\na,b,c\n",
                "p.csv: line 2: `a,b,c` is not a row of the table; see its quotes and commas",
            ),
            (
                "p.csv",
                b"action,text\n",
                "p.csv: no column `phrase`; its columns are action, text",
            ),
            ("p.txt", b"", "p.txt: is empty; check how it was made"),
        ] {
            assert_eq!(read(name, content), Err(expected.to_owned()), "{name}");
        }
    }
}
