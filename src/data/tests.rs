//! Files end to end: bytes in, rows out, bytes back.

use std::fmt::Write as _;
use std::io::Write;
use std::sync::{Arc, Mutex};

use proptest::prelude::*;
use serde_json::Value;

use super::*;

/// A writer whose bytes can be read afterwards.
#[derive(Clone, Default)]
struct Memory(Arc<Mutex<Vec<u8>>>);

impl Write for Memory {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Memory {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

fn table(file: &str, bytes: impl AsRef<[u8]>) -> Table {
    let source = Box::new(std::io::Cursor::new(bytes.as_ref().to_vec()));
    let options = InputOptions {
        max_record_bytes: 1 << 20,
        ..InputOptions::default()
    };
    Table::from_reader(file, source, &options).unwrap()
}

fn cells(row: &Row) -> Vec<String> {
    let columns = row.schema().columns().iter();
    let columns = columns.map(|name| row.schema().column(name).unwrap());
    columns
        .map(|column| row.get(&column).unwrap_or("-".into()).into_owned())
        .collect()
}

/// Rows as their cells joined by a bar, bad rows as their messages.
fn read(file: &str, bytes: impl AsRef<[u8]>) -> Vec<String> {
    let rows = table(file, bytes).map(Result::unwrap);
    rows.map(|row| row.map_or_else(|error| error.to_string(), |row| cells(&row).join("|")))
        .collect()
}

/// Writes all rows of a file with one added column, `score`.
fn flag(file: &str, bytes: impl AsRef<[u8]>, output: &str, options: OutputOptions) -> String {
    let table = table(file, bytes);
    let memory = Memory::default();
    let sink = Sink::from_writer(output, Box::new(memory.clone())).unwrap();
    let mut writer = RowWriter::new(sink, table.schema(), &["score"], options).unwrap();
    for row in table {
        match row.unwrap() {
            Ok(row) => writer.write_row(&row, &[Value::from(0.5)]).unwrap(),
            Err(error) => writer.write_error(&error).unwrap(),
        }
    }
    writer.finish().unwrap();
    memory.text()
}

fn utf16le(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn the_same_rows_from_any_encoding_delimiter_and_compression() {
    let text = "id;text\r\n1;Grüße\r\n\r\n2;\"a;\"\"b\"\"\"\r\n";
    let western = encoding_rs::WINDOWS_1252.encode(text).0.into_owned();
    let zstd = zstd::encode_all(text.as_bytes(), 3).unwrap();
    for (file, bytes) in [
        ("a.csv", text.as_bytes().to_vec()),
        ("a.csv", format!("\u{feff}{text}").into_bytes()),
        ("a.csv", utf16le(text)),
        ("a.csv", utf16le(&format!("\u{feff}{text}"))),
        ("a.csv", western),
        ("a.csv.gz", gzip(text.as_bytes())),
        ("a.csv.zst", zstd.clone()),
        ("compressed.csv", [gzip(&text.as_bytes()[..20]), gzip(&text.as_bytes()[20..])].concat()),
        ("standard input", zstd),
        ("a.csv", text.replace(';', ",").replace("a,", "a;").into_bytes()),
        ("a.tsv", text.replace(';', "\t").replace("a\t", "a;").into_bytes()),
        ("a.csv", text.replace("\r\n", "\r").into_bytes()),
        ("a.jsonl", b"{\"id\": 1, \"text\": \"Gr\\u00fc\xc3\x9fe\"}\n\n{\"id\": 2, \"text\": \"a;\\\"b\\\"\"}".to_vec()),
    ] {
        let shown = String::from_utf8_lossy(&bytes).into_owned();
        assert_eq!(read(file, &bytes), ["1|Grüße", "2|a;\"b\""], "{file}: {shown}");
    }
}

#[test]
fn what_was_guessed_is_told() {
    for (file, bytes, expected) in [
        ("a.csv", &b"id,text\n1,a\n"[..], ""),
        (
            "a.csv",
            b"text\nGr\xfc\xdfe\n",
            "a.csv: read as windows-1252; if letters look wrong, name it with --encoding",
        ),
        (
            "data",
            b"{\"a\": 1}",
            "data: read as jsonl; if that is wrong, name its layout with --format",
        ),
        (
            "a.csv",
            b"a,b,a\n1,2,3\n",
            "a.csv: column `a` stands there twice; the first is used",
        ),
    ] {
        assert_eq!(table(file, bytes).notices().join("\n"), expected);
    }
}

#[test]
fn a_bad_row_costs_one_row_and_says_where() {
    let long = format!("id,text\n1,{}\n2,b\n", "x".repeat(20 << 20));
    for (file, bytes, expected) in [
        ("a.csv", &b"id,text\n1,a\n2,sch\xc3\xb6n\n3,b\xffd\n4,d\n"[..],
            ["1|a", "2|schön", "a.csv: row 3 (line 4): byte 24 of the file is not valid text in its encoding; convert the file, or name its encoding, as in --encoding windows-1252", "4|d"].as_slice()),
        ("a.csv", b"id,text\n1,\"a\n2,b\n3,c\n",
            &["a.csv: row 1 (line 2): quote opened on line 2 is never closed; close it, or double a quote that belongs to the text", "2|b", "3|c"]),
        ("a.csv", b"id,text\n\n1,a,b\n2,b\n3\n",
            &["a.csv: row 1 (line 3): expected 2 fields, got 3; quote cells that contain the delimiter or a line break", "2|b", "a.csv: row 3 (line 5): expected 2 fields, got 1; quote cells that contain the delimiter or a line break"]),
        ("a.csv", long.as_bytes(),
            &["a.csv: row 1 (line 2): row over 1 MiB (it has 20971522 bytes); look for a missing line break, or raise --max-row-bytes", "2|b"]),
        ("a.jsonl", b"{\"t\": \"a\"}\n{\"t\": \"\\ud800\"}\n[1]\n{\"t\": 1 2}\n{\"u\": 0}\n",
            &["a|-", "a.jsonl: row 2 (line 2): `t` has half of a surrogate pair, which is no character; write the character itself, or both of its escapes", "a.jsonl: row 3 (line 3): not a JSON object; write one JSON object a line, such as {\"text\": \"…\"}", "a.jsonl: row 4 (line 4): not valid JSON at column 9: expected `,` or `}`; write one JSON object a line", "-|0"]),
    ] {
        assert_eq!(read(file, bytes), expected);
    }
    let torn = b"a,b\n\xc3,\xa4\nsch\xc3\xb6n,\"\xc3\"\nnothing else is wrong,here\n";
    assert!(read("a.csv", torn)[0].contains("byte 4 of"));
    assert!(read("a.csv", torn)[1].contains("byte 16 of"));
    let stray = format!("id,text\n1,a\0b\n2,{}\n", "x".repeat(3000));
    assert!(read("a.csv", stray)[0].contains("byte 11 of the file is NUL"));
}

#[test]
fn a_header_alone_is_a_table_without_rows() {
    assert_eq!(table("a.csv", "id,text").columns(), ["id", "text"]);
    assert_eq!(read("a.csv", "id,text\n"), [""; 0]);
    let source = Box::new(&b"id,\"text\n"[..]);
    let error = Table::from_reader("a.csv", source, &InputOptions::default()).unwrap_err();
    assert!(
        error
            .to_string()
            .starts_with("a.csv: header: quote opened on line 1"),
        "{error}"
    );
}

#[test]
fn a_broken_archive_is_an_error_after_the_rows_before_it() {
    let mut text = "id,text\n".to_owned();
    for n in 0..1_000_000_u64 {
        writeln!(text, "{n},{}", n * n % 977).unwrap();
    }
    let packed = gzip(text.as_bytes());
    let mut table = table("a.csv.gz", &packed[..packed.len() / 2]);
    let n_rows = table.by_ref().take_while(Result::is_ok).count();
    assert!(n_rows > 10_000, "{n_rows}");
}

#[test]
fn csv_output_keeps_the_input_and_adds_columns() {
    let input = "#id; text ;n\n1;\"a;\"\"b\"\"\";=1\n2;c\n3;d;e;f\n4;\"x\n5;-2;+49 30\n";
    let expected = "#id; text ;n;score;error\n1;\"a;\"\"b\"\"\";'=1;0.5;\n\
        2;c;;;\"expected 3 fields, got 2; quote cells that contain the delimiter or a line break\"\n\
        3;d;\"e;f\";;\"expected 3 fields, got 4; quote cells that contain the delimiter or a line break\"\n\
        4;x;;;\"quote opened on line 5 is never closed; close it, or double a quote that belongs to the text\"\n\
        5;-2;'+49 30;0.5;\n";
    assert_eq!(
        flag("a.csv", input, "-", OutputOptions::default()),
        expected
    );
    let keep = OutputOptions {
        formulas: Formulas::Keep,
        format: None,
    };
    assert_eq!(
        flag("a.csv", "id,t\n1,=1\n", "-", keep),
        "id,t,score,error\n1,=1,0.5,\n"
    );
    let marked = flag(
        "a.csv",
        "\u{feff}id,t\n1,ü\n",
        "-",
        OutputOptions::default(),
    );
    assert_eq!(marked, "\u{feff}id,t,score,error\n1,ü,0.5,\n");
}

#[test]
fn jsonl_output_keeps_values_as_they_are() {
    let input =
        "{\"id\":1.50,\"x\":{\"y\":[1,  2]},\"k\":1}\n{\"id\":\"\\ud800\"}\n{\"n\":null}\nno\n";
    let expected = "{\"id\": 1.50, \"x\": {\"y\":[1,  2]}, \"k\": 1, \"score\": 0.5, \"error\": null}\n\
        {\"id\": \"{\\\"id\\\":\\\"\\\\ud800\\\"}\", \"score\": null, \"error\": \"`id` has half of a surrogate pair, which is no character; write the character itself, or both of its escapes\"}\n\
        {\"n\": null, \"score\": 0.5, \"error\": null}\n\
        {\"id\": \"no\", \"score\": null, \"error\": \"not valid JSON at column 2: expected ident; write one JSON object a line\"}\n";
    assert_eq!(
        flag("a.jsonl", input, "-", OutputOptions::default()),
        expected
    );
}

#[test]
fn the_output_name_tells_the_layout() {
    let options = OutputOptions::default();
    assert_eq!(
        flag("a.csv", "id;t\n1;=a\n", "o.jsonl", options),
        "{\"id\": \"1\", \"t\": \"=a\", \"score\": 0.5, \"error\": null}\n"
    );
    assert_eq!(
        flag("a.csv", "id;t\n1;a\n", "o.tsv", options),
        "id\tt\tscore\terror\n1\ta\t0.5\t\n"
    );
    assert_eq!(
        flag("a.jsonl", "{\"a\": [1, 2]}\n", "o.csv", options),
        "a,score,error\n\"[1, 2]\",0.5,\n"
    );
}

#[test]
fn flagging_again_overwrites_in_place() {
    for (file, input) in [
        ("a.csv", "id,score,text\n1,9,=a\n2,b\n"),
        ("a.jsonl", "{\"score\": 9, \"text\": \"=a\"}\nx\n"),
    ] {
        let once = flag(file, input, "-", OutputOptions::default());
        let twice = flag(file, &once, "-", OutputOptions::default());
        let lines: Vec<_> = once.lines().zip(twice.lines()).collect();
        assert_eq!(lines[0].0, lines[0].1);
        assert_eq!(lines.len(), once.lines().count());
        assert_eq!(read(file, &twice).len(), 2);
    }
}

#[test]
fn a_row_can_be_declared_bad_by_its_user() {
    let mut table = table("a.csv", "text,insult\n\"a,b\",3\n");
    let labels = LabelMap::parse("insult", "")
        .unwrap()
        .resolve(table.schema())
        .unwrap();
    let row = table.next().unwrap().unwrap().unwrap();
    let error = row.error(labels[0].share(&row).unwrap_err());
    assert_eq!(
        error.to_string(),
        "a.csv: row 1 (line 2): label `insult`: `3` is not 0/1, true/false or a share between \
         0 and 1; map another column with --label-map insult=COLUMN"
    );
    assert_eq!(error.raw(), b"\"a,b\",3");
    assert_eq!(cells(&error.recover()), ["a,b", "3"]);
}

#[test]
fn batches_hold_all_rows_and_cross_threads() {
    fn is_send<T: Send>(_: &T) {}
    let mut table = table("a.csv", "t\n1\n2\n3\n4\n5\n");
    is_send(&table);
    let mut sizes = Vec::new();
    loop {
        let batch = table.read_batch(2).unwrap();
        is_send(&batch);
        if batch.is_empty() {
            break;
        }
        sizes.push(batch.len());
    }
    assert_eq!(sizes, [2, 2, 1]);
}

/// Texts of what breaks files: quotes, delimiters, line ends, formula characters.
fn cell() -> impl Strategy<Value = String> {
    proptest::string::string_regex("[\"',;\t\r\n=@+\\-0a ü\u{feff}\\\\#]{0,8}").unwrap()
}

proptest! {
    #[test]
    fn what_is_written_is_read(
        rows in proptest::collection::vec((cell(), cell()), 1..20),
        format in prop_oneof![Just(Format::Csv), Just(Format::Tsv), Just(Format::Jsonl)],
    ) {
        let mut jsonl = String::new();
        for (a, b) in &rows {
            writeln!(jsonl, "{}", serde_json::json!({"a": a, "b": b})).unwrap();
        }
        let options = OutputOptions { format: Some(format), formulas: Formulas::Guard };
        let written = flag("a.jsonl", &jsonl, "-", options);
        let read: Vec<_> = table(&format!("b.{format}"), &written)
            .map(|row| cells(&row.unwrap().unwrap()))
            .map(|cells| (cells[0].clone(), cells[1].clone()))
            .collect();
        prop_assert_eq!(read, rows);
    }

    #[test]
    fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        for file in ["a.csv", "a.jsonl", "a"] {
            let source = Box::new(std::io::Cursor::new(bytes.clone()));
            if let Ok(table) = Table::from_reader(file, source, &InputOptions::default()) {
                for row in table {
                    row.unwrap().map_or_else(|error| cells(&error.recover()), |row| cells(&row));
                }
            }
        }
    }
}
