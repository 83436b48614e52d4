"""Numbers of a call centre with the official client: success, every documented error, every limit."""

import pytest
from cairn_server import CCC
from ccc_floor import Floor, fresh


@pytest.fixture(scope="module")
def floor(cairn):
    return Floor(cairn)


@pytest.fixture
def own_floor(cairn):
    """A call centre whose numbers nobody else touches."""
    return Floor(cairn)


# Regions and picks


@pytest.mark.parametrize(
    "number, province, city",
    [
        ("13812345678", "江苏", "连云港"),
        ("0571-26883072", "浙江", "杭州"),
        ("+86 10 65529988", "北京", "北京"),
        ("17010000000", "", ""),
        ("4001234567", "", ""),
    ],
)
def test_region_of_a_number(floor, number, province, city):
    body = floor.body("GetNumberRegionInfo", number=number)
    found = body.phone_number
    # An empty text is on the wire as such; the model keeps it.
    assert (found.number, found.province, found.city) == (number, province, city)
    event = floor.cairn.event(body.request_id)
    assert event["additionalEventData"]["NumberRegionTable"].startswith("libphonenumber ")


def test_answers_without_a_status(floor):
    for operation, more in [
        ("GetNumberRegionInfo", {"Number": "13812345678"}),
        ("PickLocalNumber", {"CalleeNumber": "13812345678", "CandidateNumber.1": "02581234567"}),
    ]:
        answer = floor.cairn.ask(CCC, operation, {"InstanceId": floor.instance, **more})
        assert "HttpStatusCode" not in answer and answer["Success"] is True, operation


def test_near_numbers_are_picked_first(own_floor):
    near, province, far, inbound = fresh("0571"), fresh("0577"), fresh("010"), "4009" + fresh()[-6:]
    ids = own_floor.bound(far, province, near)
    ids += own_floor.bound(inbound, usage="Inbound")
    group = own_floor.group(outbound_phone_number_id=ids)

    def pick(**fields):
        body = own_floor.body("PickGlobalOutboundNumbers", skill_group_id=[group], **fields)
        pairs = body.dial_number_pairs.dial_number_pair
        assert all(pair.callee.number == fields["callee_number"] for pair in pairs)
        return [pair.caller.number for pair in pairs]

    assert pick(callee_number="057181234567", count=100) == [near, province, far]
    assert pick(callee_number="01081234567", count=1) == [far]
    assert pick(callee_number="057181234567", is_virtual=True) == [near], "one pair if Count is absent"
    empty = own_floor.group()
    body = own_floor.body("PickGlobalOutboundNumbers", skill_group_id=[empty], callee_number="110")
    assert body.dial_number_pairs.dial_number_pair == []


def test_bad_picks(floor):
    group = floor.group()
    for fields, expected in [
        ({"skill_group_id": ["unknown"]}, ("NotExist.SkillGroup", 404)),
        ({"skill_group_id": [group], "callee_number": "nobody"}, ("Parameter.Format", 400)),
        ({"skill_group_id": [group], "count": 0}, ("Parameter.Minimum", 400)),
        ({"skill_group_id": [group], "count": 101}, ("Parameter.Maximum", 400)),
        ({"skill_group_id": ["x"] * 401}, ("Parameter.Maximum", 400)),
        ({}, ("MissingSkillGroupId", 400)),
        ({"skill_group_id": [group], "callee_number": ""}, ("MissingCalleeNumber", 400)),
        ({"skill_group_id": [group], "instance_id": "unknown"}, ("NotExist.Instance", 404)),
    ]:
        assert floor.refusal("PickGlobalOutboundNumbers", **{"callee_number": "110", **fields}) == expected, fields


def test_given_numbers_are_picked(floor):
    candidates = ["01065520001", "nobody", "02581234567", "025-81234567"]
    fields = {"callee_number": "13812345678", "candidate_number": candidates}
    pairs = floor.body("PickOutboundNumbers", count=10, **fields).dial_number_pairs.dial_number_pair
    assert [pair.caller.number for pair in pairs] == ["02581234567", "01065520001"]
    data = floor.body("PickLocalNumber", **fields).data
    assert (data.caller.number, data.caller.city, data.callee.city) == ("02581234567", "南京", "连云港")


def test_numbers_are_checked(own_floor):
    number = fresh()
    own_floor.bound(number)
    body = own_floor.body("CheckNumberAvaliable", callee="13800138000", caller=number)
    assert body.callee_avaliable.avaliable and body.caller_avaliable.avaliable
    body = own_floor.body("CheckNumberAvaliable", callee="nobody", caller=fresh())
    assert not body.callee_avaliable.avaliable and not body.caller_avaliable.avaliable
    assert "telephone number" in body.callee_avaliable.reason and "AddPhoneNumber" in body.caller_avaliable.reason


# Binding


