//! How long events are kept.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use store::Period;
use store::limits::DEFAULT_RETENTION_DAYS;
use store::retention::PeriodError;

/// A number of days, or the text `unlimited`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RetentionDays(pub Period);

impl Default for RetentionDays {
    fn default() -> Self {
        Self(Period::of_days(DEFAULT_RETENTION_DAYS).unwrap_or(Period::UNLIMITED))
    }
}

/// The two forms in a file.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Written {
    Days(i64),
    Text(String),
}

impl Serialize for RetentionDays {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let written = match self.0.days() {
            Some(days) => Written::Days(i64::from(days)),
            None => Written::Text(self.0.to_string()),
        };
        written.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for RetentionDays {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let period = match Written::deserialize(deserializer).map_err(|_| serde::de::Error::custom(PeriodError))? {
            Written::Days(days) => u32::try_from(days).map_err(|_| PeriodError).and_then(Period::of_days),
            Written::Text(text) => text.parse(),
        };
        period.map(Self).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use crate::config::StoreConfig;

    #[test]
    fn days_or_unlimited() {
        let read = |text: &str| toml::from_str::<StoreConfig>(text).map(|config| config.retention_days.0.to_string());
        assert_eq!(read("").as_deref(), Ok("90"));
        assert_eq!(read("retention_days = 400").as_deref(), Ok("400"));
        assert_eq!(read("retention_days = \"unlimited\"").as_deref(), Ok("unlimited"));
        for wrong in ["0", "-1", "36501", "\"ever\"", "1.5", "true"] {
            let error = read(&format!("retention_days = {wrong}")).unwrap_err().to_string();
            assert!(error.contains("a number of days"), "{error}");
        }
        for days in ["7", "\"unlimited\""] {
            let config: StoreConfig = toml::from_str(&format!("retention_days = {days}")).unwrap();
            assert!(toml::to_string(&config).unwrap().contains(&format!("retention_days = {days}")));
        }
    }
}
