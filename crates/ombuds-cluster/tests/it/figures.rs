use ombuds::comment::Comment;
use ombuds::metrics::ScoreHistogram;
use ombuds::model::Model;
use serde_json::Value;

use crate::bench::{Cluster, archive, argument, print, rows};

const N_FILES: usize = 4;
const N_ROWS: usize = 400;

fn json(line: &str) -> Value {
    serde_json::from_str(line).unwrap()
}

#[test]
fn one_process_and_a_cluster_measure_and_train_the_same() {
    let folder = archive(N_FILES, N_ROWS);
    let input = argument(folder.path());
    let evaluate = ["evaluate", &input, "--label", "insult=insult", "--json"];
    let alone = print(&[&evaluate[..], &["--parallel", "1"]].concat());
    assert_eq!(
        print(&[&evaluate[..], &["--parallel", "4"]].concat()),
        alone
    );
    let cluster = Cluster::of(2);
    let url = cluster.url();
    let on_cluster = ["--scheduler", &url];
    assert_eq!(print(&[&evaluate[..], &on_cluster].concat()), alone);
    // The counts are those of the library's own scores.
    let model = Model::embedded();
    let mut scorer = model.scorer();
    let mut histogram = ScoreHistogram::new(ScoreHistogram::DEFAULT_BINS);
    for row in rows(0, N_FILES * N_ROWS) {
        let Some(text) = &row.text else { continue };
        let scores = scorer.score(&Comment::from_text(text));
        let insult = scores
            .probabilities()
            .nth(model.label_idx("insult").unwrap())
            .unwrap();
        histogram.update(insult, row.insult as f64, 1.0).unwrap();
    }
    let figures = serde_json::to_value(histogram.finish()).unwrap();
    assert_eq!(json(alone.trim())["figures"], figures);

    let models = tempfile::tempdir().unwrap();
    let train = |name: &str, more: &[&str]| {
        let place = argument(&models.path().join(name));
        let train = [
            "train",
            &input,
            "--label",
            "insult=insult",
            "--bits",
            "14",
            "--tol",
            "1e-6",
        ];
        print(&[&train[..], &["--out", &place], more].concat());
        place
    };
    let weights = |place: &str| std::fs::read(format!("{place}/model.safetensors")).unwrap();
    let here = train("here", &["--parallel", "1"]);
    for more in [&["--parallel", "3"][..], &on_cluster] {
        assert!(weights(&train("there", more)) == weights(&here), "{more:?}");
    }
    let evaluate = [&evaluate[..], &["--model", &here]].concat();
    let here = json(print(&evaluate).trim())["figures"].clone();
    assert!(here["roc_auc"].as_f64().unwrap() > 0.9, "it learns: {here}");
}
