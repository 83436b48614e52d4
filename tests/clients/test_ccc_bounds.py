"""What an instance may have at most, reached by the official client."""

import pytest
from ccc_floor import Floor, fresh

MAX_SKILL_GROUPS, MAX_NUMBERS, LIST_ELEMENTS = 100, 10_000, 400


@pytest.fixture
def floor(cairn):
    return Floor(cairn)


def groups(floor):
    return len(floor.body("ListSkillGroups").skill_groups.skill_group)


def test_skill_groups_of_an_instance(floor):
    for _ in range(groups(floor), MAX_SKILL_GROUPS):
        floor.group()
    assert floor.refusal("CreateSkillGroup", name="one more") == ("LimitExceeded.SkillGroup", 400)
    assert groups(floor) == MAX_SKILL_GROUPS


def test_numbers_of_an_instance(floor):
    bound = len(floor.body("ListPhoneNumbers", outbound_only=False).phone_numbers.phone_number)
    while bound < MAX_NUMBERS:
        numbers = [fresh("0755") for _ in range(min(LIST_ELEMENTS, MAX_NUMBERS - bound))]
        bound += len(floor.bound(*numbers))
    late = fresh("0755")
    floor.buy(late)
    for operation, number in [("AddBulkPhoneNumbers", [late]), ("AddPhoneNumber", late)]:
        refused = floor.refusal(operation, phone_number=number, usage="Bidirection")
        assert refused == ("LimitExceeded.PhoneNumber", 400)
    assert len(floor.body("ListPhoneNumbers", outbound_only=False).phone_numbers.phone_number) == MAX_NUMBERS
