"""Collects all that the functions tell anyone but the bus: logs, metrics, answers, tracebacks."""

from __future__ import annotations

import json
import logging
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from io import StringIO
from typing import Any

import pytest
from orderbus.runtime.observability import logger

from tests.world import World

Json = dict[str, Any]


@dataclass
class Told:
    """What was told so far, and by whom."""

    output: StringIO = field(default_factory=StringIO)
    texts: list[str] = field(default_factory=list)

    def invoke(self, world: World, function: str, event: Json) -> Json | None:
        """Invoke a function and keep its answer, or the traceback that Lambda would log."""
        try:
            answer = world.invoke(function, event)
        except Exception as error:  # noqa: BLE001 - whatever is raised, Lambda logs it
            self.texts.append("".join(traceback.format_exception(error)))
            return None
        self.texts.append(json.dumps(answer, ensure_ascii=False))
        return answer

    def all(self, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture) -> str:
        """Return everything that was told."""
        printed = capsys.readouterr()
        records = [str(vars(record)) for record in caplog.records]
        parts = [self.output.getvalue(), printed.out, printed.err, caplog.text, *records, *self.texts]
        return "\n".join(parts)


@contextmanager
def telling() -> Iterator[Told]:
    """Collect until the block ends; our log handler has kept the output of the time it was made."""
    told = Told()
    handler = logger.registered_handler
    assert isinstance(handler, logging.StreamHandler)
    before = handler.setStream(told.output)
    try:
        yield told
    finally:
        handler.setStream(before)
