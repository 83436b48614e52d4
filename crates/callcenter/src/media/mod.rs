//! Audio prompts: CreateMedia registers one, ListMedias and DeleteMedia.
//!
//! An `Audio` prompt is a file that the client has uploaded to the instance's bucket already; only its place is kept
//! here. A `TTS` prompt is a text to speak.

mod create;
mod delete;
mod list;
mod rows;

use openapi::Operation;

use crate::center::CallCenter;

/// The family's part of the table.
pub(crate) const OPERATIONS: &[Operation<CallCenter>] = &[
    Operation { spec: create::SPEC, handler: |center, call| Box::pin(create::create_media(center, call)) },
    Operation { spec: delete::SPEC, handler: |center, call| Box::pin(delete::delete_media(center, call)) },
    Operation { spec: list::SPEC, handler: |center, call| Box::pin(list::list_medias(center, call)) },
];
