//! `comment_features(text, author, group, bits, n_folds, seed)`: what training sees of a comment, computed once.

use std::sync::{Arc, Mutex, PoisonError};

use arrow::array::{
    ArrayRef, AsArray as _, BinaryBuilder, Int64Builder, StructArray, UInt8Builder,
};
use arrow::buffer::NullBuffer;
use arrow::datatypes::{DataType, Field, Fields, Int64Type};
use datafusion::common::{DataFusionError, Result, exec_err};
use datafusion::logical_expr::{
    ColumnarValue, ScalarFunctionArgs, ScalarUDFImpl, Signature, Volatility,
};
use ombuds::comment::Comment;
use ombuds::evidence::CommentFeatures;
use ombuds::text::TextTables;

use super::row::Encoder;
use crate::kernel::TextColumn;

/// Part of the name: features are those of one version of the program.
pub(super) const FEATURES: &str = concat!("comment_features_v", env!("CARGO_PKG_VERSION"));

/// Rows of this column have all of these, or none where there is no text.
fn fields() -> Fields {
    Fields::from(vec![
        Field::new("text", DataType::Binary, true),
        Field::new("sentences", DataType::Binary, true),
        Field::new("name", DataType::Binary, true),
        Field::new("named", DataType::Binary, true),
        Field::new("fold", DataType::UInt8, true),
        Field::new("key", DataType::Int64, true),
    ])
}

/// The function; all of its kind are equal.
#[derive(Debug)]
pub(super) struct FeaturesFunction {
    signature: Signature,
    tables: Arc<TextTables>,
    /// Scratch that no thread uses at the moment.
    idle: Mutex<Vec<Scratch>>,
}

/// What one thread reads comments with.
type Scratch = (CommentFeatures, Encoder);

impl FeaturesFunction {
    pub(super) fn new() -> Self {
        let text = DataType::Utf8;
        let number = DataType::Int64;
        let types = vec![
            text.clone(),
            text.clone(),
            text,
            number.clone(),
            number.clone(),
            number,
        ];
        Self {
            signature: Signature::exact(types, Volatility::Immutable),
            tables: Arc::new(TextTables::shipped()),
            idle: Mutex::default(),
        }
    }

    fn borrow(&self, bits: u32) -> Scratch {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        match idle.iter().position(|(_, encoder)| encoder.bits() == bits) {
            Some(at) => idle.swap_remove(at),
            None => (CommentFeatures::default(), Encoder::new(bits)),
        }
    }

    fn extract(&self, arrays: &[ArrayRef]) -> Result<StructArray> {
        let text_of = |idx: usize, what| {
            TextColumn::of(&arrays[idx], what)
                .map_err(|error| DataFusionError::Plan(format!("comment_features: {error}")))
        };
        let (text, author) = (text_of(0, "the text")?, text_of(1, "the author")?);
        let group = text_of(2, "the group")?;
        let n_rows = text.len();
        let settings = [3, 4, 5].map(|idx| arrays[idx].as_primitive::<Int64Type>());
        if n_rows == 0 {
            return Ok(StructArray::new_null(fields(), 0));
        }
        let [bits, n_folds, seed] = settings.map(|setting| setting.value(0));
        if !(8..=24).contains(&bits) || !(2..=64).contains(&n_folds) {
            return exec_err!("comment_features: {bits} bits or {n_folds} folds");
        }
        let (mut features, mut encoder) = self.borrow(bits as u32);
        let mut columns = Columns::default();
        for row in 0..n_rows {
            let Some(raw) = text.get(row) else {
                columns.push_null();
                continue;
            };
            let comment = Comment {
                author: author.trimmed(row),
                ..Comment::from_text(raw)
            };
            features.read(&comment, &self.tables, None);
            let key = hash(group.trimmed(row).unwrap_or(raw), seed as u64);
            columns.push(&features, &mut encoder, key, n_folds as u64);
        }
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        idle.push((features, encoder));
        Ok(columns.finish())
    }
}

impl PartialEq for FeaturesFunction {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for FeaturesFunction {}

impl std::hash::Hash for FeaturesFunction {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        FEATURES.hash(state);
    }
}

