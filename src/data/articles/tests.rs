use super::*;

fn load(file: &str, bytes: &'static str) -> Result<ArticleStore, Error> {
    let options = InputOptions::default();
    ArticleStore::from_table(Table::from_reader(
        file,
        Box::new(bytes.as_bytes()),
        &options,
    )?)
}

#[test]
fn usual_names_make_an_article() {
    let csv = "ID,Headline,Summary,Content\n7,Brücke zu,Ab Montag,Die Brücke …\n";
    let jsonl =
        r#"{"article_id": 7, "title": "Brücke zu", "lead": "Ab Montag", "body": "Die Brücke …"}"#;
    for store in [load("a.csv", csv).unwrap(), load("a.jsonl", jsonl).unwrap()] {
        let article = store.get("7 ").unwrap();
        assert_eq!(article.title, "Brücke zu");
        assert_eq!(article.lead, "Ab Montag");
        assert_eq!(article.body, "Die Brücke …");
        assert_eq!(article.section, "");
    }
}

#[test]
fn commenters_are_a_list_of_names_and_who_is_approved() {
    let csv = "id,title,commenters\n1,a,\"Anna\nBen \n\"\n2,b,\"[\"\"Cleo\"\", \"\"\"\"]\"\n3,c,\n";
    let mut store = load("a.csv", csv).unwrap();
    let names = |store: &ArticleStore, id: &str| store.get(id).unwrap().commenters.join("/");
    assert_eq!(
        ["1", "2", "3"].map(|id| names(&store, id)),
        ["Anna/Ben", "Cleo", ""]
    );
    let approved = [
        ("1", Some("Ben")),
        ("1", Some("Dora")),
        ("1", None),
        ("9", Some("Emil")),
    ];
    store.approve(approved.map(|(article_id, author)| ApprovedComment {
        article_id: article_id.to_owned(),
        text: "So it is".to_owned(),
        author: author.map(str::to_owned),
    }));
    assert_eq!(names(&store, "1"), "Anna/Ben/Dora");
    assert_eq!(store.get("1").unwrap().approved.len(), 3);
    let other = store.discussed(Article {
        id: "9".to_owned(),
        ..Article::default()
    });
    assert_eq!(
        (other.commenters, other.approved.len()),
        (vec!["Emil".to_owned()], 1)
    );
}

#[test]
fn an_address_finds_its_article() {
    let csv = "id,headline,Permalink,pub_date\n7,Tram,https://www.x.example/a?b=1,3. Mai\n\
               ,Bus,x.example/c/,\n,Boat,,\n";
    let store = load("a.csv", csv).unwrap();
    let article = store.by_url("http://x.example/a#c").unwrap();
    assert_eq!((&*article.id, &*article.published), ("7", "3. Mai"));
    assert_eq!(article.url, "https://www.x.example/a?b=1");
    let without_id = store.by_url("https://x.example/c").unwrap();
    assert_eq!(
        (&*without_id.id, &*without_id.title),
        ("x.example/c/", "Bus")
    );
    assert!(store.by_url("https://x.example/d").is_none());
    assert_eq!(
        store.notices(),
        ["a.csv: articles without an id, left out: 1"]
    );
    let store = load("a.csv", "link,title\nx.example/a,Tram\n").unwrap();
    assert_eq!(store.by_url("x.example/a").unwrap().title, "Tram");
}

#[test]
fn repeats_gaps_and_bad_rows_are_told() {
    let store = load("a.csv", "id,title\n1,a\n1,a\n1,b\n,c\n2\n3,d\n").unwrap();
    assert_eq!(
        store
            .iter()
            .map(|article| article.id.as_str())
            .collect::<Vec<_>>(),
        ["1", "3"]
    );
    assert_eq!(store.get("1").unwrap().title, "a");
    assert_eq!(store.bad_rows().len(), 1);
    assert_eq!(
        store.notices(),
        [
            "a.csv: articles without an id, left out: 1",
            "a.csv: articles with the id of another, left out: 1"
        ]
    );
}

#[test]
fn only_the_id_is_required() {
    assert_eq!(load("a.csv", "id\n1\n").unwrap().len(), 1);
    let error = load("a.csv", "title\nx\n").unwrap_err().to_string();
    assert!(error.contains("rename it to article_id"), "{error}");
}

#[test]
fn a_comment_is_no_article_whatever_its_kind() {
    let rows = |text: &str| {
        let jsonl = format!(
            "{{\"kind\": \"article\", \"id\": \"1\", \"{text}\": \"x\"}}\n\
             {{\"kind\": \"comment\", \"id\": \"2\", \"{text}\": \"y\"}}\n"
        );
        let options = InputOptions::default();
        let bytes = std::io::Cursor::new(jsonl.into_bytes());
        let table = Table::from_reader("a.jsonl", Box::new(bytes), &options).unwrap();
        table.count()
    };
    for text in ["text", "comment_text", "comment", "message"] {
        assert_eq!(rows(text), 2, "{text}");
    }
    assert_eq!(rows("body"), 1, "the text of an article is context");
}