def test_a_bulk_call_sorts_the_numbers(own_floor):
    good, used, owing, foreign = fresh(), fresh(), fresh(), fresh()
    other = Floor(own_floor.cairn)
    other.bound(used)
    own_floor.buy(good, owing)
    own_floor.console("SetPhoneNumberArrears", PhoneNumber=owing, InArrears="true")
    flow, group = own_floor.flow(), own_floor.group()
    body = own_floor.body(
        "AddBulkPhoneNumbers",
        phone_number=[owing, good, foreign, used],
        usage="Bidirection",
        contact_flow_id=flow.contact_flow_id,
        skill_group_id=[group],
    )
    assert body.arrearage_phone_numbers.arrearage_phone_number == [owing]
    assert body.failed_phone_numbers.failed_phone_number == [foreign]
    assert body.userd_phone_numbers.userd_phone_number == [used]
    [number] = body.phone_numbers.phone_number
    assert (number.number, number.usage, number.allow_outbound, number.trunks) == (good, "Bidirection", True, 10)
    assert (number.remaining_time, number.test_only, number.instance_id) == (0, False, own_floor.instance)
    assert number.contact_flow.contact_flow_name == flow.contact_flow_name
    assert [of.skill_group_id for of in number.skill_groups.skill_group] == [group]
    [listed] = own_floor.flows()[flow.contact_flow_name].phone_numbers.phone_number
    assert listed.phone_number_id == number.phone_number_id


def test_bad_bindings_change_nothing(own_floor):
    number, toll_free = fresh(), "4008" + fresh()[-6:]
    own_floor.buy(number, toll_free)
    system = own_floor.flows()["SatisfactionSurvey"].contact_flow_id
    for fields, expected in [
        ({"usage": "Sideways"}, ("Parameter.Enumeration", 400)),
        ({"usage": "Outboung", "phone_number": [number, toll_free]}, ("Parameter.Enumeration", 400)),
        ({"contact_flow_id": "unknown"}, ("NotExist.ContactFlow", 404)),
        ({"contact_flow_id": system}, ("Parameter.Invalid", 400)),
        ({"skill_group_id": ["unknown"]}, ("NotExist.SkillGroup", 404)),
        ({"phone_number": None}, ("MissingPhoneNumber", 400)),
        ({"phone_number": [number] * 401}, ("Parameter.Maximum", 400)),
        ({"usage": None}, ("MissingUsage", 400)),
        ({"instance_id": "unknown"}, ("NotExist.Instance", 404)),
    ]:
        fields = {"phone_number": [number], "usage": "Inbound", **fields}
        assert own_floor.refusal("AddBulkPhoneNumbers", **fields) == expected, fields
    assert own_floor.body("ListPhoneNumbers", outbound_only=False).phone_numbers.phone_number == []


def test_one_number_from_adding_to_removing(own_floor):
    number, owing, other = fresh("021"), fresh(), Floor(own_floor.cairn)
    own_floor.buy(number, owing)
    own_floor.console("SetPhoneNumberArrears", PhoneNumber=owing, InArrears="true")
    added = own_floor.body("AddPhoneNumber", phone_number=number, usage="Outboung").phone_number
    assert (added.usage, added.contact_flow, added.allow_outbound) == ("Outbound", None, True)
    for text, usage, expected in [
        (number, "Inbound", ("Exists.PhoneNumber", 409)),
        (owing, "Inbound", ("Arrearage.PhoneNumber", 400)),
        (fresh(), "Inbound", ("NotExist.PhoneNumber", 404)),
        ("nobody", "Inbound", ("Parameter.Format", 400)),
        ("4001234567", "Outbound", ("Parameter.Enumeration", 400)),
    ]:
        assert own_floor.refusal("AddPhoneNumber", phone_number=text, usage=usage) == expected, text

    flow, group, number_id = own_floor.flow().contact_flow_id, own_floor.group(), added.phone_number_id
    fields = {"phone_number_id": number_id, "usage": "Bidirection"}
    changed = own_floor.body("ModifyPhoneNumber", contact_flow_id=flow, skill_group_id=[group], **fields).phone_number
    assert (changed.contact_flow.contact_flow_id, len(changed.skill_groups.skill_group)) == (flow, 1)
    for more, expected in [
        ({"phone_number_id": "unknown"}, ("NotExist.PhoneNumber", 404)),
        ({"contact_flow_id": "unknown"}, ("NotExist.ContactFlow", 404)),
        ({"skill_group_id": ["unknown"]}, ("NotExist.SkillGroup", 404)),
        ({"usage": "x"}, ("Parameter.Enumeration", 400)),
    ]:
        assert own_floor.refusal("ModifyPhoneNumber", **{**fields, **more}) == expected, more

    [listed] = own_floor.body("ListPhoneNumbers", outbound_only=True).phone_numbers.phone_number
    assert (listed.number, listed.province, listed.city, listed.usage) == (number, "上海", "上海", "Bidirection")
    assert other.refusal("RemovePhoneNumber", phone_number_id=number_id) == ("NotExist.PhoneNumber", 404)
    own_floor.body("RemovePhoneNumber", phone_number_id=number_id)
    assert own_floor.refusal("RemovePhoneNumber", phone_number_id=number_id) == ("NotExist.PhoneNumber", 404)
    groups = own_floor.body("ListSkillGroups").skill_groups.skill_group
    assert all(of.outbound_phone_numbers.phone_number == [] for of in groups)


