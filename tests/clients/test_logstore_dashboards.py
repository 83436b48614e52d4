"""Dashboards with the official `aliyun-log-python-sdk`: kept as sent, and those that a trail makes."""

import copy
import time

import pytest
from conftest import run as serve
from logstores import client_of, fails
from principals import Person, unique
from trail_deliveries import Deliveries, ids_of, wait_for


@pytest.fixture(scope="module")
def cairn(tmp_path_factory):
    """A server of its own: an account has a hundred buckets and five trails."""
    yield from serve(tmp_path_factory.mktemp("dashboards"))


CHART = {
    "title": "chart-1",
    "type": "table",
    "search": {"logstore": "demo", "topic": "", "query": "* | SELECT 1", "start": "-86400s", "end": "now"},
    "display": {"xPos": 0, "yPos": 0, "width": 5, "height": 5, "displayName": "一"},
}


def test_dashboards_are_kept_as_sent(cairn):
    client, project, other = client_of(cairn), unique("project"), unique("project")
    for name in (project, other):
        client.create_project(name, "")
    sent = {"dashboardName": "first_one", "displayName": "审计", "description": "d", "charts": [CHART], "attribute": {}}
    client.create_dashboard(project, copy.deepcopy(sent))
    assert client.get_dashboard(project, "first_one").get_body() == sent
    refused = fails("ParameterInvalid", client.create_dashboard, project, sent)
    assert "already exists" in refused.get_error_message()
    client.create_dashboard(project, {"dashboardName": "second", "charts": []})
    listed = client.list_dashboard(project)
    assert (listed.get_dashboards(), listed.get_count(), listed.get_total()) == (["first_one", "second"], 2, 2)
    assert client.list_dashboard(project, offset=1, size=1).get_dashboards() == ["second"]
    client.update_dashboard(project, {**sent, "displayName": "changed", "charts": []})
    assert client.get_dashboard(project, "first_one").get_body() == {**sent, "displayName": "changed", "charts": []}
    client.copy_dashboard(project, "first_one", other)
    assert client.list_dashboard(other).get_dashboards() == ["first_one"]
    client.delete_dashboard(project, "first_one")
    for call in (client.get_dashboard, client.delete_dashboard):
        fails("DashboardNotExist", call, project, "first_one")
    fails("DashboardNotExist", client.update_dashboard, project, sent)
    # A project takes its dashboards with it.
    client.delete_project(other)
    client.create_project(other, "")
    assert client.list_dashboard(other).get_dashboards() == []


def test_what_a_dashboard_may_not_be(cairn):
    client, project = client_of(cairn), unique("project")
    fails("ProjectNotExist", client.create_dashboard, project, {"dashboardName": "name"})
    client.create_project(project, "")
    for wrong in ({"dashboardName": "a b"}, {"dashboardName": ""}, {}, {"dashboardName": "name", "charts": "none"}):
        fails("ParameterInvalid", client.create_dashboard, project, wrong)
    fails("ParameterInvalid", client.create_dashboard, project, {"dashboardName": "name", "displayName": "x" * 257})
    fails("JsonInfoInvalid", client.create_dashboard, project, "no json")
    for number in range(100):
        client.create_dashboard(project, {"dashboardName": f"number-{number}"})
    fails("ProjectQuotaExceed", client.create_dashboard, project, {"dashboardName": "one-more"})


def test_rights_and_events(cairn):
    client, project = client_of(cairn), unique("project")
    client.create_project(project, "")
    person = Person(cairn)
    his = client_of(cairn, credential=person.credential)
    fails("Unauthorized", his.list_dashboard, project)
    person.may("log:*Dashboard", resource=f"acs:log:*:*:project/{project}/dashboard/mine*")
    his.create_dashboard(project, {"dashboardName": "mine-1"})
    fails("Unauthorized", his.create_dashboard, project, {"dashboardName": "other"})
    deleted = his.delete_dashboard(project, "mine-1")
    event = cairn.event(deleted.get_request_id())
    assert (event["eventName"], event["eventRW"], event["serviceName"]) == ("DeleteDashboard", "Write", "Sls")
    assert event["requestParameters"]["dashboardName"] == "mine-1"


def test_a_trail_makes_dashboards_whose_charts_run(cairn):
    trail = Deliveries(cairn, to=("logs",))
    names = [f"{trail.logstore}_audit_center_{language}" for language in ("cn", "en")]
    assert trail.logs.list_dashboard(trail.project).get_dashboards() == names
    ids = trail.make_events(3)
    assert wait_for(lambda: set(ids) <= set(ids_of(trail.in_logs())))
    now, answers = int(time.time()), {}
    for name in names:
        for chart in trail.logs.get_dashboard(trail.project, name).get_body()["charts"]:
            search = chart["search"]
            assert (search["logstore"], search["start"]) == (trail.logstore, "-2592000s")
            found = trail.logs.get_log(trail.project, trail.logstore, now - 2_592_000, now + 60, query=search["query"])
            rows = [log.get_contents() for log in found.get_logs()]
            assert found.is_completed() and rows
            assert set(chart["display"]["xAxis"] + chart["display"]["yAxis"]) <= set(rows[0])
            answers[chart["display"]["displayName"]] = rows
    assert int(answers["Events"][0]["events"]) >= 3
    assert "Actiontrail" in {row["service"] for row in answers["Events by service"]}
    # Who has changed one keeps it, and one that was deleted is there after the next start.
    changed = {"dashboardName": names[1], "displayName": "mine", "charts": []}
    trail.logs.update_dashboard(trail.project, changed)
    trail.logs.delete_dashboard(trail.project, names[0])
    trail.call("StopLogging")
    trail.call("StartLogging")
    assert trail.logs.get_dashboard(trail.project, names[1]).get_body() == changed
    assert trail.logs.list_dashboard(trail.project).get_dashboards() == names
    trail.call("DeleteTrail")
