//! Types told and changed, and bytes as texts.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use datafusion::error::Result;

use crate::cast::cast;
use crate::scalar::{Row, row};
use crate::session::Call;
use crate::value::{Value, invalid};

pub(crate) const ROWS: &[Row] = &[
    row(&["typeof(T) -> varchar"], |call, args| {
        let of = call.types[0].to_string();
        Ok(if args.is_empty() { Value::Null } else { Value::owned(of) })
    })
    .takes_nulls(),
    // What `CAST(x AS type)` and `TRY_CAST(x AS type)` mean in Presto; who parses the statement calls these instead.
    row(&["presto_cast(T, varchar) -> T"], |call, args| {
        cast(args[0].clone(), &call.types[0], call.result, call.session)
    })
    .type_from(1)
    .takes_nulls(),
    row(&["presto_try_cast(T, varchar) -> T"], try_cast).type_from(1).takes_nulls(),
    row(&["to_hex(varbinary) -> varchar"], |_, args| {
        Ok(Value::owned(args[0].bytes()?.iter().map(|byte| format!("{byte:02X}")).collect::<String>()))
    }),
    row(&["from_hex(varchar) -> varbinary"], |_, args| {
        let text = args[0].text()?;
        let pairs: Option<Vec<u8>> = (text.len() % 2 == 0 && text.is_ascii())
            .then(|| (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).ok()).collect())
            .flatten();
        pairs
            .map(|bytes| Value::Varbinary(bytes.into()))
            .ok_or_else(|| invalid(format!("'{text}' is no text of hexadecimal pairs")))
    }),
    row(&["to_base64(varbinary) -> varchar"], |_, args| Ok(Value::owned(STANDARD.encode(args[0].bytes()?)))),
    row(&["from_base64(varchar) -> varbinary"], |_, args| {
        let text = args[0].text()?;
        let bytes = STANDARD.decode(text).map_err(|error| invalid(format!("'{text}' is no Base64: {error}")))?;
        Ok(Value::Varbinary(bytes.into()))
    }),
];

fn try_cast<'a>(call: &mut Call<'_>, args: &[Value<'a>]) -> Result<Value<'a>> {
    Ok(cast(args[0].clone(), &call.types[0], call.result, call.session).unwrap_or_default())
}
