"""From a Net32 order to the normalized one. The JSON is not public: field names are options with defaults."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from orderbus.domain.errors import NotNormalizableError
from orderbus.domain.money import MoneyReader
from orderbus.domain.orders import (
    Address,
    Charge,
    ChargeKind,
    Customer,
    Line,
    Order,
    Quantity,
    order_id,
)
from orderbus.domain.times import parse_time
from orderbus.providers.fields import Amount, Id, Number, Text, Wire, any_list
from orderbus.providers.net32.options import Net32Options
from orderbus.providers.parts import country, empty_to_none, filled, joined, warnings_of
from orderbus.providers.wire import rest


class Net32Line(Wire, kw_only=True):
    """One line, after its field names are found."""

    id: Id
    sku: Text = None
    product: Text = None
    name: Text = None
    quantity: Number
    price: Number


class Net32Order(Wire, kw_only=True):
    """An order, after its field names are found."""

    number: Text = None
    placed_at: Text = None
    status: Text = None
    total: Number
    shipping: Amount = None
    tax: Amount = None
    lines: Annotated[list[Any], any_list]
    note: Text = None


class Net32Party(Wire, kw_only=True):
    """A person or an address; the names are those of other marketplaces, since none are documented."""

    id: Text = None
    name: Text = None
    firstName: Text = None  # noqa: N815 - the wire's name
    lastName: Text = None  # noqa: N815 - the wire's name
    company: Text = None
    email: Text = None
    phone: Text = None
    address1: Text = None
    address2: Text = None
    city: Text = None
    state: Text = None
    zip: Text = None
    country: Text = None


class Net32Mapping:
    """Normalizes the orders of one connection."""

    def __init__(self, connection: str, options: Net32Options) -> None:
        self._connection = connection
        self._options = options
        self._zone = ZoneInfo(options.timezone)

    def external_id(self, raw: Any) -> str:
        """Return the order's id as text: digits so far, but nothing says it stays so."""
        keys = self._options.order_id_keys
        value = first(raw, keys) if isinstance(raw, dict) else None
        if isinstance(value, bool) or not isinstance(value, int | str):
            raise NotNormalizableError(f"no order id: none of {', '.join(keys)} is a text or a number")
        return str(value).strip()

    def normalize(self, raw: Any) -> Order:
        """Return the normalized order.

        Raises:
            NotNormalizableError: Naming the field and what is wrong with it.
        """
        external_id = self.external_id(raw)  # so it is a JSON object
        wire = self._wire(raw)
        money = MoneyReader(self._options.currency)
        lines = [self._line(f"lines.{at}", line, money) for at, line in enumerate(wire.lines)]
        added_to_them: tuple[tuple[ChargeKind, Decimal | None], ...] = (
            ("shipping", wire.shipping),
            ("tax", wire.tax),
        )
        charges = [Charge(kind=kind, amount=money.read(amount)) for kind, amount in added_to_them if amount]
        total = money.read(wire.total)
        placed_at = self._placed_at(wire.placed_at)
        parts = {name: self._party(raw, name) for name in ("customer", "billing", "shipping_address")}
        billing, shipping = _address(parts["billing"]), _address(parts["shipping_address"])
        added = sum(line.total.amount_minor for line in lines) + sum(
            each.amount.amount_minor for each in charges
        )
        return Order(
            order_id=order_id(self._connection, external_id),
            provider="net32",
            connection=self._connection,
            external_id=external_id,
            number=wire.number or external_id,
            placed_at=placed_at,
            placed_at_raw=wire.placed_at,
            lifecycle="open",
            # What is handed out is pending: nothing says more before the pre-authorization.
            payment="pending",
            fulfilment="unfulfilled",
            warnings=warnings_of(
                billing,
                shipping,
                mismatch=added != total.amount_minor,
                rounded=money.rounded,
                undated=placed_at is None,
            ),
            provider_status=wire.status,
            currency=self._options.currency,
            lines=tuple(lines),
            charges=tuple(charges),
            total=total,
            customer=_customer(parts["customer"]),
            billing_address=billing,
            shipping_address=shipping,
            note=wire.note,
            provider_data=rest(raw, self._mapped(raw)),
        )

    def _wire(self, raw: dict[str, Any]) -> Net32Order:
        found = {name: first(raw, self._options.keys(name)) for name in Net32Order.__struct_fields__}
        return Net32Order.read(found)

    def _line(self, where: str, raw: Any, money: MoneyReader) -> Line:
        if not isinstance(raw, dict):
            raise NotNormalizableError(f"{where}: not a JSON object")
        names = {name: self._options.keys(f"line.{name}") for name in Net32Line.__struct_fields__}
        line = Net32Line.read({name: first(raw, keys) for name, keys in names.items()}, where)
        if line.quantity != line.quantity.to_integral_value() or not 0 <= line.quantity < 10**9:
            raise NotNormalizableError(f"{where}.quantity: not a whole number from 0 on")
        mapped = frozenset(used(raw, keys) for keys in names.values())
        return Line(
            line_id=line.id,
            product_id=line.product,
            sku=line.sku,
            name=line.name,
            quantity=Quantity(ordered=int(line.quantity)),
            unit_price=money.read(line.price),
            total=money.read(line.price * line.quantity),
            provider_data=rest(raw, mapped),
        )

    def _party(self, raw: dict[str, Any], name: str) -> Net32Party | None:
        value = first(raw, self._options.keys(name))
        return Net32Party.read(value, name) if isinstance(value, dict) else None

    def _placed_at(self, text: str | None) -> datetime | None:
        try:
            return parse_time(text, zone=self._zone) if text else None
        except ValueError:
            return None

    def _mapped(self, raw: dict[str, Any]) -> frozenset[str]:
        names = frozenset(used(raw, self._options.keys(name)) for name in Net32Order.__struct_fields__)
        return names | {used(raw, self._options.order_id_keys)}


def used(raw: Mapping[str, Any], keys: tuple[str, ...]) -> str:
    """Return which of the keys counts: the first that is present, else an empty text."""
    return next((key for key in keys if key in raw), "")


def first(raw: Mapping[str, Any], keys: tuple[str, ...]) -> Any:
    """Return the value under the first of the keys that is present."""
    return raw.get(used(raw, keys))


def _customer(party: Net32Party | None) -> Customer:
    if party is None:
        return Customer()
    return Customer(
        customer_id=party.id,
        first_name=party.firstName,
        last_name=party.lastName,
        name=_name(party),
        company=party.company,
        email=party.email,
        phone=party.phone,
    )


def _address(party: Net32Party | None) -> Address | None:
    if party is None:
        return None
    code, raw = country(party.country)
    address = Address(
        name=_name(party),
        company=party.company,
        lines=filled(party.address1, party.address2),
        city=party.city,
        region=party.state,
        postal_code=party.zip,
        country=code,
        country_raw=raw,
        phone=party.phone,
        email=party.email,
    )
    return empty_to_none(address)


def _name(party: Net32Party) -> str | None:
    return party.name or joined(party.firstName, party.lastName)