def test_the_account_owns_numbers(own_floor):
    numbers = sorted([fresh("0311"), fresh("0311")])
    own_floor.buy(*numbers)
    again = own_floor.console("BuyPhoneNumbers", **{"PhoneNumber.1": numbers[0], "PhoneNumber.2": "nobody"})
    assert again["FailedPhoneNumbers"]["FailedPhoneNumber"] == [numbers[0], "nobody"]
    own_floor.body("AddPhoneNumber", phone_number=numbers[0], usage="Inbound")
    seen, page = {}, 1
    while True:
        answer = own_floor.console("ListOwnedPhoneNumbers", PageNumber=str(page), PageSize="100")["PhoneNumbers"]
        seen.update({number["Number"]: number for number in answer["List"]["PhoneNumber"]})
        if page * 100 >= answer["TotalCount"]:
            break
        page += 1
    assert seen[numbers[0]]["InstanceId"] == own_floor.instance and "InstanceId" not in seen[numbers[1]]
    assert seen[numbers[1]]["City"] == "石家庄"

    bound = {"PhoneNumber.1": numbers[1], "PhoneNumber.2": numbers[0]}
    reply = own_floor.cairn.call(CCC, "ReleasePhoneNumbers", bound)
    assert (reply.code, reply.status) == ("InUse.PhoneNumber", 400)
    own_floor.console("ReleasePhoneNumbers", **{"PhoneNumber.1": numbers[1]})
    reply = own_floor.cairn.call(CCC, "ReleasePhoneNumbers", {"PhoneNumber.1": numbers[1]})
    assert (reply.code, reply.status) == ("NotExist.PhoneNumber", 404)


def test_a_user_sees_the_numbers_of_his_groups(own_floor):
    numbers = sorted([fresh(), fresh()])
    ids = own_floor.bound(*numbers)
    [admin] = own_floor.body("GetInstance").instance.admin.user
    own_floor.group(user_id=[admin.user_id], skill_level=[5], outbound_phone_number_id=ids)
    body = own_floor.body("ListOutboundPhoneNumberOfUser", user_id=admin.user_id, page_number=1, page_size=100)
    assert body.number_list.number == numbers
    shown = body.outbound_phone_numbers.phone_number
    assert [(number.private_flag, number.city) for number in shown] == [(False, "杭州")] * 2
    body = own_floor.body("ListOutboundPhoneNumberOfUser", user_id=admin.user_id, page_number=3, page_size=1)
    assert body.number_list.number == []
    for fields, expected in [
        ({"user_id": admin.ram_id}, ("NotExist.User", 404)),
        ({"user_id": admin.user_id, "page_size": 101}, ("Parameter.Maximum", 400)),
        ({"user_id": admin.user_id, "page_number": 0}, ("Parameter.Minimum", 400)),
        ({}, ("MissingUserId", 400)),
    ]:
        assert own_floor.refusal("ListOutboundPhoneNumberOfUser", **fields) == expected, fields


def test_tags(own_floor):
    number, group = fresh(), own_floor.group()
    own_floor.bound(number)
    page = {"current_page": 1, "page_size": 10, "outbound_only": False}
    assert own_floor.refusal("ModifyPhoneTags", service_tag="east") == ("NotExist.PhoneTag", 404)
    own_floor.body("AddPhoneTags", phone_number_list=[number], service_tag="east", provider="移动", concurrency=30, type=1)
    own_floor.body("ModifyPhoneTags", service_tag="east", skill_group_id_list=[group])
    shown = own_floor.body("ListPhoneTags", number=number[-4:], number_group_ids=["east"], **page).phone_numbers
    assert (shown.total_count, shown.page_number, shown.page_size) == (1, 1, 10)
    [tagged] = shown.list
    assert (tagged.number, tagged.service_tag, tagged.provider, tagged.concurrency) == (number, "east", "移动", 30)
    assert (tagged.skill_group_id_list, tagged.city, tagged.type) == ([group], "杭州", 1)
    for operation, fields, expected in [
        ("AddPhoneTags", {"phone_number_list": [fresh()], "service_tag": "x"}, ("NotExist.PhoneNumber", 404)),
        ("AddPhoneTags", {"phone_number_list": [number], "service_tag": "x", "type": 2}, ("Parameter.Maximum", 400)),
        ("AddPhoneTags", {"phone_number_list": [number], "service_tag": "x" * 65}, ("Parameter.Maximum", 400)),
        ("ModifyPhoneTags", {"service_tag": "east", "skill_group_id_list": ["x"]}, ("NotExist.SkillGroup", 404)),
        ("DeletePhoneTags", {"phone_number_list": [fresh()]}, ("NotExist.PhoneNumber", 404)),
        ("ListPhoneTags", {**page, "page_size": 101}, ("Parameter.Maximum", 400)),
    ]:
        assert own_floor.refusal(operation, **fields) == expected, (operation, fields)
    own_floor.body("DeletePhoneTags", phone_number_list=[number])
    assert own_floor.body("ListPhoneTags", **page).phone_numbers.list == []
