//! Labels, articles and comments kept, and files that are not ours.

mod keys;

use std::num::NonZeroU32;
use std::path::PathBuf;

use serde_json::Value;
use tempfile::TempDir;

use super::*;
use crate::comment::Article;

struct Folder(TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self) -> PathBuf {
        self.0.path().join("labels.db")
    }

    async fn open(&self) -> Store {
        Store::open(self.path()).await.unwrap()
    }
}

fn event(text: &str, scores: &[(&str, f64)]) -> LabelEvent {
    let scores = scores.iter();
    LabelEvent {
        text: text.into(),
        scores: scores
            .map(|(name, score)| ((*name).to_owned(), *score))
            .collect(),
        ..LabelEvent::default()
    }
}

async fn export(store: &Store) -> (Exported, Vec<Value>) {
    let mut jsonl = Vec::new();
    let exported = store.export(&mut jsonl).await.unwrap();
    let lines = std::str::from_utf8(&jsonl).unwrap().lines();
    let rows = lines.map(|line| serde_json::from_str(line).unwrap());
    (exported, rows.collect())
}

fn article(id: &str, url: &str) -> Article {
    Article {
        id: id.into(),
        title: format!("Title of {id}"),
        url: url.into(),
        approved: vec!["A good point".into()],
        commenters: vec!["Anna".into(), "Ben".into()],
        ..Article::default()
    }
}

const ONE: NonZeroU32 = NonZeroU32::MIN;

#[tokio::test]
async fn the_latest_score_of_each_label_is_exported() {
    let folder = Folder::new();
    let store = folder.open().await;
    let first = event("You fool 🤡", &[("TOXICITY", 0.0), ("INSULT@6", 1.0)]);
    let mut models = event("You fool 🤡", &[("TOXICITY", 0.4)]);
    models.origin = Origin::Model;
    store
        .append_labels(vec![first, event("Fine", &[("THREAT", 0.0)])])
        .await
        .unwrap();
    store
        .append_labels(vec![event("You fool 🤡", &[("TOXICITY", 0.75)]), models])
        .await
        .unwrap();
    let (exported, rows) = export(&store).await;
    assert_eq!(exported.n_comments, 2);
    assert_eq!(exported.labels, ["toxicity", "insult", "threat"]);
    let labels = |row: &Value| ["text", "toxicity", "insult", "threat"].map(|key| row[key].clone());
    assert_eq!(
        labels(&rows[0]),
        ["Fine".into(), Value::Null, Value::Null, 0.0.into()]
    );
    assert_eq!(
        labels(&rows[1]),
        ["You fool 🤡".into(), 0.75.into(), 1.0.into(), Value::Null]
    );
    let keys: Vec<_> = rows[0].as_object().unwrap().keys().collect();
    assert!(
        keys.iter().any(|key| *key == "toxicity"),
        "the first row has all keys"
    );
}

#[tokio::test]
async fn articles_and_parents_are_exported_where_they_are_known() {
    let folder = Folder::new();
    let store = folder.open().await;
    store
        .articles()
        .put(&article("a1", "https://www.news.example/tram/"))
        .await
        .unwrap();
    let kept = KeptComment {
        id: "p0".into(),
        text: "The tram is late".into(),
        ..KeptComment::default()
    };
    store.keep_comments(vec![kept]).await.unwrap();
    let mut coral = event("Always", &[("TOXICITY", 0.0)]);
    coral.article = Some(ArticleRef::Url(
        "http://news.example/tram?commentID=c1".into(),
    ));
    coral.parent_id = Some("p0".into());
    coral.comment_id = Some("c1".into());
    let mut inline = event("Never", &[("TOXICITY", 0.0)]);
    inline.article = Some(ArticleRef::Inline(Article {
        body: "A tram runs.".into(),
        ..Article::default()
    }));
    let mut stray = event("Maybe", &[("TOXICITY", 0.0)]);
    stray.article = Some(ArticleRef::Url("https://other.example/x".into()));
    store
        .append_labels(vec![coral.clone(), inline, stray, coral])
        .await
        .unwrap();
    let (exported, rows) = export(&store).await;
    assert_eq!((exported.n_comments, exported.n_articles), (3, 2));
    let of = |row: usize, key: &str| rows[row][key].as_str().unwrap_or("-").to_owned();
    assert_eq!([of(0, "kind"), of(0, "body")], ["article", "A tram runs."]);
    assert_eq!(
        [of(1, "text"), of(1, "article_id")],
        ["Never".into(), of(0, "id")]
    );
    assert_eq!(
        [of(2, "text"), of(2, "article_url")],
        ["Maybe", "https://other.example/x"]
    );
    assert_eq!([of(3, "kind"), of(3, "title")], ["article", "Title of a1"]);
    assert_eq!([of(4, "id"), of(4, "article_id")], ["c1", "a1"]);
    assert_eq!(
        [of(4, "parent_id"), of(4, "parent_text")],
        ["p0", "The tram is late"]
    );
}

