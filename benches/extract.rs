//! Comment → features: how long reading takes before any weight is looked up.
//!
//! `view` is the text stage (markup, normalisation, tokens, hidden words); `features` adds style and the relation to
//! the article, so all but the sums of n-grams.
//! Texts are comments of `data/newsroom`: the one at 5 %, at 50 % and at 100 % of the order by length;
//! `hostile` is every comment with a hidden word, joined to the longest text that is read; `all` is
//! the whole file with its articles and parents. One thread. Throughput in bytes of the comments; divide
//! the time of `all` by its number of comments for one.
//!
//! Results with machine and commit: `RESULTS.md`.

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use ombuds::comment::Comment;
use ombuds::evidence::CommentFeatures;
use ombuds::model::words::read_vectors;
use ombuds::relation::Space;
use ombuds::text::{TextTables, TextView};

#[path = "newsroom/texts.rs"]
mod texts;

#[path = "../tests/it/newsroom.rs"]
#[allow(dead_code, reason = "shared with the tests")]
mod newsroom;

fn view(criterion: &mut Criterion) {
    let tables = TextTables::shipped();
    let mut group = criterion.benchmark_group("view");
    for (name, text) in texts::texts(&newsroom::SET) {
        let mut view = TextView::default();
        view.parse(&text, &tables);
        assert!(!view.tokens.is_empty() && (name != "hostile" || view.recovered.len() > 100));
        group.throughput(Throughput::Bytes(text.len() as u64));
        group.bench_function(name, |bencher| {
            bencher.iter(|| view.parse(black_box(&text), &tables));
        });
    }
}

fn features(criterion: &mut Criterion) {
    let tables = TextTables::shipped();
    // The articles of `all` are kept once read, as in `flag`.
    let words = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/models/words/words.safetensors"
    );
    let words = read_vectors(words.as_ref()).expect("word vectors");
    let space = Space::new(words.into(), &[], &tables);
    let mut features = CommentFeatures::default();
    let mut group = criterion.benchmark_group("features");
    for (name, text) in texts::texts(&newsroom::SET) {
        let comment = Comment::from_text(&text);
        features.read(&comment, &tables, Some(&space));
        assert!(
            features.text.tokens.len() * 20 > text.len().min(1000),
            "{name}"
        );
        group.throughput(Throughput::Bytes(text.len() as u64));
        group.bench_function(name, |bencher| {
            bencher.iter(|| features.read(black_box(&comment), &tables, Some(&space)));
        });
    }
    let set = &newsroom::SET;
    let n_bytes = set.rows.iter().map(|row| row.text.len() as u64).sum();
    group.throughput(Throughput::ElementsAndBytes {
        elements: set.rows.len() as u64,
        bytes: n_bytes,
    });
    group.sample_size(20);
    group.bench_function("all", |bencher| {
        bencher.iter(|| {
            (0..set.rows.len())
                .for_each(|row| features.read(&set.comment(row), &tables, Some(&space)));
        });
    });
}

criterion_group!(benches, view, features);
criterion_main!(benches);
