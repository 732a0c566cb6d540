"""The inbox on S3: the bytes as they came, with a few facts beside them."""

from __future__ import annotations

import pytest
from orderbus.aws.inbox import BucketInbox
from orderbus.runtime import clients

from tests.world import BUCKET, World


@pytest.fixture
def inbox(world: World) -> BucketInbox:  # noqa: ARG001 - the bucket is there while it is
    return BucketInbox(clients.s3(), BUCKET)


@pytest.mark.parametrize("body", [b"", b"[]", bytes(range(256)) * 1000, b"\xff\xfe cut o"])
def test_bytes_are_read_as_they_were_put_whatever_they_are(inbox: BucketInbox, body: bytes) -> None:
    inbox.put("inbox/c/r-1", body, {"read-at": "2026-01-05T12:00:00.000000Z", "trouble": ""})

    assert inbox.get("inbox/c/r-1") == (
        body,
        {"read-at": "2026-01-05T12:00:00.000000Z", "trouble": ""},
    )


def test_where_there_is_nothing_nothing_is_returned(inbox: BucketInbox) -> None:
    assert inbox.get("inbox/c/r-2") is None


def test_a_bucket_that_is_not_there_is_an_error_and_not_an_empty_inbox(world: World) -> None:  # noqa: ARG001
    with pytest.raises(clients.s3().exceptions.NoSuchBucket):
        BucketInbox(clients.s3(), "elsewhere").get("inbox/c/r-1")
