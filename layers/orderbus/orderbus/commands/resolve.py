"""A person's answer to an unknown: `command.resolve.v1` moves two commands in one write."""

from __future__ import annotations

from orderbus.commands.ledger import BookMove, CommandRecord
from orderbus.commands.outcomes import rejection, results, success
from orderbus.commands.work import LOST_SECONDS, Later, Office, Taken, effective_time
from orderbus.domain.commands import Rejection, Resolve


def resolve(office: Office, record: CommandRecord, answer: Resolve) -> Taken:
    """End an unknown command as a person says, and the resolving one with it.

    Args:
        office: The ledger, and who is told what.
        record: The resolving command.
        answer: Its arguments.
    """
    target = office.ledger.find(record.command.subject, answer.command_id)
    if target is None:
        why = Rejection("unknown_command", f"the order has no command {answer.command_id!r}")
        return office.end(record, "rejected", rejection(why))
    if target.state != "unknown":
        why = Rejection("not_unknown", f"command {answer.command_id!r} is {target.state}, not unknown")
        return office.end(record, "rejected", rejection(why))
    resolved, book = resolution(
        office, target, applied=answer.outcome == "succeeded", note=answer.note, by=record.command.id
    )
    result = {"command_id": answer.command_id, "outcome": answer.outcome}
    ended = office.teller(record).ended("succeeded", success(result))
    written = office.ledger.move((record, ended), (target, resolved), book=book)
    if not written:
        return Later(LOST_SECONDS)
    office.ended(resolved)
    office.ended(ended)
    return ended


def resolution(
    office: Office, target: CommandRecord, *, applied: bool, note: str, by: str
) -> tuple[CommandRecord, BookMove | None]:
    """Return how an unknown command ends after all, and what its order's book becomes.

    Args:
        office: The ledger, and who is told what.
        target: The unknown command.
        applied: Whether it has happened.
        note: What is said of it.
        by: The id of the command that resolves it.
    """
    teller = office.teller(target)
    book = office.ledger.book(target.command.subject)
    if applied:
        ended = teller.ended("succeeded", success(results(target) | {"note": note}, by))
        return ended, (book, book.set_at(effective_time(target))) if target.progress.sets_state else None
    ended = teller.ended("rejected", rejection(Rejection("not_applied", note), by))
    return ended, (book, book.without(target.command.id)) if book.has(target.command.id) else None
