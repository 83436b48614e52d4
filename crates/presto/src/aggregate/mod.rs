//! A function of many rows as DataFusion calls it.

pub(crate) mod approximate;
pub(crate) mod collect;
pub(crate) mod fold;
pub(crate) mod simple;

use std::collections::{HashSet, VecDeque};
use std::fmt::Debug;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef};
use datafusion::arrow::datatypes::{DataType, FieldRef};
use datafusion::common::{DataFusionError, internal_err};
use datafusion::error::Result;
use datafusion::logical_expr::function::{AccumulatorArgs, StateFieldsArgs};
use datafusion::logical_expr::utils::format_state_name;
use datafusion::logical_expr::{Accumulator, AggregateUDFImpl, Signature as Planned, Volatility};
use datafusion::scalar::ScalarValue;

use crate::aggregate::fold::{Columns, Fold, Part};
use crate::called::Called;
use crate::resolve::resolve;
use crate::session::Session;
use crate::type_text::{Reader, Signature};
use crate::types::Type;
use crate::value::Value;

/// One function in a family's table.
pub(crate) struct Row {
    /// `name(type, ...) -> type`, one for each way to call it.
    pub(crate) signatures: &'static [&'static str],
    pub(crate) also: &'static [&'static str],
    /// The types of what a part of the rows hands on to be joined with others, in the variables of the signatures.
    part: &'static [&'static str],
    new: fn() -> Box<dyn Fold>,
}

pub(crate) const fn row(
    signatures: &'static [&'static str],
    part: &'static [&'static str],
    new: fn() -> Box<dyn Fold>,
) -> Row {
    Row { signatures, also: &[], part, new }
}

impl Row {
    /// Other names of the same function.
    pub(crate) const fn also(self, names: &'static [&'static str]) -> Row {
        Row { also: names, ..self }
    }
}

/// A row of a table in a session.
pub(crate) struct Aggregate {
    called: Called,
    /// Its signatures, each with the type of each part as the result.
    parts: Vec<Vec<Signature>>,
    new: fn() -> Box<dyn Fold>,
}

impl Aggregate {
    pub(crate) fn new(row: &Row, session: &Arc<Session>) -> Result<Aggregate> {
        let called = Called::new(row.signatures, row.also, Volatility::Immutable, session)?;
        let of_part = |signature: &Signature, text: &str| match Reader::whole_type(text) {
            Some(result) => Ok(Signature { result, ..signature.clone() }),
            None => internal_err!("'{text}' is no type"),
        };
        let parts =
            called.signatures.iter().map(|signature| row.part.iter().map(|text| of_part(signature, text)).collect());
        Ok(Aggregate { parts: parts.collect::<Result<_>>()?, called, new: row.new })
    }

    fn part_types(&self, given: &[Type]) -> Result<Vec<Type>> {
        let parts = &self.parts[self.called.resolve(given)?.index];
        parts.iter().map(|part| Ok(resolve(&self.called.name, std::slice::from_ref(part), given)?.result)).collect()
    }

    fn running(&self, args: &AccumulatorArgs<'_>) -> Result<Running> {
        let given: Vec<Type> = args.expr_fields.iter().map(|field| Type::of_field(field)).collect();
        let resolved = self.called.resolve(&given)?;
        Ok(Running {
            fold: (self.new)(),
            new: self.new,
            distinct: args.is_distinct.then(HashSet::new),
            window: VecDeque::new(),
            part_types: self.part_types(&given)?,
            wanted: resolved.arguments,
            given,
            result: resolved.result,
            session: self.called.session.clone(),
        })
    }
}

impl Debug for Aggregate {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "Aggregate({})", self.called.name)
    }
}

impl PartialEq for Aggregate {
    fn eq(&self, other: &Self) -> bool {
        self.called == other.called
    }
}

impl Eq for Aggregate {}

impl Hash for Aggregate {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.called.hash(state);
    }
}

impl AggregateUDFImpl for Aggregate {
    fn name(&self) -> &str {
        &self.called.name
    }

    fn aliases(&self) -> &[String] {
        &self.called.aliases
    }

    fn signature(&self) -> &Planned {
        &self.called.planned
    }

    fn coerce_types(&self, given: &[DataType]) -> Result<Vec<DataType>> {
        self.called.accept(given)
    }

    fn return_type(&self, given: &[DataType]) -> Result<DataType> {
        let types: Vec<Type> = given.iter().map(Type::of).collect();
        Ok(self.called.resolve(&types)?.result.to_arrow(&self.called.session.zone.name))
    }

    fn return_field(&self, given: &[FieldRef]) -> Result<FieldRef> {
        let types: Vec<Type> = given.iter().map(|field| Type::of_field(field)).collect();
        Ok(self.called.resolve(&types)?.result.to_result_field(&self.called.name, &self.called.session.zone.name))
    }

    fn state_fields(&self, args: StateFieldsArgs) -> Result<Vec<FieldRef>> {
        let given: Vec<Type> = args.input_fields.iter().map(|field| Type::of_field(field)).collect();
        let types = match args.is_distinct {
            false => self.part_types(&given)?,
            true => self.called.resolve(&given)?.arguments.into_iter().map(|one| Type::Array(Box::new(one))).collect(),
        };
        let zone = &self.called.session.zone.name;
        let field = |(place, of): (usize, &Type)| {
            Arc::new(of.to_field(&format_state_name(args.name, &format!("part{place}")), true, zone))
        };
        Ok(types.iter().enumerate().map(field).collect())
    }

    fn accumulator(&self, args: AccumulatorArgs) -> Result<Box<dyn Accumulator>> {
        Ok(Box::new(self.running(&args)?))
    }

