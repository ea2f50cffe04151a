//! What learnt vectors owe.

use super::*;
use crate::comment::Article;
use crate::train::TrainRow;

/// Subjects of forty words each; a text draws ten words of one subject, and words of any.
const N_SUBJECTS: usize = 40;
const SUBJECT_WORDS: usize = 40;

fn set() -> TrainingSet {
    let mut random = 7_u64;
    let mut below = move |n: usize| {
        random = crate::features::hashing::mix(random.wrapping_add(1));
        (random % n as u64) as usize
    };
    let mut text = |subject: usize| {
        let mut words: Vec<String> = (0..10)
            .map(|_| format!("größe{}von{subject}", below(SUBJECT_WORDS)))
            .collect();
        words.extend((0..5).map(|_| format!("allerlei{}", below(50))));
        words.join(" ")
    };
    let mut set = TrainingSet::default();
    for i in 0..3000 {
        let subject = i % N_SUBJECTS;
        if i < 200 {
            set.articles.push(Article {
                title: text(subject),
                body: text(subject),
                ..Article::default()
            });
        }
        set.rows.push(TrainRow {
            text: text(subject),
            article_idx: Some(i % 200),
            parent: i.is_multiple_of(3).then(|| text(subject)),
            ..TrainRow::default()
        });
    }
    set
}

fn all(set: &TrainingSet) -> Vec<usize> {
    (0..set.rows.len()).collect()
}

fn learnt(set: &TrainingSet, rows: &[usize]) -> Result<WordVectors, TooFewTexts> {
    learn(set, rows, &TextTables::shipped(), &())
}

#[test]
fn words_of_one_subject_point_alike() {
    let set = set();
    let vectors = learnt(&set, &all(&set)).expect("enough");
    let get = |word: &str| {
        let mut view = TextView::default();
        view.parse(word, &TextTables::shipped());
        let found = content_words(&view)
            .next()
            .and_then(|word| vectors.get(word));
        found.expect("known")
    };
    let cosine = |a: &str, b: &str| get(a).0.cosine(&get(b).0);
    for subject in [0, 11, 39] {
        let near = cosine(
            &format!("größe1von{subject}"),
            &format!("größe2von{subject}"),
        );
        let far = cosine(
            &format!("größe1von{subject}"),
            &format!("größe1von{}", (subject + 1) % 40),
        );
        assert!(near > 0.6 && far < 0.2, "{subject}: {near} {far}");
    }
    assert!(
        get("größe1von3").1 > get("allerlei3").1,
        "rare words tell more"
    );
    let mean = vectors.weights().iter().sum::<f32>() / vectors.len() as f32;
    assert!((mean - 1.0).abs() < 1e-3, "{mean}");
}

#[test]
fn neither_threads_nor_order_of_rows_change_a_bit() {
    let set = set();
    let expected = learnt(&set, &all(&set)).expect("enough");
    for n_threads in [1, 2, 3] {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(n_threads)
            .build();
        let found = pool.expect("threads").install(|| learnt(&set, &all(&set)));
        assert!(found.as_ref() == Ok(&expected), "{n_threads} threads");
    }
    let mut backwards = all(&set);
    backwards.reverse();
    assert!(learnt(&set, &backwards) == Ok(expected));
}

#[test]
fn a_repeated_text_counts_once() {
    let mut set = set();
    let expected = learnt(&set, &all(&set)).expect("enough");
    set.rows.extend_from_within(..500);
    assert!(learnt(&set, &all(&set)) == Ok(expected));
}

#[test]
fn rows_outside_are_not_looked_at() {
    let mut set = set();
    let rows = all(&set);
    let expected = learnt(&set, &rows).expect("enough");
    let row = TrainRow {
        text: "ungesehen ".repeat(3),
        ..TrainRow::default()
    };
    set.rows.extend(std::iter::repeat_n(row, 10));
    assert!(learnt(&set, &rows) == Ok(expected));
}

#[test]
fn too_few_texts_are_told() {
    let set = set();
    let error = learnt(&set, &all(&set)[..20]).expect_err("too few");
    assert!(error.to_string().starts_with("only "), "{error}");
    assert_eq!(
        learnt(&TrainingSet::default(), &[]),
        Err(TooFewTexts {
            n_texts: 0,
            n_words: 0
        })
    );
}
