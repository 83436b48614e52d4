//! The workbench's part of the configuration as the call centre takes it.

use callcenter::{TurnSettings, WorkbenchSettings};
use openapi::SecretText;

use crate::config::WorkbenchConfig;
use crate::server::StartError;

/// Reads the shared secret; without addresses of a TURN server none is needed.
pub(super) fn settings(config: &WorkbenchConfig) -> Result<WorkbenchSettings, StartError> {
    let given = |text: &String| Some(text.clone()).filter(|text| !text.is_empty());
    let turn = match config.turn_urls.is_empty() {
        true => None,
        false => Some(TurnSettings { urls: config.turn_urls.clone(), secret: turn_secret(config)? }),
    };
    Ok(WorkbenchSettings {
        agent_server_url: given(&config.agent_server_url),
        webrtc_url: given(&config.webrtc_url),
        turn,
    })
}

fn turn_secret(config: &WorkbenchConfig) -> Result<SecretText, StartError> {
    let path = config.turn_secret_file.clone();
    let unusable = |cause| StartError::TurnSecret { path: path.clone(), cause };
    let text = std::fs::read_to_string(&path).map_err(unusable)?;
    match text.trim() {
        "" => Err(unusable(std::io::Error::new(std::io::ErrorKind::InvalidData, "it is empty"))),
        secret => Ok(SecretText::new(secret)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_turn_server_needs_its_secret() {
        assert!(settings(&WorkbenchConfig::default()).expect("nothing is needed").turn.is_none());
        let folder = tempfile::tempdir().expect("temporary folder");
        let turn_secret_file = folder.path().join("turn.secret");
        let config = WorkbenchConfig {
            turn_urls: vec!["turn:relay.example.com".to_owned()],
            turn_secret_file: turn_secret_file.clone(),
            ..WorkbenchConfig::default()
        };
        assert!(matches!(settings(&config), Err(StartError::TurnSecret { .. })), "there is no file");
        std::fs::write(&turn_secret_file, "\n").expect("written");
        assert!(matches!(settings(&config), Err(StartError::TurnSecret { .. })), "it is empty");
        std::fs::write(&turn_secret_file, "north\n").expect("written");
        let turn = settings(&config).expect("complete").turn.expect("a relay");
        assert_eq!((turn.urls.len(), turn.secret.expose()), (1, "north"));
    }
}
