//! The comments that this project made up: what is learnt is whole, and stands in no test.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use ombuds::text::{TextTables, TextView};

/// Learnt by the recipe of the default model; the label columns.
const LEARNT: [(&str, &[&str]); 5] = [
    ("newsroom", &["insult", "off_topic"]),
    ("contrast", &["insult"]),
    ("insults", &["insult", "learn"]),
    ("threats", &["threat"]),
    ("identity", &["insult", "identity_attack"]),
];

/// Folders of tests that models are measured on.
const TESTS: [&str; 3] = ["functional", "unseen", "bias"];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn comments(folder: &str) -> PathBuf {
    root().join("data").join(folder).join("comments.csv")
}

/// A column of a file, if it has one of that name.
fn column(path: &Path, name: &str) -> Option<Vec<String>> {
    let mut reader = csv::Reader::from_path(path).expect("a file of comments");
    let at = reader.headers().unwrap().iter().position(|it| it == name)?;
    let cells = reader.records().map(|row| row.unwrap()[at].to_owned());
    Some(cells.collect())
}

/// The words of a text as models read them.
fn words(text: &str, view: &mut TextView, tables: &TextTables) -> String {
    view.parse(text, tables);
    let words = view.tokens.iter().map(|token| token.text(&view.normalized));
    words.collect::<Vec<_>>().join(" ")
}

#[test]
fn ids_are_distinct_and_labels_are_0_or_1() {
    for (folder, labels) in LEARNT {
        let path = comments(folder);
        let ids = column(&path, "id").expect("ids");
        assert_eq!(
            ids.iter().collect::<HashSet<_>>().len(),
            ids.len(),
            "{folder}"
        );
        for label in labels {
            let cells = column(&path, label).expect(label);
            // What is not known, or not learnt, is empty.
            let known = |cell: &String| ["", "0", "1"].contains(&cell.as_str());
            assert!(cells.iter().all(known), "{folder}: {label}");
            assert!(cells.iter().any(|cell| cell == "1"), "{folder}: {label}");
        }
    }
}

#[test]
fn what_is_learnt_of_insults_is_their_label() {
    let path = comments("insults");
    let (insult, learn) = (
        column(&path, "insult").unwrap(),
        column(&path, "learn").unwrap(),
    );
    let mut n_learnt = 0;
    for (insult, learn) in insult.iter().zip(&learn) {
        assert!(learn.is_empty() || learn == insult);
        n_learnt += usize::from(!learn.is_empty());
    }
    assert!(
        n_learnt > insult.len() / 2,
        "{n_learnt} of {}",
        insult.len()
    );
}

#[test]
fn no_comment_that_is_learnt_stands_in_a_test() {
    let (mut view, tables) = (TextView::default(), TextTables::shipped());
    let mut learnt = HashSet::new();
    for (folder, _) in LEARNT {
        let texts = column(&comments(folder), "text").expect("texts");
        learnt.extend(texts.iter().map(|text| words(text, &mut view, &tables)));
    }
    let mut n_tests = 0;
    for folder in TESTS {
        for entry in root().join("tests").join(folder).read_dir().unwrap() {
            let path = entry.unwrap().path();
            let is_table = path.extension().is_some_and(|it| it == "csv");
            for text in is_table
                .then(|| column(&path, "text"))
                .flatten()
                .into_iter()
                .flatten()
            {
                n_tests += 1;
                let words = words(&text, &mut view, &tables);
                assert!(!learnt.contains(&words), "{}: {text}", path.display());
            }
        }
    }
    assert!(n_tests > 2_000, "{n_tests}");
}
