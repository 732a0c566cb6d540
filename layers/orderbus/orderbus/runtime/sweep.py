"""The door of sweep_due: each minute, what the ledger says is due, and the heartbeat."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from orderbus.aws.bus import EventBridgeBus
from orderbus.aws.commands import DynamoCommands
from orderbus.aws.connections import ParameterConnections
from orderbus.aws.states import DynamoStates
from orderbus.commands.ledger import Queue
from orderbus.domain.connections import Connection
from orderbus.domain.errors import PublishError
from orderbus.domain.events import Event, event_id
from orderbus.domain.times import stamp
from orderbus.intake.progress import Progress
from orderbus.intake.silence import Silence
from orderbus.runtime import clients
from orderbus.runtime.door import Handler, door
from orderbus.runtime.observability import Context, count, done
from orderbus.runtime.queues import send_due
from orderbus.runtime.settings import SweepSettings, from_environment

_HEARTBEAT_MINUTES = 5
# Of each queue, in one sweep; what is due and was told is left alone for a while.
_MOST_DUE = 250
_DUE_AGAIN = timedelta(minutes=2)


def sweep(_event: dict[str, Any], _context: Context) -> dict[str, Any]:
    """Take up what is due of commands, say which connections are silent, and let the bus be heard."""
    settings = from_environment(SweepSettings)
    now = clients.now()
    due = _due_commands(settings, now)
    silent = _silence(settings).run()
    count(ConnectionsSilent=len(silent), CommandsDue=due)
    beaten = _beat(settings, now)  # last: a bus that refuses it hinders nothing else
    count(Heartbeats=int(beaten))
    done("swept", silent=silent, heartbeat=beaten, commands=due)
    return {"silent": silent, "heartbeat": beaten, "commands": due}


def _due_commands(settings: SweepSettings, now: datetime) -> int:
    """Tell the functions of commands and charges that a queue lost, or that wait; return how many."""
    ledger = DynamoCommands(clients.dynamodb(), settings.ledger_table)
    queues: dict[Queue, str] = {
        "preauthorize": settings.preauthorize_queue,
        "ship": settings.ship_queue,
        "update": settings.update_queue,
        "settle": settings.settle_queue,
    }
    told = 0
    for queue, url in queues.items():
        for subject, command_id in ledger.due(queue, now, _MOST_DUE):
            # First put off, then told: where this dies between the two, it is found again.
            if ledger.postpone(subject, command_id, now + _DUE_AGAIN):
                send_due(url, subject, command_id)
                told += 1
    return told


def _silence(settings: SweepSettings) -> Silence:
    states = DynamoStates(clients.dynamodb(), settings.ledger_table)
    connections = ParameterConnections(clients.ssm(), settings.stack_name)

    def progress(connection: Connection) -> Progress:
        return Progress(states, connection.name, connection.provider, clients.now)

    return Silence(states, connections.get, progress, clients.now)


def _beat(settings: SweepSettings, now: datetime) -> bool:
    """Send `heartbeat.v1` every five minutes, straight to the bus: it proves bus, rule and target.

    Raises:
        PublishError: The bus did not take it.
    """
    if now.minute % _HEARTBEAT_MINUTES:
        return False
    bus = EventBridgeBus(clients.events(), settings.bus_name)
    refused = bus.send([heartbeat(now)])
    if refused:
        raise PublishError(f"the bus refused the heartbeat ({refused[0].code})")
    return True


def heartbeat(now: datetime) -> Event:
    """Return the heartbeat of this minute."""
    minute = now.strftime("%Y-%m-%dT%H:%MZ")
    return Event(
        id=event_id("orderbus", "heartbeat.v1", minute),
        type="heartbeat.v1",
        subject="orderbus",
        time=stamp(now),
        provider="",
        connection="",
        data={"minute": minute},
    )


sweep_handler: Handler = door(sweep)
