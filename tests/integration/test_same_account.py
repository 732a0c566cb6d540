"""Two connections to one account are not polled: each would get a part of what is handed out once."""

from __future__ import annotations

from tests.world import NET32, World


def test_a_public_root_that_is_told_and_one_that_is_left_out_are_not_polled_beside_each_other(
    world: World,
) -> None:
    world.connect(NET32, "net32", "https://api.net32.com")
    world.connect("net32-twin", "net32", None)

    answer = world.invoke("fetch_net32", {})

    assert answer["started"] == []
    [refused] = answer["refused"]
    assert refused["message"] == (
        "connections 'net32-main' and 'net32-twin' are the same net32 account;"
        " remove one: each would get only a part of the orders"
    )
