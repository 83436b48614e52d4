//! What the lists of call records are asked for.

/// A filter with several values, asked for in turn.
pub struct Filter {
    pub name: &'static str,
    values: &'static [&'static [(&'static str, &'static str)]],
}

impl Filter {
    pub fn value(&self, turn: usize) -> &'static [(&'static str, &'static str)] {
        self.values[turn % self.values.len()]
    }
}

/// Every filter of the operation, and the pairs that share no index.
pub const FILTERS: [Filter; 13] = [
    Filter { name: "no filter", values: &[&[]] },
    Filter {
        name: "PhoneNumber",
        values: &[
            &[("PhoneNumber", "02100000007")],
            &[("PhoneNumber", "02100000023")],
            &[("PhoneNumber", "02100000041")],
            &[("PhoneNumber", "02100000049")],
        ],
    },
    Filter {
        name: "Criteria: customer number",
        values: &[
            &[("Criteria", "13800000123")],
            &[("Criteria", "13800000999")],
            &[("Criteria", "13800000700")],
            &[("Criteria", "13800001388")],
        ],
    },
    Filter {
        name: "Criteria: agent name",
        values: &[
            &[("Criteria", "Agent 7")],
            &[("Criteria", "Agent 123")],
            &[("Criteria", "Agent 250")],
            &[("Criteria", "Agent 499")],
        ],
    },
    Filter {
        name: "Criteria: skill group name",
        values: &[&[("Criteria", "Group 0")], &[("Criteria", "Group 7")], &[("Criteria", "Group 19")]],
    },
    Filter {
        name: "ContactType",
        values: &[
            &[("ContactType", "Inbound")],
            &[("ContactType", "Outbound")],
            &[("ContactType", "Inbound,Outbound")],
        ],
    },
    Filter {
        name: "ContactDisposition",
        values: &[
            &[("ContactDisposition", "NoAnswer")],
            &[("ContactDisposition", "Success")],
            &[("ContactDisposition", "AbandonedInQueue")],
            &[("ContactDisposition", "NoAnswer,AbandonedRing")],
        ],
    },
    Filter {
        name: "ContactId",
        values: &[
            &[("ContactId", "003-00000007")],
            &[("ContactId", "317-00001234")],
            &[("ContactId", "628-00000333")],
            &[("ContactId", "719-00001388")],
        ],
    },
    Filter { name: "OrderBy", values: &[&[("OrderBy", "DESC")], &[("OrderBy", "ASC")]] },
    Filter { name: "WithRecording", values: &[&[("WithRecording", "true")], &[("WithRecording", "false")]] },
    Filter {
        name: "PhoneNumber and ContactDisposition",
        values: &[
            &[("PhoneNumber", "02100000047"), ("ContactDisposition", "NoAnswer")],
            &[("PhoneNumber", "02100000049"), ("ContactDisposition", "Success")],
        ],
    },
    Filter {
        name: "Criteria and ContactType",
        values: &[
            &[("Criteria", "Agent 65"), ("ContactType", "Outbound")],
            &[("Criteria", "Group 10"), ("ContactType", "Inbound")],
        ],
    },
    Filter {
        name: "ContactType and ContactDisposition, newest first",
        values: &[
            &[("ContactType", "Outbound"), ("ContactDisposition", "NoAnswer"), ("OrderBy", "DESC")],
            &[("ContactType", "Inbound"), ("ContactDisposition", "Success"), ("OrderBy", "DESC")],
        ],
    },
];
