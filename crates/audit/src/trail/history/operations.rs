//! The operations on jobs.

use openapi::clock::format_utc;
use openapi::{Answer, ApiError, Call, Operation, OperationSpec, Parameter};
use serde_json::{Map, Value, json};

use super::book::{HistoryJob, JobStatus};
use crate::operations::ActionTrail;
use crate::page::{PAGE_PARAMETERS, Page};
use crate::retention::keeping;
use crate::trail::{TRAIL, database, owned};

/// Type of a job in events.
const JOB: &str = "ACS::ActionTrail::DeliveryHistoryJob";

const JOB_ERRORS: &[&str] = &["DeliveryHistoryJobNotFound"];

/// The operations.
///
/// Public documents: ActionTrail, "CreateDeliveryHistoryJob", "GetDeliveryHistoryJob", "ListDeliveryHistoryJobs",
/// "DeleteDeliveryHistoryJob" (2020-07-06).
pub(crate) static OPERATIONS: &[Operation<ActionTrail>] = &[
    Operation {
        spec: OperationSpec::write("CreateDeliveryHistoryJob")
            .touches(TRAIL, "TrailName")
            .takes(&[Parameter::text("TrailName").required(), Parameter::text_of("ClientToken", 0, 64)])
            .answers(&["JobId"])
            .fails_with(&[
                "InvalidTrailNameException",
                "TrailNotFoundException",
                "InvalidQueryParameter",
                "NotSupportDeliveryHistoryJob",
                "MaximumNumberOfDeliveryHistoryJobsExceededException",
            ])
            .vendor_limit(5),
        handler: |audit, call| Box::pin(create(audit, call)),
    },
    Operation {
        spec: OperationSpec::read("GetDeliveryHistoryJob")
            .touches(JOB, "JobId")
            .takes(&[Parameter::integer("JobId", 0, i64::MAX).required()])
            .answers(&[
                "JobId",
                "TrailName",
                "HomeRegion",
                "JobStatus",
                "CreatedTime",
                "UpdatedTime",
                "StartTime",
                "EndTime",
                "Status",
                "Problem",
                "DoneEvents",
                "TotalEvents",
            ])
            .fails_with(JOB_ERRORS)
            .vendor_limit(10),
        handler: |audit, call| Box::pin(get(audit, call)),
    },
    Operation {
        spec: OperationSpec::read("ListDeliveryHistoryJobs")
            .takes(PAGE_PARAMETERS)
            .answers(&["DeliveryHistoryJobs", "PageNumber", "PageSize", "TotalCount"])
            .vendor_limit(10),
        handler: |audit, call| Box::pin(list(audit, call)),
    },
    Operation {
        spec: OperationSpec::write("DeleteDeliveryHistoryJob")
            .touches(JOB, "JobId")
            .takes(&[Parameter::integer("JobId", 0, i64::MAX).required()])
            .fails_with(JOB_ERRORS)
            .vendor_limit(5),
        handler: |audit, call| Box::pin(delete(audit, call)),
    },
];

