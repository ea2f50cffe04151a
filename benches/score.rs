//! Comment → scores of two labels: what `flag` and a server do for every comment.
//!
//! `score` is extraction and the look-ups in a table of 2^20 buckets (12 MB: it does not fit the caches
//! nearest to the core); `explain` adds the split of both logits by spans. Texts as in `extract.rs`;
//! `all` is the whole of `data/newsroom` with articles and parents. `400 bytes` are 1,000 comments of that length, put
//! together from `data/newsroom`, without context: with all labels of the default model, and with one label; then the
//! share that both have of what the machine could do with the same words (`score/limits.rs`). The model is trained on the same
//! comments, which changes scores but not times. One thread. Throughput in comments and bytes.
//!
//! Results with machine and commit: `RESULTS.md`.

#![allow(clippy::print_stderr, reason = "a bench tells what it found")]

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use ombuds::comment::Comment;
use ombuds::model::{Model, Scores};

#[path = "score/limits.rs"]
mod limits;

#[path = "newsroom/texts.rs"]
mod texts;

#[path = "../tests/it/newsroom.rs"]
#[allow(dead_code, reason = "shared with the tests")]
mod newsroom;

const BITS: u32 = 20;

fn score(criterion: &mut Criterion) {
    let model = newsroom::train(&newsroom::SET, BITS);
    let mut scorer = model.scorer();
    let mut group = criterion.benchmark_group("score");
    for (name, text) in texts::texts(&newsroom::SET) {
        let comment = Comment::from_text(&text);
        // A scorer that has seen other comments scores as a new one does; in bits, since off_topic is not a
        // number where there is no context.
        let bits = |scores: Scores| scores.logits.into_iter().map(f64::to_bits);
        assert!(bits(scorer.score(&comment)).eq(bits(model.scorer().score(&comment))));
        group.throughput(Throughput::Bytes(text.len() as u64));
        group.bench_function(name, |bencher| {
            bencher.iter(|| scorer.score(black_box(&comment)));
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
                .map(|row| scorer.score(&set.comment(row)).logits[0])
                .sum::<f64>()
        });
    });
    group.finish();
    explain(criterion, &model);
}

fn explain(criterion: &mut Criterion, model: &Model) {
    let mut scorer = model.scorer();
    let mut group = criterion.benchmark_group("explain");
    for (name, text) in texts::texts(&newsroom::SET) {
        let comment = Comment::from_text(&text);
        let (scores, explanations) = scorer.explain(&comment);
        for (explanation, logit) in explanations.iter().zip(&scores.logits) {
            assert!(
                logit.is_nan() || (explanation.logit() - logit).abs() < 1e-6,
                "{name}"
            );
        }
        group.throughput(Throughput::Bytes(text.len() as u64));
        group.bench_function(name, |bencher| {
            bencher.iter(|| scorer.explain(black_box(&comment)));
        });
    }
}

/// Comments of about 400 bytes: newsroom's, in a fixed shuffled order, one after another and cut.
fn comments_of_400_bytes() -> Vec<String> {
    let rows = &newsroom::SET.rows;
    // A step that shares no factor with their number visits all rows before any again.
    let step = (rows.len() / 3..2 * rows.len()).find(|&step| gcd(step, rows.len()) == 1);
    let step = step.expect("a number beyond the last is prime to it");
    let mut texts = (0..).map(|i| rows[i * step % rows.len()].text.as_str());
    let comment = |_| {
        let mut comment = String::new();
        while comment.len() < 400 {
            comment.extend([texts.next().unwrap_or_default(), " "]);
        }
        comment.truncate(
            (0..=400)
                .rev()
                .find(|&at| comment.is_char_boundary(at))
                .unwrap_or(0),
        );
        comment
    };
    (0..1_000).map(comment).collect()
}

fn gcd(a: usize, b: usize) -> usize {
    if b == 0 { a } else { gcd(b, a % b) }
}

/// The model of one label, and the one that is compiled in.
fn models() -> [(&'static str, Model); 2] {
    let mut set = newsroom::SET.clone();
    set.labels.truncate(1);
    set.rows.iter_mut().for_each(|row| row.shares.truncate(1));
    let one = newsroom::train(&set, 18);
    assert_eq!(one.labels().len(), 1);
    [
        ("one label", one),
        ("all default labels", Model::embedded()),
    ]
}

fn share_of_limit(criterion: &mut Criterion) {
    let texts = comments_of_400_bytes();
    let occurrences = limits::Occurrences::of(&texts);
    let mut group = criterion.benchmark_group("400 bytes");
    group.throughput(Throughput::Elements(texts.len() as u64));
    group.sample_size(20);
    for (name, model) in models() {
        let mut scorer = model.scorer();
        let mut pass = || {
            let logits = texts
                .iter()
                .map(|text| scorer.score(&Comment::from_text(text)).logits[0]);
            black_box(logits.sum::<f64>());
        };
        group.bench_function(name, |bencher| bencher.iter(&mut pass));
        let scoring = limits::seconds_per_comment(texts.len(), &mut pass);
        let limits = match model.labels().len() {
            1 => occurrences.limits::<2>(texts.len()),
            n => {
                assert!((4..8).contains(&n), "an entry of eight numbers");
                occurrences.limits::<8>(texts.len())
            }
        };
        let target = if model.labels().len() == 1 {
            150_000.0
        } else {
            80_000.0
        };
        eprintln!(
            "{name}: {:.0} comments/s (target {target}); {:.0} % of the {:.0} that hashing and memory allow for \
             what is needed, {:.0} % of the {:.0} with all n-grams\n",
            1.0 / scoring,
            100.0 * limits.needed / scoring,
            1.0 / limits.needed,
            100.0 * limits.all_ngrams / scoring,
            1.0 / limits.all_ngrams,
        );
    }
}

criterion_group!(benches, score, share_of_limit);
criterion_main!(benches);
