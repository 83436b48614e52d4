"""A log service elsewhere that trails deliver to, read with the SDK of log services."""

import json
import time

from logstores import client_of
from principals import unique
from trail_deliveries import Deliveries, ids_of_group, pulled_groups, wait_for

REGION = "cn-hangzhou"


def destination(section, name, endpoint, key, secret_file, **more):
    """A table of the configuration."""
    settings = {
        "name": name,
        "endpoint": endpoint,
        "region": REGION,
        "access_key_id": key.key_id,
        "access_key_secret_file": str(secret_file),
        **more,
    }
    return f"[[delivery.{section}]]\n" + "".join(f"{name} = {json.dumps(value)}\n" for name, value in settings.items())


class RemoteProject:
    """A project of another server."""

    def __init__(self, elsewhere, name=None):
        self.elsewhere, self.name = elsewhere, name or unique("remote")
        self.arn = f"acs:log:{REGION}:{elsewhere.account}:project/{self.name}"
        self.make()

    def make(self):
        """Its name is free a moment after the last one of that name was deleted."""
        client_of(self.elsewhere).create_project(self.name, "for a test")

    def trail(self, cairn, **parameters):
        return Deliveries(cairn, to=(), SlsProjectArn=self.arn, **parameters)

    def groups(self, logstore):
        """The `__pack_id__` of each group, and the ids of its events."""
        found = []
        for group in pulled_groups(client_of(self.elsewhere), self.name, logstore):
            [pack_id] = [tag.Value for tag in group.LogTags if tag.Key == "__pack_id__"]
            found.append((pack_id, ids_of_group(group)))
        return found

    def ids(self, logstore):
        return [event_id for _, ids in self.groups(logstore) for event_id in ids]

    def has(self, trail, ids, patience_s=90):
        """Whether events arrive; another attempt is made when the logstore is not there."""

        def arrived():
            try:
                return set(ids) <= set(self.ids(trail.logstore))
            except Exception:  # noqa: BLE001 - what is made again is not there for a moment
                return False

        return wait_for(arrived, patience_s)

    def search(self, trail, query="*"):
        now = int(time.time())
        found = client_of(self.elsewhere).get_log(self.name, trail.logstore, now - 86_400, now + 900, query=query, size=100)
        assert found.is_completed()
        return found.get_logs()


def repeated(groups):
    """Events of groups that are there again; every event is in groups of one `__pack_id__` only, and a group is whole."""
    by_id, again = {}, 0
    for pack_id, ids in groups:
        if pack_id in by_id:
            assert by_id[pack_id] == ids, "a group is repeated as it was"
            again += len(ids)
        by_id[pack_id] = ids
    events = [event_id for ids in by_id.values() for event_id in ids]
    assert len(events) == len(set(events)), "doubles are in repeated groups alone"
    return again


def error_of(trail):
    return trail.status().get("LatestDeliveryLogServiceError")
