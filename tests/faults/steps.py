"""Every step of a process: both sides of each call that it makes, to AWS and to a provider."""

from __future__ import annotations

import http.client
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from itertools import count
from threading import Lock, current_thread, local
from typing import Any, Literal
from unittest.mock import patch

import requests
from orderbus.runtime import clients
from requests.adapters import HTTPAdapter

from tests.policies import held_to_policies

Side = Literal["before", "after"]

_ITEM_KINDS = {
    b'"IndexName"': "due",
    b'"STATE"': "state",
    b"QUARANTINE#": "quarantine",
    b'"CURRENT"': "order",
}
_FOLDERS = ("inbox", "quarantine", "snapshots")


class Killed(BaseException):
    """The process is gone: nothing may catch this, as nothing catches SIGKILL."""


@dataclass(frozen=True, slots=True)
class Step:
    """One side of one call, e.g. `12: after dynamodb.PutItem order`; AWS may have refused it."""

    number: int
    side: Side
    call: str
    refused: bool = False

    def __str__(self) -> str:
        return f"{self.number}: {self.side} {'refused ' * self.refused}{self.call}"


Act = Callable[[Step], None]


@dataclass
class _Run:
    """A run that is watched: how far it has come, and the answers whose sockets it holds."""

    act: Act
    numbers: Iterator[int] = field(default_factory=count)
    answers: list[requests.Response] = field(default_factory=list)


@dataclass
class _Part:
    """A thread's part in a run: what it asked last, and whether it is within an act."""

    run: _Run
    acting: bool = False
    asked: str = ""
    unread: bool = False


class _ThreadRuns(local):
    """The runs of a thread, each within an act of the one before it."""

    def __init__(self) -> None:
        self.stack: list[_Part] = []

    def current(self) -> _Part | None:
        """Return the part that is watched; what an act calls itself is another process's, and is not."""
        return self.stack[-1] if self.stack and not self.stack[-1].acting else None

    @contextmanager
    def within(self, run: _Run) -> Iterator[None]:
        """Take part in a run until the block ends."""
        self.stack.append(_Part(run))
        try:
            yield
        finally:
            self.stack.pop()


_runs = _ThreadRuns()
_lock = Lock()
_hooks: list[ExitStack] = []
_users = 0


@contextmanager
def each_step(act: Act) -> Iterator[None]:
    """Tell an act of each step that this thread reaches, and the threads of its pools with it."""
    run = _Run(act)
    with _hooked():
        try:
            with _runs.within(run):
                yield
        finally:
            # The sockets of a process that is gone are closed.
            for answer in run.answers:
                answer.close()


def steps_of(run: Callable[[], object]) -> list[Step]:
    """Run undisturbed, and return every step."""
    reached: list[Step] = []
    with each_step(reached.append):
        run()
    return reached


def run_until(where: Callable[[Step], bool], run: Callable[[], object]) -> tuple[list[Step], bool]:
    """Run until the first step that is so, where the process dies.

    That nobody catches the kill, and that nothing is called after it, is asserted.

    Returns:
        The steps it reached, and whether it died.
    """
    reached: list[Step] = []
    died = False
    itself = current_thread()

    def act(step: Step) -> None:
        nonlocal died
        if died and current_thread() is not itself:
            raise Killed  # its other threads are gone, too
        assert not died, f"called after it was killed: {step}"
        reached.append(step)
        if where(step):
            died = True
            raise Killed

    survived = False
    with each_step(act):
        try:
            run()
            survived = True
        except Killed:
            pass
    assert survived is not died, "something caught the kill"
    return reached, died


def kill_at(number: int, run: Callable[[], object]) -> list[Step]:
    """Run until the step of this number, where the process dies; return the steps it reached."""
    reached, died = run_until(lambda step: step.number == number, run)
    assert died, f"there is no step {number}"
    return reached


def _reach(side: Side, call: str, *, refused: bool = False) -> None:
    part = _runs.current()
    if part is None:
        return
    step = Step(next(part.run.numbers), side, call, refused)
    part.acting = True
    try:
        with held_to_policies(None):
            part.run.act(step)
    finally:
        part.acting = False


@contextmanager
def _hooked() -> Iterator[None]:
    """Hook the calls of all threads while any run is watched, whichever ends first."""
    global _users  # noqa: PLW0603 - counted by all threads
    with _lock:
        _users += 1
        if _users == 1:
            _hooks.append(_hook())
    try:
        yield
    finally:
        with _lock:
            _users -= 1
            if not _users:
                _hooks.pop().close()


def _hook() -> ExitStack:
    stack = ExitStack()
    for client in (clients.dynamodb(), clients.s3(), clients.ssm()):
        for event, tell in (("before-call", _before_aws), ("after-call", _after_aws)):
            client.meta.events.register(event, tell)
            stack.callback(client.meta.events.unregister, event, tell)
    stack.enter_context(patch.object(ThreadPoolExecutor, "submit", _submitting(ThreadPoolExecutor.submit)))
    stack.enter_context(patch.object(HTTPAdapter, "send", _sending(HTTPAdapter.send)))
    for name in ("read", "read1"):
        read = _reading(getattr(http.client.HTTPResponse, name))
        stack.enter_context(patch.object(http.client.HTTPResponse, name, read))
    return stack


def _before_aws(model: Any, params: Any, context: dict[str, Any], **_: Any) -> None:
    context["step"] = _aws_call(model, params)
    _reach("before", context["step"])


def _after_aws(context: dict[str, Any], parsed: dict[str, Any], **_: Any) -> None:
    _reach("after", context["step"], refused="Error" in parsed)


def _aws_call(model: Any, params: Any) -> str:
    called = f"{model.service_model.service_name}.{model.name}"
    if called.startswith("s3."):
        about = [folder for folder in _FOLDERS if f"/{folder}/" in params["url_path"]]
    else:
        about = [kind for mark, kind in _ITEM_KINDS.items() if mark in params["body"]]
    return " ".join([called, *about[:1]])


def _submitting(submit: Callable[..., Future[Any]]) -> Callable[..., Future[Any]]:
    """Let the threads of a pool take part in the run that gives them their work."""

    def watched(pool: ThreadPoolExecutor, work: Callable[..., Any], /, *args: Any) -> Future[Any]:
        part = _runs.current()
        if part is None:
            return submit(pool, work, *args)
        run = part.run

        def taking_part(*given: Any) -> Any:
            with _runs.within(run):
                return work(*given)

        return submit(pool, taking_part, *args)

    return watched


def _sending(send: Callable[..., requests.Response]) -> Callable[..., requests.Response]:
    def watched(
        adapter: HTTPAdapter, request: requests.PreparedRequest, *args: Any, **kwargs: Any
    ) -> requests.Response:
        part = _runs.current()
        if part is None:
            return send(adapter, request, *args, **kwargs)
        part.asked = f"{request.method} {request.path_url}"
        _reach("before", part.asked)
        answer = send(adapter, request, *args, **kwargs)
        part.run.answers.append(answer)
        part.unread = True
        _reach("after", part.asked)
        return answer

    return watched


def _reading(read: Callable[..., Any]) -> Callable[..., Any]:
    def watched(*args: Any, **kwargs: Any) -> Any:
        part = _runs.current()
        # In how many pieces a body comes is chance; the first one always comes.
        if part is None or not part.unread:
            return read(*args, **kwargs)
        part.unread = False
        _reach("before", f"body of {part.asked}")
        piece = read(*args, **kwargs)
        _reach("after", f"body of {part.asked}")
        return piece

    return watched