/// One job of an account runs at a time. The same `ClientToken` means the same job.
async fn create(audit: &ActionTrail, call: &Call) -> Result<Answer, ApiError> {
    let client_token = call.text("ClientToken").unwrap_or_default();
    if !client_token.is_ascii() {
        return Err(crate::operations::invalid("ClientToken", "up to 64 ASCII characters"));
    }
    let trail = owned(audit, call, "TrailName")?;
    if trail.is_organization_trail {
        return Err(ApiError::bad_request(
            "NotSupportDeliveryHistoryJob",
            "A trail over all accounts does not deliver earlier events: use a trail of one account.",
        ));
    }
    let mut write = audit.history.write().await.map_err(database)?;
    let jobs = write.lock(&trail.account_id).await.map_err(database)?;
    if let Some(job) = jobs.iter().find(|job| !client_token.is_empty() && job.client_token == client_token) {
        return Ok(created(job.id));
    }
    if jobs.iter().any(|job| !job.status.is_final()) {
        return Err(ApiError::bad_request(
            "MaximumNumberOfDeliveryHistoryJobsExceededException",
            "The account has a running job: wait, or cancel it with DeleteDeliveryHistoryJob.",
        ));
    }
    if !super::rows::trail_exists(write.connection(), &trail.id).await.map_err(|error| ApiError::internal(&error))? {
        return Err(crate::trail::not_found(&trail.name));
    }
    let (_, horizon_s) = keeping(audit, call);
    let now_s = call.arrived_at_ms.div_euclid(1_000);
    let job = HistoryJob {
        id: 0,
        account_id: trail.account_id.clone(),
        trail_id: trail.id.clone(),
        trail_name: trail.name.clone(),
        home_region: trail.home_region.clone(),
        client_token: client_token.to_owned(),
        status: JobStatus::Initializing,
        regions: Vec::new(),
        problem: String::new(),
        from_s: horizon_s.max(0),
        to_s: now_s,
        created_ms: call.arrived_at_ms,
        updated_ms: call.arrived_at_ms,
    };
    let id = write.insert(job).await.map_err(database)?;
    write.commit().await.map_err(database)?;
    Ok(created(id))
}

fn created(id: i64) -> Answer {
    Answer::empty().with("JobId", id).references(JOB, id.to_string())
}

async fn get(audit: &ActionTrail, call: &Call) -> Result<Answer, ApiError> {
    let job = find(audit, call).await?;
    let regions: Vec<Value> =
        job.regions.iter().map(|region| json!({"Region": region.region, "Status": region.status.number()})).collect();
    let answer = fields(&job).into_iter().fold(Answer::empty(), |answer, (name, value)| answer.with(&name, value));
    let problem = Some(job.problem.as_str()).filter(|problem| !problem.is_empty());
    let progress = audit.delivery.job_progress(&job.trail_id, job.id).await;
    Ok(answer
        .with("Status", regions)
        .with_optional("Problem", problem)
        .with_optional("DoneEvents", progress.map(|progress| progress.done))
        .with_optional("TotalEvents", progress.map(|progress| progress.total)))
}

async fn list(audit: &ActionTrail, call: &Call) -> Result<Answer, ApiError> {
    let jobs = audit.history.of_account(&call.caller.account_id).await.map_err(database)?;
    let page = Page::of(call);
    let shown: Vec<Value> = page.cut(&jobs).iter().map(|job| Value::Object(fields(job))).collect();
    Ok(Answer::empty()
        .with("DeliveryHistoryJobs", shown)
        .with("PageNumber", page.number)
        .with("PageSize", page.size)
        .with("TotalCount", jobs.len()))
}

/// Deleting a running job cancels it; what it delivered stays.
async fn delete(audit: &ActionTrail, call: &Call) -> Result<Answer, ApiError> {
    let job = find(audit, call).await?;
    let mut write = audit.history.write().await.map_err(database)?;
    write.delete(job.id).await.map_err(database)?;
    write.commit().await.map_err(database)?;
    Ok(Answer::empty().references(TRAIL, job.trail_name))
}

async fn find(audit: &ActionTrail, call: &Call) -> Result<HistoryJob, ApiError> {
    let id = call.integer("JobId").unwrap_or_default();
    let job = audit.history.find(id).await.map_err(database)?;
    job.filter(|job| job.account_id == call.caller.account_id).ok_or_else(|| {
        ApiError::not_found("DeliveryHistoryJobNotFound", format!("The delivery history job {id} does not exist."))
    })
}

fn fields(job: &HistoryJob) -> Map<String, Value> {
    let time = |time_ms: i64| Value::from(format_utc(time_ms.div_euclid(1_000)));
    let fields = [
        ("JobId", job.id.into()),
        ("TrailName", job.trail_name.as_str().into()),
        ("HomeRegion", job.home_region.as_str().into()),
        ("JobStatus", job.status.number().into()),
        ("CreatedTime", time(job.created_ms)),
        ("UpdatedTime", time(job.updated_ms)),
        ("StartTime", format_utc(job.from_s).into()),
        ("EndTime", format_utc(job.to_s).into()),
    ];
    fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}