#[tokio::test]
async fn names_made_up_do_not_widen_the_export() {
    let folder = Folder::new();
    let store = folder.open().await;
    let many = |call: usize| {
        event(
            &format!("x{call}"),
            &[(&format!("L{call}"), 1.0), ("TOXICITY", 1.0)],
        )
    };
    store
        .append_labels((0..300).map(many).collect())
        .await
        .unwrap();
    let (exported, rows) = export(&store).await;
    assert_eq!(
        (exported.labels.len(), exported.n_labels_left_out),
        (256, 45)
    );
    assert_eq!(exported.labels[0], "toxicity");
    assert_eq!(rows.len(), 300);
}

#[tokio::test]
async fn a_call_with_one_bad_event_keeps_nothing() {
    let folder = Folder::new();
    let store = folder.open().await;
    let call = vec![
        event("good", &[("TOXICITY", 1.0)]),
        event("bad", &[("TOXICITY", 2.0)]),
    ];
    assert!(matches!(
        store.append_labels(call).await,
        Err(Error::Score { .. })
    ));
    let many = (0..=MAX_EVENTS)
        .map(|_| event("x", &[("TOXICITY", 1.0)]))
        .collect();
    assert!(matches!(
        store.append_labels(many).await,
        Err(Error::TooMany { .. })
    ));
    assert_eq!(export(&store).await.0, Exported::default());
}

#[tokio::test]
async fn articles_are_found_by_identifier_and_address() {
    let folder = Folder::new();
    let store = folder.open().await;
    let articles = store.articles();
    let one = article("a1", "https://news.example/s?id=1");
    articles.put(&one).await.unwrap();
    assert_eq!(articles.get("a1").await.unwrap().as_ref(), Some(&one));
    let by_url = async |url: &str| {
        articles
            .get_by_url(url)
            .await
            .unwrap()
            .map(|found| found.id)
    };
    assert_eq!(
        by_url("http://NEWS.example/s?utm=x").await.as_deref(),
        Some("a1")
    );
    articles
        .put(&article("a2", "https://news.example/s?id=2"))
        .await
        .unwrap();
    assert_eq!(
        by_url("https://www.news.example/s?id=2").await.as_deref(),
        Some("a2")
    );
    assert_eq!(
        by_url("https://news.example/s").await,
        None,
        "which of the two?"
    );
    assert_eq!(by_url("no address").await, None);

    assert!(
        !articles
            .add(&Article {
                title: String::new(),
                ..one.clone()
            })
            .await
            .unwrap()
    );
    assert_eq!(
        articles.get("a1").await.unwrap().unwrap().title,
        "Title of a1"
    );
    let moved = article("a1", "https://news.example/moved");
    articles.put(&moved).await.unwrap();
    assert_eq!(
        by_url("https://news.example/moved").await.as_deref(),
        Some("a1")
    );
    assert!(articles.delete("a1").await.unwrap());
    assert!(!articles.delete("a1").await.unwrap());
    assert_eq!(articles.get("a1").await.unwrap(), None);

    let nameless = articles.put(&article("", "")).await;
    assert!(matches!(nameless, Err(Error::Empty { .. })));
    let long = Article {
        body: "x".repeat(MAX_ARTICLE_BYTES),
        ..one
    };
    assert!(matches!(
        articles.put(&long).await,
        Err(Error::TooLong { .. })
    ));
}

#[tokio::test]
async fn comments_are_kept_replaced_and_pruned() {
    let folder = Folder::new();
    let store = folder.open().await;
    let kept = |text: &str| KeptComment {
        id: "c1".into(),
        text: text.into(),
        ..KeptComment::default()
    };
    store
        .keep_comments(vec![kept("first"), kept("edited")])
        .await
        .unwrap();
    assert_eq!(store.comment("c1").await.unwrap(), Some(kept("edited")));
    assert_eq!(
        store.prune_comments(Duration::from_hours(1)).await.unwrap(),
        0
    );
    tokio::time::sleep(Duration::from_millis(5)).await;
    assert_eq!(store.prune_comments(Duration::ZERO).await.unwrap(), 1);
    assert_eq!(store.comment("c1").await.unwrap(), None);
}

