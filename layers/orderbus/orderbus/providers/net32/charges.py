"""A charge's JSON, of which no page says anything: its body by a template, its answer by options."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from orderbus.commands.adapter import Pending, Refused, Settlement, Succeeded
from orderbus.domain.commands import Ship
from orderbus.domain.errors import NotNormalizableError
from orderbus.domain.money import MoneyReader
from orderbus.providers.net32.envelope import opened, words_of
from orderbus.providers.net32.mapping import first
from orderbus.providers.net32.options import Net32Options
from orderbus.providers.writes import bounded

Json = dict[str, Any]

# A breakdown is kept beside the command, in an item that has a size.
_MOST_PARTS = 200
_OF_A_LINE = ("{line_id}", "{quantity}")
_CARRIER, _TRACKING = "{carrier}", "{tracking_numbers}"


def charge_body(template: Json, order_id: str, wanted: Ship) -> Json:
    """Return the body that ships and charges these lines."""
    whole = {"{order_id}": order_id, _CARRIER: wanted.carrier, _TRACKING: list(wanted.tracking_numbers)}
    lines = [{**whole, "{line_id}": line.line_id, "{quantity}": line.quantity} for line in wanted.lines]
    body: Json = _filled(template, whole, lines)
    return body


def ignored(template: Json, wanted: Ship) -> list[str]:
    """Return which arguments of a shipment the body has no place for."""
    given = {"carrier": (_CARRIER, wanted.carrier), "tracking_numbers": (_TRACKING, wanted.tracking_numbers)}
    names = [name for name, (place, value) in given.items() if value and not _names(template, (place,))]
    return [*names, *(["notify_customer"] if wanted.notify_customer else [])]


def _filled(template: Any, values: Mapping[str, Any], lines: Sequence[Mapping[str, Any]]) -> Any:
    if isinstance(template, dict):
        return {key: _filled(each, values, lines) for key, each in template.items()}
    if isinstance(template, list):
        if len(template) == 1 and _names(template[0], _OF_A_LINE):
            return [_filled(template[0], line, lines) for line in lines]
        return [_filled(each, values, lines) for each in template]
    return values.get(template, template) if isinstance(template, str) else template


def _names(template: Any, places: tuple[str, ...]) -> bool:
    if isinstance(template, dict | list):
        inner = template.values() if isinstance(template, dict) else template
        return any(_names(each, places) for each in inner)
    return template in places


def charge_id(answer: Any, options: Net32Options) -> str | None:
    """Return the id of a charge that was taken, or None where the answer has none that can be used."""
    value = first(opened(answer), options.charge_id_keys)
    if isinstance(value, bool) or not isinstance(value, int | str):
        return None
    return str(value).strip() or None


def settlement(answer: Any, charge: str, options: Net32Options) -> Settlement:
    """Return what became of a charge; a state that is not configured is pending, never a success.

    Args:
        answer: One that is no error.
        charge: The charge's id.
        options: Of the connection.
    """
    fields = opened(answer)
    said = first(fields, options.charge_status_keys)
    state = said.strip().lower() if isinstance(said, str) else ""
    if state in options.charge_success:
        result = {
            "charge_id": charge,
            "status": "success",
            "payout": _money(first(fields, options.payout_keys), options),
            "breakdown": _breakdown(fields.get("breakdown"), options),
        }
        return Succeeded(result | {"provider": bounded(fields)})
    if state in options.charge_failed:
        text = " ".join(words_of(answer).split())[:500]
        said_why = f": {text}" if text else ""
        provider = {"status": None, "code": state, "text": text or None}
        return Refused(f"charge {charge} ended as {state}{said_why}", provider, "charge_failed")
    return Pending(recognized=state in options.charge_pending)


def _breakdown(rows: Any, options: Net32Options) -> list[Json]:
    """Return the parts of the payout whose amount can be read; all of them are in `provider` as they came."""
    parts = [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []
    read = [{"kind": str(row.get("kind")), "amount": _money(row.get("amount"), options)} for row in parts]
    return [part for part in read if part["amount"] is not None][:_MOST_PARTS]


def _money(value: Any, options: Net32Options) -> Json | None:
    """Return an amount exactly, or None where it is none: it is told beside a charge that has happened."""
    try:
        amount = Decimal(value) if isinstance(value, int | str | Decimal) else None
        return None if amount is None else MoneyReader(options.currency).read(amount).as_json()
    except (ArithmeticError, NotNormalizableError):
        return None
