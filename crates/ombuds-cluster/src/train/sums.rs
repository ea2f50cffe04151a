//! Aggregate functions whose result is a vector of sums: states add up, in any order and on any machine.
//!
//! Sums are whole numbers of a small unit, so they are the same to the bit however rows are spread over partitions and
//! whichever state comes first, and so is the model that is fitted to them. Floating-point sums differ in their last
//! digits, which a fit to a tolerance makes into other weights.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray as _};
use arrow::datatypes::{DataType, Field, FieldRef};
use datafusion::common::{Result, ScalarValue, exec_err};
use datafusion::logical_expr::function::{AccumulatorArgs, StateFieldsArgs};
use datafusion::logical_expr::{
    Accumulator, AggregateUDF, AggregateUDFImpl, Signature, Volatility,
};

use super::cache::ShardCache;

/// Units of one. Rounding a term costs 2^-29 at most; there is room for 2^35 rows that add one each, as gradients and
/// counts do at most. A sum of losses beyond that stays at the most, which tells of a step not to be taken.
const UNITS: f64 = (1_u64 << 28) as f64;

/// A term in units.
///
/// # Errors
/// No finite number.
pub(super) fn to_units(term: f64) -> Result<i64> {
    if !term.is_finite() {
        return exec_err!("a term of a sum is {term}");
    }
    Ok((term * UNITS).round() as i64)
}

/// Adds rows to a vector of sums in units, which it makes as long as it needs.
type Add = fn(cache: &ShardCache, values: &[ArrayRef], sums: &mut Vec<i64>) -> Result<()>;

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
    sums: Vec<i64>,
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
            let added = units(state)?;
            if self.sums.is_empty() {
                self.sums = added.collect();
            } else if added.len() == self.sums.len() {
                let sums = self.sums.iter_mut().zip(added);
                sums.for_each(|(sum, added)| *sum = sum.saturating_add(added));
            } else if added.len() > 0 {
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
        size_of_val(self) + self.sums.capacity() * size_of::<i64>()
    }
}

/// The sums of a result.
///
/// # Errors
/// Bytes that are no sums.
pub(super) fn decode(bytes: &[u8]) -> Result<Vec<f64>> {
    Ok(units(bytes)?.map(|sum| sum as f64 / UNITS).collect())
}

/// The sums of a state in units.
fn units(bytes: &[u8]) -> Result<impl ExactSizeIterator<Item = i64>> {
    let (numbers, rest) = bytes.as_chunks::<8>();
    if !rest.is_empty() {
        return exec_err!("damaged sums: {} bytes", bytes.len());
    }
    Ok(numbers.iter().map(|it| i64::from_le_bytes(*it)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow::array::BinaryArray;

    /// What states add up to, in units.
    fn merged(states: &[&[i64]]) -> Vec<i64> {
        let bytes = |state: &&[i64]| -> Vec<u8> {
            let bytes = state.iter().flat_map(|sum| sum.to_le_bytes());
            bytes.collect()
        };
        let mut sums = Sums {
            add: AddRows(|_, _, _| Ok(()), Arc::new(ShardCache::new(0))),
            sums: Vec::new(),
        };
        let states = BinaryArray::from_iter_values(states.iter().map(bytes));
        sums.merge_batch(&[Arc::new(states)]).unwrap();
        sums.sums
    }

    #[test]
    fn states_add_up_to_the_same_in_any_order() {
        let terms = [0.1, 1e9, -1e9, 0.3, -0.1].map(|term| to_units(term).unwrap());
        let states = terms.each_ref().map(std::slice::from_ref);
        let mut reversed = states;
        reversed.reverse();
        assert_eq!(merged(&states), merged(&reversed));
        assert_eq!(merged(&[&[], &[3, -1], &[], &[2, 5]]), [5, 4]);
    }

    #[test]
    fn a_loss_without_bounds_stays_at_the_most() {
        let loss = to_units(1e12).unwrap();
        assert_eq!(merged(&[&[loss], &[loss], &[1]]), [i64::MAX]);
        assert!(to_units(f64::NAN).is_err() && to_units(f64::INFINITY).is_err());
    }
}
