"""Secrets and personal data that are planted in connections and orders, and a witness of all that is told."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from orderbus.runtime import clients

from tests.malformed import LUNA_SHOP, NET32_SHOP, Shop
from tests.publishing import with_outbox
from tests.telling import Told, telling
from tests.world import World

Json = dict[str, Any]

SECRETS = {"luna": "sk-planted-3f9a", "net32": "sub-planted-77c1", "other": "pw-planted-a0b1"}
PERSONS = {
    "name": "Quentin Plantagenet",
    "street": "77 Planted Lane",
    "city": "Plantville",
    "email": "q.plantagenet@example.org",
    "phone": "555-777-0199",
    "ip": "203.0.113.77",
    "note": "leave it with the gardener",
    "card": "4111-9917",
}
PLANTED = [*SECRETS.values(), *PERSONS.values(), "Quentin", "Plantagenet"]
EVERYTHING = " / ".join([*SECRETS.values(), *PERSONS.values()])

PERSONAL: dict[str, Json] = {
    "lunasoft": {
        **dict.fromkeys(("first_name", "billing_first_name", "shipping_first_name"), PERSONS["name"]),
        **dict.fromkeys(("billing_address", "shipping_address"), PERSONS["street"]),
        **dict.fromkeys(("billing_city", "shipping_city"), PERSONS["city"]),
        **dict.fromkeys(("email", "user_email", "billing_email"), PERSONS["email"]),
        **dict.fromkeys(("phone", "billing_phone", "shipping_phone"), PERSONS["phone"]),
        "created_ip": PERSONS["ip"],
        "customer_note": PERSONS["note"],
        "card_last_4": PERSONS["card"],
    },
    "net32": {
        "customer": {"name": PERSONS["name"], "email": PERSONS["email"], "phone": PERSONS["phone"]},
        "shippingAddress": {
            "name": PERSONS["name"],
            "address1": PERSONS["street"],
            "city": PERSONS["city"],
        },
        "ip": PERSONS["ip"],
        "note": PERSONS["note"],
        "card": PERSONS["card"],
    },
}


class Witness:
    """Sees all that is told, and says whether anything planted is in it."""

    def __init__(
        self, told: Told, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
    ) -> None:
        self._told = told
        self._capsys = capsys
        self._caplog = caplog
        self.invoke = told.invoke

    def heard_nothing_planted(self, *, but: str) -> None:
        """Assert that nothing planted was told, though something was: `but` is in it."""
        everything = self._told.all(self._capsys, self._caplog)
        assert but in everything
        assert [planted for planted in PLANTED if planted in everything] == []


@contextmanager
def a_witness(
    world: World, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> Iterator[Witness]:
    """Plant the secrets in both connections, and listen from then on."""
    world.lunasoft._key, world.net32._key = SECRETS["luna"], SECRETS["net32"]
    connect(world, LUNA_SHOP)
    connect(world, NET32_SHOP)
    capsys.readouterr()
    caplog.clear()
    with telling() as told:
        yield Witness(told, capsys, caplog)


def connect(world: World, shop: Shop, *, base_url: str | None = None, **fields: Any) -> None:
    """Put a connection with its planted key."""
    name, secret = ("api_key", "luna") if shop is LUNA_SHOP else ("subscription_key", "net32")
    at = world.lunasoft_at if shop is LUNA_SHOP else world.net32_at
    fields = {"credentials": {name: SECRETS[secret]}} | fields
    world.connect(shop.connection, shop.provider, base_url or at.url, **fields)


def store(name: str, text: str) -> None:
    """Put any text where a connection is expected."""
    parameter = f"/orderbus/connections/{name}"
    clients.ssm().put_parameter(Name=parameter, Value=text, Type="SecureString", Overwrite=True)


def poll(world: World, witness: Witness, shop: Shop, **more: Any) -> Json | None:
    """Poll a connection before a witness."""
    return witness.invoke(world, f"fetch_{shop.provider}", {"connection": shop.connection, **more})


def relay(world: World, witness: Witness) -> list[Json]:
    """Publish what is on the stream, and return what the subscriber gets: the one who may know."""
    witness.invoke(world, "publish_events", {"Records": with_outbox(world.records())})
    return world.receive()


def assert_says_nothing(events: list[Json]) -> None:
    """Assert that events tell nothing planted."""
    told = json.dumps(events, ensure_ascii=False)
    assert [planted for planted in PLANTED if planted in told] == []
