"""What matters in the answers of the audited operations, read by the official client's models. `on` is the prepared
call centre."""

# No account owns it.
STRANGE_NUMBER = "02155550000"


def listed_config(body, _):
    (item,) = body.config_items.config_item
    assert item.name == "AllowHangup" and isinstance(item.value, str)


def token(body, _):
    extension, issued_ms = body.token.sign_data.split(":")
    assert extension.isdigit() and issued_ms.isdigit() and len(body.token.signature) > 40


def nothing_more(body, _):
    assert body.request_id


def flows(body, on):
    found = {flow.contact_flow_id: flow for flow in body.contact_flows.contact_flow}
    flow = found[on.flow.contact_flow_id]
    assert (flow.type, flow.instance_id) == ("Mainflow", on.instance)
    assert flow.contact_flow_name == on.flow.contact_flow_name
    assert on.number in [number.number for number in flow.phone_numbers.phone_number]
    (version,) = flow.versions.contact_flow_version
    assert version.contact_flow_version_id and version.version.isdigit() and version.status == "Draft"


def bound_numbers(body, on):
    (number,) = body.phone_numbers.phone_number
    assert (number.usage, number.allow_outbound, number.instance_id) == ("Bidirection", True, on.instance)
    assert number.contact_flow.contact_flow_id == on.flow.contact_flow_id
    assert [group.skill_group_id for group in number.skill_groups.skill_group] == [on.other_group]
    assert body.failed_phone_numbers.failed_phone_number == [STRANGE_NUMBER]
    assert body.arrearage_phone_numbers.arrearage_phone_number == []
    assert body.userd_phone_numbers.userd_phone_number == [on.number]


def region(body, _):
    assert (body.phone_number.number, body.phone_number.province, body.phone_number.city) == (
        "13812345678",
        "江苏",
        "连云港",
    )


def picked(body, on):
    (pair,) = body.dial_number_pairs.dial_number_pair
    assert (pair.callee.number, pair.callee.province, pair.callee.city) == ("13812345678", "江苏", "连云港")
    assert (pair.caller.number, pair.caller.province, pair.caller.city) == (on.number, "上海", "上海")


def accepted(body, _):
    assert (body.status_code, body.status_desc) == ("200", "Okay")
    assert len(body.task_id) == 18 and body.task_id.isdigit() and len(body.time_stamp) == 13


def created_group(body, on):
    names = {g.skill_group_id: g for g in on.floor.body("ListSkillGroups").skill_groups.skill_group}
    assert names[body.skill_group_id].user_count == 1


def groups(body, on):
    group = {group.skill_group_id: group for group in body.skill_groups.skill_group}[on.group]
    assert (group.skill_group_name, group.user_count) == (on.group_name, 1)
    assert (group.instance_id, group.routing_strategy) == (on.instance, "default")
    assert group.acc_skill_group_name and group.acc_queue_name
    assert on.number in [number.number for number in group.outbound_phone_numbers.phone_number]


def groups_of_user(body, on):
    levels = {level.skill.skill_group_id: level for level in body.skill_levels.skill_level}
    level = levels[on.group]
    assert (level.level, level.skill.skill_group_name) == (5, on.group_name) and level.skill_level_id
    numbers = {number.number: number for number in level.skill.outbound_phone_numbers.phone_number}
    assert (numbers[on.number].province, numbers[on.number].city) == ("上海", "上海")


def transferable(body, on):
    found = {group.skill_group_id: group for group in body.skill_groups}
    assert found[on.group].skill_group_name == on.group_name and found[on.group].acc_queue_name
    assert found[on.group].allow_private_outbound_number is False


def assigned(body, on):
    # This client is older than the Data of the answer: the user is looked up.
    user = on.newest_user()
    assert (user.instance_id, user.primary, user.roles.role[0].role_name) == (on.instance, False, "Agent")
    assert user.ram_id not in on.users


def users(body, on):
    assert (body.users.page_number, body.users.page_size) == (1, 100)
    found = {user.ram_id: user for user in body.users.list.user}
    assert len(found) == body.users.total_count
    agent = found[on.agent.user_id]
    assert (agent.detail.login_name, agent.roles.role[0].role_name) == (on.agent.name, "Agent")
    assert on.group in [level.skill.skill_group_id for level in agent.skill_levels.skill_level]


def agent_events(body, on):
    events = body.agent_event_list.agent_event
    assert [event.event for event in events][:2] == ["签入", "等待"]
    first = events[0]
    assert (first.ram_id, first.login_name, first.instance_id) == (int(on.agent.user_id), on.agent.name, on.instance)
    assert on.group in [group.skill_group_id for group in first.skill_group_ids.skill_group]


def link(body, on):
    assert body.media_download_param.file_name == on.recording
    url = body.media_download_param.signature_url
    assert f"/record/{on.instance}/{on.recording}?" in url
    assert "Signature=" in url and "Expires=" in url


def records(body, on):
    page = body.call_detail_records
    assert (page.page_number, page.page_size, page.total_count) == (1, 100, 1)
    (record,) = page.list.call_detail_record
    assert (record.contact_id, record.contact_type, record.contact_disposition) == (on.contact, "Inbound", "Success")
    assert (record.calling_number, record.called_number, record.instance_id) == (on.customer, on.number, on.instance)
    assert on.group in record.skill_group_id_list.split(",")


def agent_report(body, on):
    page = body.paged_agent_summary_report
    assert (page.page_number, page.page_size, page.total_count) == (1, 10, 1)
    (row,) = page.list.agent_summary_report
    assert (row.agent_id, row.login_name, row.instance_id) == (on.agent.user_id, on.agent.name, on.instance)
    assert (row.inbound.calls_offered, row.inbound.calls_handled, row.inbound.handle_rate) == (1, 1, 1)
    assert isinstance(row.outbound.max_work_time, str) and row.overall.total_calls == 1


def group_report(body, on):
    page = body.paged_skill_group_summary_report
    assert (page.page_number, page.page_size, page.total_count) == (1, 10, 1)
    (row,) = page.list.skill_group_summary_report
    assert (row.skill_group_id, row.skill_group_name, row.instance_id) == (on.group, on.group_name, on.instance)
    assert (row.inbound.calls_offered, row.inbound.calls_handled) == (1, 1)
    assert isinstance(row.inbound.max_talk_time, str)


def instance(body, on):
    found = body.instance
    assert (found.instance_id, found.owner, found.status) == (on.instance, on.cairn.account, "Running")
    assert found.tenant_id == f"acc{on.cairn.account}" and found.domain_name in found.console_url
    assert on.admin.user_id in [user.ram_id for user in found.admin.user]
    assert {on.number, on.spare} <= {number.number for number in found.phone_numbers.phone_number}


def stored(body, _):
    assert body.row_count == 1


def sent(body, _):
    assert body.biz_id
