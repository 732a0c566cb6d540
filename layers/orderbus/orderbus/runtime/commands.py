"""The doors of the functions that carry out commands, each fed by a queue of its own.

A message is done when the ledger says how its command ended, or that a charge was taken. One that waits is
made visible again in seconds; from some number of receives on it is let go, since the ledger has the command
and the sweep finds it. Only what is no command stays, until its queue gives it to the dead-letter queue.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from typing import Any

from botocore.exceptions import ClientError

from orderbus.commands.ledger import CommandRecord
from orderbus.commands.work import Later, Taken
from orderbus.domain.commands import MalformedMessageError, parse_message
from orderbus.domain.errors import ConfigurationError, OrderBusError
from orderbus.runtime import clients
from orderbus.runtime.desk import CommandServices
from orderbus.runtime.door import Handler, door
from orderbus.runtime.observability import Context, count, logger
from orderbus.runtime.queues import send_due
from orderbus.runtime.settings import CommandSettings, from_environment

# Below the maxReceiveCount of the queues: what waits does not end among what is malformed.
_MOST_RECEIVES = 8
# The longest that SQS keeps a message back.
_LONGEST_DELAY = 900
_FIRST_ASK = 5
# Of a message that is visible again already, or gone, or never was on the queue, as with `sam local invoke`:
# nothing is to be done about it, and the sweep finds a command that waits.
_NOT_HIDDEN = {"MessageNotInflight", "ReceiptHandleIsInvalid", "InvalidParameterValue"}

TakeMessage = Callable[[CommandServices, Context, str, int], Taken | None]
"""Takes the body of a message, and how often it was received; None where the ledger has no such command."""


def _handler(take: TakeMessage, after: Callable[[CommandServices, Taken | None, str], bool]) -> Handler:
    services: list[CommandServices] = []  # built at first use, then kept for the life of the process

    def handle(event: dict[str, Any], context: Context) -> dict[str, Any]:
        if not services:
            services.append(CommandServices(from_environment(CommandSettings)))
        if "Records" not in event:
            raise ConfigurationError('a command is put on the bus, or sent to the queue as {"Records": ...}')
        count(MessagesMalformed=0, CommandsUnknown=0, CommandsHindered=0, ConnectionsDegraded=0)
        failed = [
            {"itemIdentifier": message["messageId"]}
            for message in event["Records"]
            if not _is_done(services[0], context, message, take, after)
        ]
        return {"batchItemFailures": failed}

    return door(handle, raises=lambda _event: True)


def _is_done(
    services: CommandServices,
    context: Context,
    message: dict[str, Any],
    take: TakeMessage,
    after: Callable[[CommandServices, Taken | None, str], bool],
) -> bool:
    """Say whether a message may go."""
    receives = int(message.get("attributes", {}).get("ApproximateReceiveCount", 1))
    body = message["body"]
    try:
        taken = take(services, context, body, receives)
    except MalformedMessageError as error:
        logger.error("malformed message", extra={"error": error.as_logged()})
        count(MessagesMalformed=1)
        _show_again(services, message, 0)
        return False
    except OrderBusError as error:
        logger.error("a message comes again", extra={"error": error.as_logged()})
        return False
    if after(services, taken, body) or not isinstance(taken, Later):
        return True
    count(CommandsDeferred=1)
    if receives >= _MOST_RECEIVES or taken.seconds > _LONGEST_DELAY:
        return True  # the ledger has it, and the time when it is due
    _show_again(services, message, taken.seconds)
    return False


def _show_again(services: CommandServices, message: dict[str, Any], seconds: float) -> None:
    try:
        clients.sqs().change_message_visibility(
            QueueUrl=services.settings.own_queue,
            ReceiptHandle=message["receiptHandle"],
            VisibilityTimeout=min(math.ceil(seconds), _LONGEST_DELAY),
        )
    except ClientError as error:
        code = error.response["Error"]["Code"].rpartition(".")[2]
        if code not in _NOT_HIDDEN:
            raise
        logger.warning("a message is not hidden on its queue", extra={"error": code})


def _take_command(services: CommandServices, context: Context, body: str, receives: int) -> Taken | None:
    desk = services.desk(context)
    due = _due(body)
    return desk.again(*due, receives) if due else desk.take(parse_message(body), receives)


def _ended(_services: CommandServices, taken: Taken | None, _body: str) -> bool:
    return not isinstance(taken, Later)


def _ask_first(services: CommandServices, taken: Taken | None, body: str) -> bool:
    """Have a charge that was just taken asked about in seconds; the ledger knows of it, too."""
    if isinstance(taken, CommandRecord) and taken.state == "accepted":
        charge = taken.progress.charge
        if charge is not None and not charge.asked:
            send_due(services.settings.settle_queue, taken.command.subject, taken.command.id, _FIRST_ASK)
    return _ended(services, taken, body)


def _take_charge(services: CommandServices, _context: Context, body: str, _receives: int) -> Taken | None:
    due = _due(body)
    if due is None:
        raise MalformedMessageError("the message names no charge that is due")
    return services.settlements().ask(*due)


def _ask_again(services: CommandServices, taken: Taken | None, body: str) -> bool:
    """Have a charge asked about again; beyond what a queue can keep back, the sweep finds it."""
    due = _due(body)
    if isinstance(taken, Later) and taken.seconds <= _LONGEST_DELAY and due is not None:
        send_due(services.settings.own_queue, *due, math.ceil(taken.seconds))
    return True


def _due(body: str) -> tuple[str, str] | None:
    """Return subject and id of a message that says that a command is due, or None for any other."""
    try:
        due = json.loads(body)["due"]
        subject, command_id = due["subject"], due["command_id"]
    except (ValueError, LookupError, TypeError, RecursionError):
        return None
    texts = isinstance(subject, str) and isinstance(command_id, str) and subject and command_id
    return (subject, command_id) if texts else None


def command_handler() -> Handler:
    """Return the handler of a function that carries out commands."""
    return _handler(_take_command, _ended)


def charging_handler() -> Handler:
    """Return the handler of the function whose commands charge, which it alone has asked about."""
    return _handler(_take_command, _ask_first)


def settle_handler() -> Handler:
    """Return the handler of the function that asks what became of charges."""
    return _handler(_take_charge, _ask_again)
