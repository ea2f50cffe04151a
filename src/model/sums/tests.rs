use super::*;
use crate::model::Precision;
use crate::text::TextTables;
use proptest::prelude::*;

const BITS: u32 = 6;

fn table(n_labels: usize) -> WeightTable {
    let idf_squared = |column: u32| {
        if column.is_multiple_of(7) {
            0.0
        } else {
            1.0 + column as f32
        }
    };
    let weight =
        |label_idx: usize, column: u32| (f64::from(column) * 0.7 + label_idx as f64).sin() as f32;
    WeightTable::new(BITS, n_labels, Precision::Short, idf_squared, weight)
}

fn view(raw: &str) -> TextView {
    let mut view = TextView::default();
    view.parse(raw, &TextTables::shipped());
    view
}

/// The logits by their definition, sentence by sentence and of the whole.
struct Definition<'a> {
    table: &'a WeightTable,
    label_idx: usize,
    sentence: [(f64, f64); 2],
    whole: [(f64, f64); 2],
    ngrams: Vec<u32>,
    words: Vec<String>,
    sentences: Vec<f64>,
}

fn logit(blocks: [(f64, f64); 2]) -> f64 {
    let of_block = |(squares, sum)| sum * inverse_norm(squares);
    blocks.map(of_block).iter().sum()
}

impl Definition<'_> {
    fn add(&mut self, block: usize, columns: &[u32], is_new: bool) {
        for &column in columns {
            let (square, weight) = (
                self.table.idf_squared(column),
                self.table.weight(self.label_idx, column),
            );
            let into = |sums: &mut (f64, f64)| *sums = (sums.0 + square, sums.1 + weight);
            into(&mut self.sentence[block]);
            if is_new {
                into(&mut self.whole[block]);
            }
        }
    }
}

impl Sink for Definition<'_> {
    fn ngram(&mut self, ngram: WordNgram) {
        let column = bucket(ngram.hash, BITS);
        let is_new = !self.ngrams.contains(&column);
        self.ngrams.push(column);
        self.add(0, &[column], is_new);
    }
    fn word(&mut self, word: Word<'_>) {
        let is_new = self.words.iter().all(|known| known != word.text());
        self.words.push(word.text().to_owned());
        let mut columns = Vec::new();
        char_ngrams(word.text(), |hash| columns.push(bucket(hash, BITS)));
        self.add(1, &columns, is_new);
    }
    fn end_sentence(&mut self) {
        self.sentences
            .push(logit(std::mem::take(&mut self.sentence)));
    }
}

proptest! {
    #[test]
    fn sums_are_those_of_the_definition(
        raws in prop::collection::vec("([a-c]{1,4}[.!]? |1d10t |antidisestablishmentarianism |fü ){0,14}|\\PC{0,60}", 1..4),
        n_labels in prop::sample::select(vec![1_usize, 2, 3, 7, 8, 15, 31, 40, 63]),
    ) {
        let table = table(n_labels);
        let mut sums = TextSums::new(&table);
        for raw in &raws {
            let view = view(raw);
            sums.read(&view, &table);
            for label_idx in [0, n_labels - 1] {
                let mut expected = Definition {
                    table: &table, label_idx, sentence: Default::default(), whole: Default::default(),
                    ngrams: Vec::new(), words: Vec::new(), sentences: Vec::new(),
                };
                extract(&view, &mut expected);
                let strongest = expected.sentences.iter().copied().reduce(f64::max).unwrap_or(0.0);
                prop_assert!((sums.whole[label_idx] - logit(expected.whole)).abs() < 1e-9);
                prop_assert!((sums.strongest[label_idx] - strongest).abs() < 1e-9);
            }
        }
    }

    /// What was read before changes no bit.
    #[test]
    fn a_text_has_one_sum(raws in prop::collection::vec("([a-f]{1,3} ){0,30}", 1..6)) {
        let table = table(7);
        let mut used = TextSums::new(&table);
        for raw in &raws {
            let view = view(raw);
            used.read(&view, &table);
            let mut fresh = TextSums::new(&table);
            fresh.read(&view, &table);
            prop_assert_eq!((&used.whole, &used.strongest), (&fresh.whole, &fresh.strongest));
        }
    }
}

#[test]
fn the_longest_text_overflows_nothing() {
    let table = WeightTable::new(1, 1, Precision::Short, |_| 9.0, |_, _| -2.0);
    let mut sums = TextSums::new(&table);
    for raw in [
        "x".repeat(70_000),
        "ab ".repeat(30_000),
        format!("{} ", "xy".repeat(40)).repeat(900),
    ] {
        sums.read(&view(&raw), &table);
        // Every n-gram is -2/3 of its own norm, so a block of n is -2/3 sqrt(n).
        assert!(sums.whole[0] < 0.0 && sums.strongest[0] < 0.0);
    }
}
