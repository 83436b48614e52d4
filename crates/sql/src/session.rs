//! Sessions of DataFusion in which known faults of its planner do not show.

use std::sync::Arc;

use datafusion::execution::runtime_env::RuntimeEnv;
use datafusion::prelude::{SessionConfig, SessionContext};

use crate::windows::PlainKeys;

/// A session that has no tables yet.
pub fn session(config: SessionConfig, environment: Arc<RuntimeEnv>) -> SessionContext {
    let config = config
        .with_information_schema(false)
        // Planning and execution disagree where a value can be told from its condition to be there, as in
        // CASE WHEN n > 1 THEN n END; both are right.
        .set_bool("datafusion.execution.skip_physical_aggregate_schema_check", true);
    let context = SessionContext::new_with_config_rt(config, environment);
    context.add_optimizer_rule(Arc::new(PlainKeys));
    context
}
