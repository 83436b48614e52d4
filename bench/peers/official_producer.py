"""Writes the lines of a file into a logstore by the official producer, and prints how long that took as JSON.

    official_producer.py PACKING PROJECT LOGSTORE FILE

The time goes from the first log that is handed over until the last is acknowledged. The server is its HTTP proxy.
"""

import json
import os
import sys
import time

from aliyun_log_producer import EnqueueFullError, Producer, ProducerConfig


def main():
    packing, project, logstore, path = sys.argv[1:]
    with open(path, encoding="utf-8") as file:
        events = file.read().splitlines()
    config = ProducerConfig(
        endpoint="cn-hangzhou.log.aliyuncs.com", compression=packing, linger=0.05,
        access_key_id=os.environ["ALIBABA_CLOUD_ACCESS_KEY_ID"],
        access_key_secret=os.environ["ALIBABA_CLOUD_ACCESS_KEY_SECRET"],
    )
    refused, now = [], int(time.time())
    note = lambda error: refused.append(error.message) if error is not None else None
    started = time.monotonic()
    with Producer(config) as producer:
        writer = producer.writer(project, logstore)
        for event in events:
            while True:
                try:
                    writer.send({"event": event}, time=now, topic="actiontrail_audit_event", on_delivery=note)
                    break
                except EnqueueFullError:
                    time.sleep(0.001)
    seconds = time.monotonic() - started
    print(json.dumps({"seconds": seconds, "refused": len(refused), "first": refused[:1]}))


main()
