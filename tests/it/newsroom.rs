//! The corpus of `data/newsroom` as a training set, and models of it. The benches use it too.

use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock};

use ombuds::data::{ArticleStore, ColumnOptions, CommentReader, InputOptions, LabelMap, Table};
use ombuds::linear::stored::Room;
use ombuds::model::{Model, Provenance};
use ombuds::text::TextTables;
use ombuds::train::{Alpha, Features, TrainOptions, TrainRow, TrainingSet, fit, groups};

/// Few buckets, so that collisions happen and models are small.
pub(crate) const BITS: u32 = 14;

/// A model of both labels on all rows; trained once.
pub(crate) static MODEL: LazyLock<Model> = LazyLock::new(|| train(&SET, BITS));

/// All labelled comments with their articles and parents.
pub(crate) static SET: LazyLock<TrainingSet> = LazyLock::new(load);

pub(crate) fn options(bits: u32) -> TrainOptions {
    TrainOptions {
        seed: 1,
        alpha: Alpha::Fixed(0.5),
        bits,
        ..TrainOptions::default()
    }
}

pub(crate) fn features(set: &TrainingSet, bits: u32) -> Features {
    features_in(set, bits, &Room::Memory)
}

pub(crate) fn features_in(set: &TrainingSet, bits: u32, room: &Room) -> Features {
    let (tables, vectors) = (TextTables::shipped(), Arc::default());
    Features::extract(set, &tables, &vectors, bits, room, &()).unwrap()
}

pub(crate) fn train(set: &TrainingSet, bits: u32) -> Model {
    train_on(set, &features(set, bits), &options(bits))
}

pub(crate) fn train_on(set: &TrainingSet, features: &Features, options: &TrainOptions) -> Model {
    let rows: Vec<usize> = (0..set.rows.len()).collect();
    fit(
        set,
        features,
        &groups(set).unwrap(),
        &rows,
        None,
        Provenance::default(),
        options,
        &(),
    )
    .expect("both labels have both classes")
}

fn file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("data/newsroom")
        .join(name)
}

fn load() -> TrainingSet {
    let options = InputOptions::default();
    let articles = Arc::new(ArticleStore::load(file("articles.csv"), &options).unwrap());
    let table = Table::open(file("comments.csv"), &options).unwrap();
    let columns = ColumnOptions::default().resolve(table.schema()).unwrap();
    let labels = LabelMap::parse("insult,off_topic", "").unwrap();
    let shares = labels.resolve(table.schema()).unwrap();
    let mut reader = CommentReader::new(columns, Arc::clone(&articles));
    let mut set = TrainingSet {
        labels: labels.labels().map(str::to_owned).collect(),
        articles: articles.iter().map(|article| (**article).clone()).collect(),
        ..TrainingSet::default()
    };
    for row in table {
        let row = row.unwrap().unwrap();
        let comment = reader.read(&row).unwrap();
        let article = comment.article.as_deref();
        set.rows.push(TrainRow {
            source: 0,
            article_idx: set.articles.iter().position(|known| Some(known) == article),
            shares: shares
                .iter()
                .map(|column| column.share(&row).unwrap())
                .collect(),
            text: comment.text,
            author: comment.author,
            parent: comment.parent.map(|parent| parent.to_string()),
            parent_author: comment.parent_author.map(|name| name.to_string()),
            thread: comment.thread.map(|thread| thread.to_string()),
            group: comment.group,
        });
    }
    set
}
