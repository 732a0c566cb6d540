"""What a provider tells the commands' core about itself: the protocol of an adapter.

How to write one (providers/lunasoft/commands.py is the smallest):

1. `plan` says what a command means here, from the order as it is now: steps in the order in which they are
   sent, or a `Rejection`. It sends nothing that changes anything; it may look things up (a status by its
   name). A step is plain data: its `arguments` are JSON with all that `send` needs, the order's id included,
   since another process may carry it out, hours later.
2. The plan names its `effects`, and what it ships. Guards go by these, never by the command's name: holds,
   cancellation, tests, payment and quantities are the core's. Do not check them in an adapter.
3. `send` sends one request, once (`ProviderHttp.send_once`, or `tell`), and says what the answer means
   (DESIGN 7, "What an answer to a write means"). It returns `Succeeded`, `Accepted` or `Refused`, and lets
   the client's errors pass: `NotSentError`, `RateLimitedError`, `CredentialsError` (nothing happened, it is
   sent again later), `RefusedError` (as `Refused`); anything else, a bug included, is unclear.
4. `baseline` is what the provider has before the step is sent, as small as will do; `read_back` looks only
   at what is new since. Where the provider cannot be asked it answers `"cannot_tell"`.
5. What a repeat of the step does decides what becomes of an unclear one: a `set` is sent once more, two
   minutes after its deadline; `append`, `mail` and `charge` never are.

The core keeps every step with its state in the ledger, and calls `send` only after that write.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, Protocol

from orderbus.domain.commands import Command, RejectedReason, Rejection
from orderbus.domain.orders import Order

Json = dict[str, Any]

Repeat = Literal["set", "append", "mail", "charge"]
"""What sending a step again would do: nothing more; one more of it; mail the customer again; charge again."""

Effect = Literal["ships", "delivers", "completes", "pays", "cancels", "authorizes", "overwrites"]
"""What a plan does at the provider; `overwrites`: it sets a status in the place of one that may be a hold."""

Finding = Literal["happened", "not_happened", "cannot_tell"]


@dataclass(frozen=True, slots=True)
class Step:
    """One request that changes something.

    Attributes:
        name: What people see of it, e.g. `tracking 1Z999`; unique in its plan.
        repeat: What sending it again would do.
        arguments: JSON with all that `send` needs.
        lasting: False for one that leaves nothing a person must look at when the next is refused.
    """

    name: str
    repeat: Repeat
    arguments: Json = field(default_factory=dict)
    lasting: bool = True


@dataclass(frozen=True, slots=True)
class Plan:
    """What a command means at this provider.

    Attributes:
        steps: In the order in which they are sent; none where the provider has to be told nothing.
        effects: What the whole does, for the guards.
        ships: How many of each line it ships, or `"rest"` for all that is left of every line.
        sets_state: Whether an older command of this kind must not come after it (`superseded`).
        result: What is told beside the answers when it has succeeded, e.g. `{"ignored": [...]}`.
    """

    steps: Sequence[Step]
    effects: frozenset[Effect] = frozenset()
    ships: Mapping[str, int] | Literal["rest"] = field(default_factory=dict)
    sets_state: bool = False
    result: Json = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Shipment:
    """What another command of the order has reserved or shipped, or tracking that it has added.

    Attributes:
        shipment_id: None of a status that ships the rest, or of added tracking.
    """

    command_id: str
    shipment_id: str | None
    lines: Mapping[str, int]
    carrier: str | None = None
    tracking_numbers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Live:
    """An order as the provider shows it now, and when it was asked.

    Attributes:
        unseen: What such an answer never shows, as dotted paths.
    """

    order: Order
    raw: Any
    read_at: datetime
    unseen: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Situation:
    """What a plan is made from.

    Attributes:
        order: As read live where the provider allows it, else as the ledger has it; None to create one.
        live: What was read live.
        shipments: Of the order's other commands, without those that were rejected.
        left: What may ship of each line, without this command.
    """

    order: Order | None
    live: Live | None = None
    shipments: Sequence[Shipment] = ()
    left: Mapping[str, int] = field(default_factory=dict)

    def known(self) -> Order:
        """Return the order of a command that has one."""
        if self.order is None:
            raise ValueError("the command is not about an order")
        return self.order

    def leaves_nothing(self, ships: Mapping[str, int]) -> bool:
        """Say whether nothing is left to ship when so many of each line are shipped."""
        return all(left <= ships.get(line, 0) for line, left in self.left.items())


@dataclass(frozen=True, slots=True)
class Succeeded:
    """It is done; `result` has what the provider answered, as `data.result` tells it."""

    result: Json = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Accepted:
    """The provider took a charge and will finish it later; `settle` asks by this id."""

    charge_id: str
    result: Json = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Refused:
    """The provider said no, and nothing happened.

    Attributes:
        provider: Its own words: `status` of HTTP, `code`, `text`.
    """

    message: str
    provider: Json = field(default_factory=dict)
    reason: RejectedReason = "provider_refused"


Answer = Succeeded | Accepted | Refused


@dataclass(frozen=True, slots=True)
class Pending:
    """A charge is not final yet; `recognized` is False where its state is none that is configured."""

    recognized: bool = True


Settlement = Succeeded | Refused | Pending


class Adapter(Protocol):
    """One connection to one provider, as the commands' core sees it."""

    @property
    def provider(self) -> str:
        """Return the provider's name."""

    @property
    def connection(self) -> str:
        """Return the connection's name."""

    @property
    def ship_test_orders(self) -> bool:
        """Return whether test orders may be shipped."""

    def read_live(self, external_id: str) -> Live | None:
        """Ask for the order now; None where the provider has no such question.

        Raises:
            NotFoundError: The provider does not know the order.
            ProviderError: There is no answer: the command goes back.
        """

    def plan(self, command: Command, arguments: Any, situation: Situation) -> Plan | Rejection:
        """Return what a command means here; nothing is changed.

        Args:
            command: The command.
            arguments: Its data as the model of its type (domain/commands.py).
            situation: The order as it is now, and what else is done with it.

        Raises:
            ProviderError: Something that had to be looked up could not be: the command goes back.
        """

    def baseline(self, step: Step, live: Live | None) -> Json:
        """Return what the provider has before a step is sent, as `read_back` needs it.

        Raises:
            ProviderError: It had to be asked for and there is no answer: the command goes back.
        """

    def send(self, step: Step, baseline: Json) -> Answer:
        """Send a step, once.

        Raises:
            NotSentError: Nothing was sent.
            RateLimitedError: Nothing happened, and the provider says when to come again.
            CredentialsError: Nothing happened, and a person must look.
            RefusedError: As `Refused`.
            UnclearError: It was sent, and no answer says what came of it.
        """

    def read_back(self, step: Step, baseline: Json) -> Finding:
        """Say whether a step that was sent has happened.

        Raises:
            ProviderError: There is no answer: as `"cannot_tell"`, and asked once more.
        """

    def settle(self, external_id: str, charge_id: str) -> Settlement:
        """Ask what became of a charge.

        Raises:
            ProviderError: There is no answer.
        """