#[tokio::test]
async fn a_file_of_others_is_left_alone() {
    let folder = Folder::new();
    let foreign = async || Store::open(folder.path()).await.unwrap_err();
    std::fs::write(folder.path(), "text,label\nno database,1\n".repeat(100)).unwrap();
    assert!(matches!(foreign().await, Error::Foreign { .. }));
    std::fs::remove_file(folder.path()).unwrap();

    let open = async || {
        let options = sqlx::sqlite::SqliteConnectOptions::new().filename(folder.path());
        SqlitePool::connect_with(options.create_if_missing(true))
            .await
            .unwrap()
    };
    let pool = open().await;
    sqlx::query("CREATE TABLE bookmarks (id INTEGER)")
        .execute(&pool)
        .await
        .unwrap();
    pool.close().await;
    assert!(matches!(
        foreign().await,
        Error::Foreign { source: None, .. }
    ));
    std::fs::remove_file(folder.path()).unwrap();

    folder.open().await.close().await;
    let pool = open().await;
    sqlx::query(
        "INSERT INTO _sqlx_migrations VALUES (99, 'later', CURRENT_TIMESTAMP, 1, x'00', 1)",
    )
    .execute(&pool)
    .await
    .unwrap();
    pool.close().await;
    assert!(matches!(foreign().await, Error::TooNew { .. }));

    let nowhere = Store::open(folder.0.path().join("no/labels.db")).await;
    assert!(matches!(nowhere, Err(Error::Open { .. })));
    let missing = Store::open_existing(folder.0.path().join("none.db")).await;
    assert!(matches!(missing, Err(Error::NotFound { .. })));
}

#[tokio::test]
async fn a_closed_store_says_so_and_opens_again() {
    let folder = Folder::new();
    let store = folder.open().await;
    let clone = store.clone();
    let (one, two) = (store.clone(), store.clone());
    let label = |text: &str| vec![event(text, &[("TOXICITY", 1.0)])];
    let written = tokio::join!(one.append_labels(label("1")), two.append_labels(label("2")));
    assert!(written.0.is_ok() && written.1.is_ok());
    store.close().await;
    assert!(matches!(
        clone.append_labels(label("3")).await,
        Err(Error::Closed)
    ));
    assert!(matches!(clone.comment("c").await, Err(Error::Closed)));
    assert!(
        !folder.path().with_extension("db-wal").exists(),
        "closed clean"
    );
    assert_eq!(export(&folder.open().await).await.0.n_comments, 2);
}

#[tokio::test]
async fn a_full_disk_is_an_error_and_not_the_end() {
    let folder = Folder::new();
    file::create_private(&folder.path()).unwrap();
    let (pool, mut connection) = file::open(&folder.path()).await.unwrap();
    let ballast = Article {
        body: "x".repeat(200_000),
        ..article("ballast", "")
    };
    let articles = Articles::new(pool);
    articles.put(&ballast).await.unwrap();
    // To the writer's connection the file is as large as it may become, but for a little.
    let (n_pages,): (i64,) = sqlx::query_as("PRAGMA page_count")
        .fetch_one(&mut connection)
        .await
        .unwrap();
    let limit = format!("PRAGMA max_page_count = {}", n_pages + 10);
    sqlx::query(&limit).execute(&mut connection).await.unwrap();
    let writer = Writer::spawn(connection);
    let write = async |text: &str| {
        let event = event(&text.repeat(10_000), &[("TOXICITY", 1.0)]);
        writer.write(Entries::Labels(vec![event])).await
    };
    let mut n_written = 0;
    let error = loop {
        match write("a").await {
            Ok(()) => n_written += 1,
            Err(error) => break error,
        }
    };
    assert!(matches!(error, Error::Database(_)), "{error}");
    assert!((1..10).contains(&n_written), "{n_written}");
    articles.delete("ballast").await.unwrap();
    write("b").await.unwrap();
    writer.close().await;
    assert_eq!(export(&folder.open().await).await.0.n_comments, 2);
}

#[cfg(unix)]
#[tokio::test]
async fn only_its_owner_can_read_the_file() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = Folder::new();
    let _store = folder.open().await;
    for entry in std::fs::read_dir(folder.0.path()).unwrap() {
        let entry = entry.unwrap();
        let mode = entry.metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o077, 0, "{:?}", entry.file_name());
    }
}
