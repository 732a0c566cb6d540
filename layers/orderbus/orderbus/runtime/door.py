"""The door of every function: log context, metrics, and errors as answers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from orderbus.domain.errors import OrderBusError
from orderbus.runtime.garbage import look_seldom_for_garbage
from orderbus.runtime.observability import Context, count, logger, metrics

Handler = Callable[[dict[str, Any], Context], dict[str, Any]]


def door(handle: Handler, *, raises: Callable[[dict[str, Any]], bool] = lambda _event: False) -> Handler:
    """Return a handler that answers what OrderBus raises on purpose, and lets everything else fail loudly.

    Args:
        handle: What is behind the door.
        raises: Whether an event's failure must be raised instead, so that the event comes again.
    """
    look_seldom_for_garbage()

    def answer(event: dict[str, Any], context: Context) -> dict[str, Any]:
        count(Failures=0)
        try:
            return handle(event, context)
        except OrderBusError as error:
            logger.error("failed", extra={"error": error.as_logged()})
            count(Failures=1)
            if raises(event):
                raise
            return {"complete": False, "error": error.as_answer()}

    logged: Any = logger.inject_lambda_context(clear_state=True)(answer)
    measured: Handler = metrics.log_metrics(logged)
    return measured
