"""What the functions that carry out commands share: the ledger, the connections, and who is told."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from datetime import timedelta
from functools import cached_property

from botocore.exceptions import BotoCoreError, ClientError

from orderbus.aws.commands import DynamoCommands
from orderbus.aws.connections import ParameterConnections
from orderbus.aws.inbox import BucketInbox
from orderbus.aws.orders import DynamoOrders
from orderbus.aws.states import DynamoStates
from orderbus.commands.adapter import Adapter, Succeeded
from orderbus.commands.desk import Desk
from orderbus.commands.ledger import CommandRecord
from orderbus.commands.settle import Settlements
from orderbus.commands.work import Office
from orderbus.domain.connections import Connection, is_name
from orderbus.domain.errors import ConfigurationError, CredentialsError, OrderBusError
from orderbus.ports import Clock, ConnectionState
from orderbus.providers.registry import make_adapter, make_source
from orderbus.runtime import clients
from orderbus.runtime.observability import Context, count, count_received, logger
from orderbus.runtime.settings import CommandSettings

# A connection that is stopped is stopped within seconds, and a burst of commands asks for it once.
_CONNECTION_SECONDS = 15.0


@dataclass(frozen=True)
class CommandServices:
    """The ledger and the connections of this stack, as the desk sees them."""

    settings: CommandSettings
    clock: Clock = clients.now

    @cached_property
    def _inbox(self) -> BucketInbox:
        return BucketInbox(clients.s3(), self.settings.inbox_bucket)

    @cached_property
    def _orders(self) -> DynamoOrders:
        return DynamoOrders(
            clients.dynamodb(), self.settings.ledger_table, self._inbox, self.settings.inbox_bucket
        )

    @cached_property
    def _connections(self) -> ParameterConnections:
        return ParameterConnections(
            clients.ssm(), self.settings.stack_name, cache_seconds=_CONNECTION_SECONDS
        )

    @cached_property
    def office(self) -> Office:
        """Return the ledger of commands, and who is told what."""
        ledger = DynamoCommands(clients.dynamodb(), self.settings.ledger_table)
        return Office(
            ledger, self.clock, self._provider_of, self._degrade, _count_end, _count_hindered, _log_charge
        )

    def desk(self, context: Context) -> Desk:
        """Return what takes commands in, for as long as this invocation lives."""

        def time_left() -> timedelta:
            return timedelta(milliseconds=context.get_remaining_time_in_millis())

        return Desk(self.office, self._orders, self, time_left)

    def settlements(self) -> Settlements:
        """Return what asks what became of charges."""
        return Settlements(self.office, self.connection, self.adapter, _count_unrecognized)

    def connection(self, name: str) -> Connection:
        """Return a connection."""
        if not is_name(name):
            raise ConfigurationError(f"{name[:60]!r} is no name that a connection can have")
        return self._connections.get(name)

    def adapter(self, connection: Connection) -> Adapter:
        """Return what carries out a connection's commands."""
        return make_adapter(connection, self.clock)

    def refresh(self, connection: Connection, external_id: str) -> Succeeded | None:
        """Read an order now and bring it into the ledger; None where the provider has no such question."""
        # Only here: the other commands write no order.
        from orderbus.aws.quarantine import DynamoQuarantine  # noqa: PLC0415
        from orderbus.intake.receive import Receiver, Tally  # noqa: PLC0415

        source = make_source(connection, self.clock)
        raw = source.read_again(external_id)
        if raw is None:
            return None
        quarantine = DynamoQuarantine(clients.dynamodb(), self.settings.ledger_table)
        tally = Tally()
        Receiver(source, self._orders, quarantine, self._inbox, self.clock).receive([raw], tally)
        count_received(tally)
        told = ("created", "updated", "unchanged", "quarantined")
        return Succeeded({name: value for name, value in asdict(tally).items() if name in told})

    def _provider_of(self, name: str) -> str:
        try:
            return self.connection(name).provider
        except ConfigurationError:
            return ""

    def _degrade(self, connection: Connection, error: CredentialsError) -> None:
        """Publish `connection.degraded.v1`, if the connection is not degraded already."""
        from orderbus.intake.progress import Progress  # noqa: PLC0415 - of the rare case

        logger.warning("credentials refused", extra={"error": error.as_logged()})
        count(ConnectionsDegraded=1)
        states = DynamoStates(clients.dynamodb(), self.settings.ledger_table)
        progress = Progress(states, connection.name, connection.provider, self.clock)
        try:
            progress.load()
            progress.move(_degraded)
        except (OrderBusError, BotoCoreError, ClientError) as failure:
            # The command is written already, and must not be taken for dead; the next refusal tells it again.
            logger.error("not told as degraded", extra={"error": type(failure).__name__})


def _degraded(state: ConnectionState) -> ConnectionState | None:
    return None if state.degraded else replace(state, degraded=True, number=state.number + 1)


def _count_end(record: CommandRecord) -> None:
    """Count and log how a command ended; its arguments are not logged."""
    count(**{f"Commands{record.state.capitalize()}": 1})
    logger.info("command ended", extra={"result": summary(record)})


def _count_hindered(record: CommandRecord, error: OrderBusError) -> None:
    count(CommandsHindered=1)
    logger.warning("command hindered", extra={"result": summary(record), "error": error.as_logged()})


def _log_charge(record: CommandRecord, charge_id: str) -> None:
    logger.info("charge taken", extra={"result": summary(record) | {"charge_id": charge_id}})


def _count_unrecognized(record: CommandRecord) -> None:
    count(ChargesUnrecognized=1)
    logger.warning("a charge is in a state that no option names", extra={"result": summary(record)})


def summary(record: CommandRecord) -> dict[str, str | None]:
    """Return what a log may say of a command: ids and codes."""
    reason = (record.progress.outcome or {}).get("reason")
    return {
        "subject": record.command.subject,
        "command_id": record.command.id,
        "type": record.command.type,
        "state": record.state,
        "reason": reason,
    }
