//! Comment → scores of two labels: what `flag` and a server do for every comment.
//!
//! `score` is extraction and the look-ups in a table of 2^20 buckets (12 MB: it does not fit the caches
//! nearest to the core); `explain` adds the split of both logits by spans. Texts as in `extract.rs`;
//! `all` is the whole of `data/newsroom` with articles and parents. The model is trained on the same
//! comments, which changes scores but not times. One thread. Throughput in comments and bytes.
//!
//! Results with machine and commit: `RESULTS.md`.

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use ombuds::comment::Comment;
use ombuds::model::Model;

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
        // A scorer that has seen other comments scores as a new one does.
        assert_eq!(scorer.score(&comment), model.scorer().score(&comment));
        group.throughput(Throughput::Bytes(text.len() as u64));
        group.bench_function(name, |bencher| {
            bencher.iter(|| scorer.score(black_box(&comment)));
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
            assert!((explanation.logit() - logit).abs() < 1e-6, "{name}");
        }
        group.throughput(Throughput::Bytes(text.len() as u64));
        group.bench_function(name, |bencher| {
            bencher.iter(|| scorer.explain(black_box(&comment)));
            bencher.iter(|| scorer.explain(black_box(&comment)));
        });
    }
}

criterion_group!(benches, score);
criterion_main!(benches);