    fn create_sliding_accumulator(&self, args: AccumulatorArgs) -> Result<Box<dyn Accumulator>> {
        Ok(Box::new(Sliding(self.running(&args)?)))
    }
}

/// A fold over the rows of one group.
#[derive(Debug)]
struct Running {
    fold: Box<dyn Fold>,
    new: fn() -> Box<dyn Fold>,
    /// The rows so far, where each counts once.
    distinct: Option<HashSet<Vec<Value<'static>>>>,
    /// The rows in a window's frame.
    window: VecDeque<Vec<Value<'static>>>,
    given: Vec<Type>,
    wanted: Vec<Type>,
    part_types: Vec<Type>,
    result: Type,
    session: Arc<Session>,
}

impl Running {
    fn each_row(&self, columns: &[ArrayRef], mut take: impl FnMut(&[Value<'_>]) -> Result<()>) -> Result<()> {
        let columns = Columns::new(columns)?;
        columns.each_row(&self.given, &self.wanted, &self.session, &mut take)
    }

    fn scalar(&self, value: &Value<'_>, of: &Type) -> Result<ScalarValue> {
        let column = crate::cells::column(std::slice::from_ref(value), of, &self.session.zone.name)?;
        ScalarValue::try_from_array(&column, 0)
    }

    fn folded(&self, rows: impl Iterator<Item = impl AsRef<[Value<'static>]>>) -> Result<Box<dyn Fold>> {
        let mut fold = (self.new)();
        for row in rows {
            fold.add(row.as_ref())?;
        }
        Ok(fold)
    }
}

impl Accumulator for Running {
    fn update_batch(&mut self, columns: &[ArrayRef]) -> Result<()> {
        let (mut fold, mut distinct) = (std::mem::replace(&mut self.fold, (self.new)()), self.distinct.take());
        let added = self.each_row(columns, |row| match &mut distinct {
            None => fold.add(row),
            Some(rows) => {
                rows.insert(row.iter().cloned().map(Value::into_owned).collect());
                Ok(())
            }
        });
        (self.fold, self.distinct) = (fold, distinct);
        added
    }

    fn evaluate(&mut self) -> Result<ScalarValue> {
        let value = match &self.distinct {
            None => self.fold.finish()?,
            Some(rows) => {
                // Sorted, so that the same rows give the same answer.
                let mut rows: Vec<_> = rows.iter().collect();
                rows.sort();
                self.folded(rows.into_iter())?.finish()?
            }
        };
        self.scalar(&value, &self.result)
    }

    fn size(&self) -> usize {
        let rows = self.distinct.iter().flatten().chain(&self.window).flatten().map(Value::size).sum::<usize>();
        size_of::<Running>() + self.fold.size() + rows
    }

    fn state(&mut self) -> Result<Vec<ScalarValue>> {
        let Some(rows) = &self.distinct else {
            let part: Part = self.fold.part()?;
            if part.len() != self.part_types.len() {
                return internal_err!("a part has {} values, not {}", part.len(), self.part_types.len());
            }
            return part.iter().zip(&self.part_types).map(|(value, of)| self.scalar(value, of)).collect();
        };
        let column = |place: usize| {
            let values = rows.iter().map(|row| row[place].clone()).collect();
            self.scalar(&Value::Array(values), &Type::Array(Box::new(self.wanted[place].clone())))
        };
        (0..self.wanted.len()).map(column).collect()
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> Result<()> {
        let columns = Columns::new(states)?;
        if let Some(rows) = &mut self.distinct {
            return columns.each_plain_row(&mut |part| {
                let lists = part.iter().map(Value::items).collect::<Result<Vec<_>>>()?;
                for place in 0..lists.first().map_or(0, |list| list.len()) {
                    rows.insert(lists.iter().map(|list| list[place].clone().into_owned()).collect());
                }
                Ok(())
            });
        }
        let fold = &mut self.fold;
        columns.each_plain_row(&mut |part| if part.iter().all(Value::is_null) { Ok(()) } else { fold.merge(part) })
    }
}

/// A fold over a frame that moves: the rows in it are kept and folded again.
#[derive(Debug)]
struct Sliding(Running);

impl Accumulator for Sliding {
    fn update_batch(&mut self, columns: &[ArrayRef]) -> Result<()> {
        let mut window = std::mem::take(&mut self.0.window);
        let added = self.0.each_row(columns, |row| {
            window.push_back(row.iter().cloned().map(Value::into_owned).collect());
            Ok(())
        });
        self.0.window = window;
        added
    }

    fn retract_batch(&mut self, columns: &[ArrayRef]) -> Result<()> {
        let gone = columns.first().map_or(0, Array::len);
        self.0.window.drain(..gone.min(self.0.window.len()));
        Ok(())
    }

    fn supports_retract_batch(&self) -> bool {
        true
    }

    fn evaluate(&mut self) -> Result<ScalarValue> {
        let mut seen = HashSet::new();
        let rows = self.0.window.iter().filter(|row| self.0.distinct.is_none() || seen.insert(*row));
        let value = self.0.folded(rows)?.finish()?;
        self.0.scalar(&value, &self.0.result)
    }

    fn size(&self) -> usize {
        self.0.size()
    }

    fn state(&mut self) -> Result<Vec<ScalarValue>> {
        Err(DataFusionError::Internal("a window's frame is in one part".to_owned()))
    }

    fn merge_batch(&mut self, _: &[ArrayRef]) -> Result<()> {
        Err(DataFusionError::Internal("a window's frame is in one part".to_owned()))
    }
}
