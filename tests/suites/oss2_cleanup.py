"""The suite of oss2 cleans up after every test, and asks for the live channels of its buckets then. There are none here."""

import oss2

oss2.LiveChannelIterator = lambda bucket, **_: iter(())
