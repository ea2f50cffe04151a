//! Aggregate functions whose result is a vector of sums: states add up, in any order and on any machine.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray as _};
use arrow::datatypes::{DataType, Field, FieldRef};
use datafusion::common::{Result, ScalarValue, exec_err};
use datafusion::logical_expr::function::{AccumulatorArgs, StateFieldsArgs};
use datafusion::logical_expr::{
    Accumulator, AggregateUDF, AggregateUDFImpl, Signature, Volatility,
};

use super::cache::ShardCache;

/// Adds rows to a vector of sums, which it makes as long as it needs.
type Add = fn(cache: &ShardCache, values: &[ArrayRef], sums: &mut Vec<f64>) -> Result<()>;

/// A function that sums.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(super) struct SumsFunction {
    name: &'static str,
    signature: Signature,
    add: AddRows,
}

/// A function is its name: there is one of each.
#[derive(Clone, Debug)]
struct AddRows(Add, Arc<ShardCache>);

impl PartialEq for AddRows {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for AddRows {}

impl std::hash::Hash for AddRows {
    fn hash<H: std::hash::Hasher>(&self, _: &mut H) {}
}

/// An aggregate function of `types` by a name that tells its version.
pub(super) fn function(
    name: &'static str,
    types: Vec<DataType>,
    add: Add,
    cache: &Arc<ShardCache>,
) -> AggregateUDF {
    AggregateUDF::new_from_impl(SumsFunction {
        name,
        signature: Signature::exact(types, Volatility::Immutable),
        add: AddRows(add, Arc::clone(cache)),
    })
}

impl AggregateUDFImpl for SumsFunction {
    fn name(&self) -> &str {
        self.name
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(DataType::Binary)
    }

    fn state_fields(&self, args: StateFieldsArgs) -> Result<Vec<FieldRef>> {
        let name = format!("{}[sums]", args.name);
        Ok(vec![Arc::new(Field::new(name, DataType::Binary, true))])
    }

    fn accumulator(&self, _: AccumulatorArgs) -> Result<Box<dyn Accumulator>> {
        Ok(Box::new(Sums {
            add: self.add.clone(),
            sums: Vec::new(),
        }))
    }
}

#[derive(Debug)]
struct Sums {
    add: AddRows,
    sums: Vec<f64>,
}

impl Accumulator for Sums {
    fn update_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        if values[0].is_empty() {
            return Ok(());
        }
        let AddRows(add, cache) = &self.add;
        add(cache, values, &mut self.sums)
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> Result<()> {
        for state in states[0].as_binary::<i32>().iter().flatten() {
            let added = decode(state)?;
            if self.sums.is_empty() {
                self.sums = added;
            } else if added.len() == self.sums.len() {
                self.sums
                    .iter_mut()
                    .zip(added)
                    .for_each(|(sum, added)| *sum += added);
            } else if !added.is_empty() {
                return exec_err!("sums of {} and {} numbers", added.len(), self.sums.len());
            }
        }
        Ok(())
    }

    fn state(&mut self) -> Result<Vec<ScalarValue>> {
        Ok(vec![self.evaluate()?])
    }

    fn evaluate(&mut self) -> Result<ScalarValue> {
        let bytes = self.sums.iter().flat_map(|sum| sum.to_le_bytes());
        Ok(ScalarValue::Binary(Some(bytes.collect())))
    }

    fn size(&self) -> usize {
        size_of_val(self) + self.sums.capacity() * size_of::<f64>()
    }
}

/// The numbers of a state or result.
///
/// # Errors
/// Bytes that are no whole numbers of doubles.
pub(super) fn decode(bytes: &[u8]) -> Result<Vec<f64>> {
    let (numbers, rest) = bytes.as_chunks::<8>();
    if !rest.is_empty() {
        return exec_err!("damaged sums: {} bytes", bytes.len());
    }
    Ok(numbers.iter().map(|it| f64::from_le_bytes(*it)).collect())
}
