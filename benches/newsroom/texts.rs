//! The texts that the benches read.

use ombuds::text::{MAX_TEXT_BYTES, TextTables, TextView};
use ombuds::train::TrainingSet;

/// Short, median, long and hostile; see `extract.rs`.
pub(crate) fn texts(set: &TrainingSet) -> [(&'static str, String); 4] {
    let mut by_length: Vec<&str> = set.rows.iter().map(|row| row.text.as_str()).collect();
    by_length.sort_by_key(|text| (text.len(), *text));
    let at = |share: usize| by_length[(by_length.len() - 1) * share / 100].to_owned();
    let texts = [
        ("short", at(5)),
        ("median", at(50)),
        ("long", at(100)),
        ("hostile", hostile(&by_length)),
    ];
    assert!(
        texts
            .windows(2)
            .all(|pair| pair[0].1.len() < pair[1].1.len())
    );
    texts
}

fn hostile(texts: &[&str]) -> String {
    let (tables, mut view) = (TextTables::shipped(), TextView::default());
    let hides = |text: &&&str| {
        view.parse(text, &tables);
        !view.recovered.is_empty()
    };
    let hiding: Vec<&str> = texts.iter().filter(hides).copied().collect();
    assert!(!hiding.is_empty());
    let mut joined = String::new();
    for text in hiding.iter().cycle() {
        if joined.len() + text.len() + 1 > MAX_TEXT_BYTES {
            break;
        }
        joined.extend([*text, " "]);
    }
    joined
}
