"""One logger and one set of metrics per function; nothing of a payload goes into either.

The dimension is `service`, the function's name, and nothing more: a metric per connection would cost more
than the orders do.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit

if TYPE_CHECKING:
    from orderbus.domain.errors import OrderBusError
    from orderbus.intake.receive import Tally

logger = Logger()
metrics = Metrics()


class Context(Protocol):
    """What is used of the Lambda context."""

    @property
    def function_name(self) -> str:
        """Return the function's name."""

    @property
    def aws_request_id(self) -> str:
        """Return the id of this invocation."""

    def get_remaining_time_in_millis(self) -> int:
        """Return the time this invocation has left."""


def count(**counts: int) -> None:
    """Add counts to this invocation's metrics, zeros included: an alarm tells none from silence."""
    for name, value in counts.items():
        metrics.add_metric(name=name, unit=MetricUnit.Count, value=value)


def count_received(tally: Tally) -> None:
    """Count what became of orders that were read, the same through whichever door they came."""
    count(
        OrdersCreated=tally.created,
        OrdersUpdated=tally.updated,
        OrdersQuarantined=tally.set_aside,  # the alarm rings once for an order, not each time it is read
        StatusesUnknown=tally.unknown_status,
    )


def logged(answer: dict[str, Any], error: OrderBusError | None) -> dict[str, Any]:
    """Return what a log may say of an answer: of its error nothing in the provider's own words."""
    return answer if error is None else answer | {"error": error.as_logged()}


def done(what: str, **facts: Any) -> None:
    """Log one finished unit of work."""
    logger.info(what, extra={"result": facts})
