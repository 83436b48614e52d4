"""Creates an instance and a skill group, then finds both calls in the audit.

    pip install alibabacloud_ccc20170705 alibabacloud_actiontrail20200706
    export ALIBABA_CLOUD_ACCESS_KEY_ID=... ALIBABA_CLOUD_ACCESS_KEY_SECRET=...
    python examples/tour.py [HOST:PORT]
"""

import os
import sys
import uuid

from alibabacloud_actiontrail20200706 import models as actiontrail
from alibabacloud_actiontrail20200706.client import Client as ActionTrail
from alibabacloud_ccc20170705 import models as ccc
from alibabacloud_ccc20170705.client import Client as CallCenter
from alibabacloud_tea_openapi.models import Config

endpoint = sys.argv[1] if len(sys.argv) > 1 else "127.0.0.1:8080"


def config():
    return Config(
        access_key_id=os.environ["ALIBABA_CLOUD_ACCESS_KEY_ID"],
        access_key_secret=os.environ["ALIBABA_CLOUD_ACCESS_KEY_SECRET"],
        endpoint=endpoint,
        protocol="HTTP",
        region_id="cn-shanghai",
    )


call_center = CallCenter(config())
name = f"tour-{uuid.uuid4().hex[:8]}"
created = call_center.create_instance(
    ccc.CreateInstanceRequest(name=name, domain_name=name, storage_max_days=30, storage_max_size=10)
)
instance_id = created.body.instance.instance_id
print(f"instance     {instance_id}")

group = call_center.create_skill_group(ccc.CreateSkillGroupRequest(instance_id=instance_id, name="Billing"))
print(f"skill group  {group.body.skill_group_id}")

trail = ActionTrail(config())
found = trail.lookup_events(
    actiontrail.LookupEventsRequest(
        lookup_attribute=[actiontrail.LookupEventsRequestLookupAttribute(key="ResourceName", value=instance_id)]
    )
)
print("events of the instance, newest first:")
for event in found.body.events:
    print(f"  {event['eventTime']}  {event['eventRW']:5}  {event['eventName']}  by {event['userIdentity']['userName']}")
