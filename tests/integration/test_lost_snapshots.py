"""P6: somebody deletes a large order's snapshot from the bucket: it is set aside, and the rest goes on."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from orderbus.runtime import clients

from tests.watched_site import ORDER, a_site, place, read_again, watch
from tests.world import BUCKET, LUNA, World

LINES = [("289.99", 1)] * 2_000
LOST = f"{LUNA}:{ORDER}"


@pytest.fixture
def world() -> Iterator[World]:
    with a_site() as made:
        clients.s3().put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
        yield made


def lose_the_snapshot(world: World) -> str:
    (key,) = world.objects("snapshots/")
    clients.s3().delete_object(Bucket=BUCKET, Key=key)
    return key


def restore(key: str) -> None:
    """Take the mark of a deletion away, as the runbook says."""
    (mark,) = clients.s3().list_object_versions(Bucket=BUCKET, Prefix=key)["DeleteMarkers"]
    clients.s3().delete_object(Bucket=BUCKET, Key=key, VersionId=mark["VersionId"])


def test_it_is_set_aside_by_name_once_and_redriven_after_it_is_restored(world: World) -> None:
    place(world, ORDER, lines=LINES)
    place(world, ORDER + 1)
    world.poll(LUNA)
    world.relay()
    key = lose_the_snapshot(world)
    for number in (ORDER, ORDER + 1):
        world.lunasoft.edit(number, customer_note="Ring twice.")
    world.pass_time(minutes=1)

    first, second = world.poll(LUNA), world.poll(LUNA)

    for answer, updated in ((first, 1), (second, 0)):
        assert (answer["updated"], answer["quarantined"], answer["complete"]) == (updated, 1, True)
    aside, other = sorted(world.relay(), key=lambda event: str(event["subject"]))
    assert (other["type"], other["subject"]) == ("order.updated.v1", f"{LUNA}:{ORDER + 1}")
    assert (aside["type"], aside["subject"]) == ("order.quarantined.v1", LOST)
    assert aside["data"]["reason"] == f"what the ledger has of it is not in the bucket: restore {key}"

    still = world.poll(LUNA, redrive="all")
    assert (still["quarantined"], len(still["waiting"])) == (1, 1)
    restore(key)
    redriven = world.poll(LUNA, redrive="all")

    assert (redriven["updated"], redriven["waiting"]) == (1, [])
    (told,) = world.relay()
    assert (told["type"], told["subject"], told["revision"]) == ("order.updated.v1", LOST, 2)


def test_its_watch_hinders_no_other_and_it_is_read_again_hours_later(world: World) -> None:
    watch(world, ORDER, ORDER + 1, lines=LINES)
    for key in world.objects("snapshots/"):
        clients.s3().delete_object(Bucket=BUCKET, Key=key)

    answer = world.poll(LUNA)

    assert (answer["complete"], answer["quarantined"]) == (True, 2)
    assert read_again(world) == [ORDER, ORDER + 1]
    world.pass_time(hours=6, seconds=-5)
    world.poll(LUNA)
    assert read_again(world) == []
    world.pass_time(seconds=6)
    world.poll(LUNA)
    assert read_again(world) == [ORDER, ORDER + 1]