impl ScalarUDFImpl for FeaturesFunction {
    fn name(&self) -> &str {
        FEATURES
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(DataType::Struct(fields()))
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let n_rows = args.number_rows;
        let arrays: Vec<ArrayRef> = (args.args.into_iter())
            .map(|arg| arg.into_array(n_rows))
            .collect::<Result<_>>()?;
        Ok(ColumnarValue::Array(Arc::new(self.extract(&arrays)?)))
    }
}

#[derive(Default)]
struct Columns {
    text: BinaryBuilder,
    sentences: BinaryBuilder,
    name: BinaryBuilder,
    named: BinaryBuilder,
    fold: UInt8Builder,
    key: Int64Builder,
    is_valid: Vec<bool>,
}

impl Columns {
    fn push(&mut self, features: &CommentFeatures, encoder: &mut Encoder, key: u64, n_folds: u64) {
        let (text, sentences) = encoder.encode(&features.text);
        self.text.append_value(text);
        self.sentences.append_value(sentences);
        self.name.append_value(encoder.encode(&features.name).0);
        let numbers = features
            .named
            .iter()
            .flat_map(|number| number.to_le_bytes());
        self.named.append_value(numbers.collect::<Vec<u8>>());
        // High bits choose the fold, low bits the sample.
        self.fold.append_value(((key >> 32) % n_folds) as u8);
        self.key.append_value(i64::from(key as u32));
        self.is_valid.push(true);
    }

    fn push_null(&mut self) {
        self.text.append_null();
        self.sentences.append_null();
        self.name.append_null();
        self.named.append_null();
        self.fold.append_null();
        self.key.append_null();
        self.is_valid.push(false);
    }

    fn finish(mut self) -> StructArray {
        let arrays: Vec<ArrayRef> = vec![
            Arc::new(self.text.finish()),
            Arc::new(self.sentences.finish()),
            Arc::new(self.name.finish()),
            Arc::new(self.named.finish()),
            Arc::new(self.fold.finish()),
            Arc::new(self.key.finish()),
        ];
        StructArray::new(fields(), arrays, Some(NullBuffer::from(self.is_valid)))
    }
}

/// Where a group goes: FNV-1a, then the finisher of splitmix64 (Steele, Lea and Flood 2014), so that folds are even.
fn hash(group: &str, seed: u64) -> u64 {
    let bytes = group.trim().bytes();
    let mixed = bytes.fold(0xcbf2_9ce4_8422_2325 ^ seed, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    let mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

/// The features of some rows outside of a query, for tests.
#[cfg(test)]
pub(super) fn extract(texts: &[&str], groups: &[&str], bits: i64, n_folds: i64) -> StructArray {
    use arrow::array::{Int64Array, StringArray};
    let n = texts.len();
    let number = |value: i64| Arc::new(Int64Array::from(vec![value; n])) as ArrayRef;
    let arrays = [
        Arc::new(StringArray::from(texts.to_vec())) as ArrayRef,
        Arc::new(StringArray::from(vec![None::<&str>; n])),
        Arc::new(StringArray::from(groups.to_vec())),
        number(bits),
        number(n_folds),
        number(0),
    ];
    FeaturesFunction::new().extract(&arrays).unwrap()
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow::array::Array;
    use arrow::datatypes::UInt8Type;

    #[test]
    fn groups_stay_together_and_folds_are_even() {
        let texts: Vec<String> = (0..3000).map(|i| format!("comment {i}")).collect();
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        let groups: Vec<String> = (0..3000).map(|i| format!("article {}", i / 3)).collect();
        let groups: Vec<&str> = groups.iter().map(String::as_str).collect();
        let batch = extract(&texts, &groups, 12, 3);
        let folds = batch.column_by_name("fold").unwrap();
        let folds = folds.as_primitive::<UInt8Type>().values();
        assert!(
            folds
                .chunks(3)
                .all(|chunk| chunk.iter().all(|fold| *fold == chunk[0]))
        );
        for fold in 0..3 {
            let n: u32 = folds.iter().map(|it| u32::from(*it == fold)).sum();
            assert!((850..1150).contains(&n), "{n}");
        }
        assert_eq!(batch.null_count(), 0);
    }
}
