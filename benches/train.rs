//! Labelled comments → model of two labels, all of `data/newsroom`.
//!
//! `features` reads every comment with its article and parent; `fit` is five folds, verdict and final
//! evidence of both labels at a given penalty; `fit with search` chooses the penalty first. 2^20
//! buckets, one thread (rayon's pool is held to one, so that figures do not depend on the machine's
//! cores). Throughput in comments and bytes. Small data: fixed costs of 2^20 weights per fit show; for
//! a large corpus see `peers/`.
//!
//! Results with machine and commit: `RESULTS.md`.

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use ombuds::train::{Alpha, TrainOptions};

#[path = "../tests/it/newsroom.rs"]
#[allow(dead_code, reason = "shared with the tests")]
mod newsroom;

const BITS: u32 = 20;

fn train(criterion: &mut Criterion) {
    let set = &newsroom::SET;
    let one = rayon::ThreadPoolBuilder::new()
        .num_threads(1)
        .build()
        .expect("a thread");
    let n_bytes = set.rows.iter().map(|row| row.text.len() as u64).sum();
    let mut group = criterion.benchmark_group("train");
    group.throughput(Throughput::ElementsAndBytes {
        elements: set.rows.len() as u64,
        bytes: n_bytes,
    });
    group.sample_size(10);
    group.bench_function("features", |bencher| {
        bencher.iter(|| one.install(|| newsroom::features(set, BITS)));
    });
    let features = newsroom::features(set, BITS);
    let fixed = newsroom::options(BITS);
    let search = TrainOptions {
        alpha: Alpha::Auto,
        ..fixed.clone()
    };
    for (name, options) in [("fit", fixed), ("fit with search", search)] {
        let model = one.install(|| newsroom::train_on(set, &features, &options));
        assert!(
            model
                .provenance()
                .labels
                .values()
                .all(|training| training.converged)
        );
        group.bench_function(name, |bencher| {
            bencher.iter(|| one.install(|| newsroom::train_on(set, &features, &options)));
        });
    }
}

criterion_group!(benches, train);
criterion_main!(benches);
