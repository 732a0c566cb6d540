"""Serves a sandbox provider over HTTP, in a thread of its own."""

import asyncio
import errno
import os
import socket
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from threading import Thread

from aiohttp import web

from infra.sandbox.base import Sandbox
from infra.sandbox.control import CONTROL_PATH, answer_control
from infra.sandbox.messages import Answer, Request

START_SECONDS = 10.0
STOP_SECONDS = 5.0
ACCEPT_TURNS = 5
# With this option, closing a socket sends RST instead of FIN.
RESET_ON_CLOSE = struct.pack("ii", 1, 0)


class PortInUseError(Exception):
    """Something else listens on the port, or nobody may."""


@dataclass(frozen=True, slots=True)
class Served:
    """Where a sandbox can be reached; `url` is what a connection has as its `base_url`."""

    url: str
    root: str
    port: int


@contextmanager
def serve(app: Sandbox, *, host: str = "127.0.0.1", port: int = 0) -> Iterator[Served]:
    """Serve a sandbox until the block ends; what hangs then is closed.

    Raises:
        PortInUseError: Something else listens on the port, or nobody may.
    """
    listener = _listen(host, port)
    port = listener.getsockname()[1]
    root = f"http://{host}:{port}"
    with _running_loop() as loop:
        starting = asyncio.run_coroutine_threadsafe(_start(app, listener), loop)
        server = starting.result(START_SECONDS)
        try:
            yield Served(root + app.base_path, root, port)
        finally:
            stopping = asyncio.run_coroutine_threadsafe(server.stop(), loop)
            stopping.result(STOP_SECONDS)


def _listen(host: str, port: int) -> socket.socket:
    try:
        return socket.create_server((host, port), backlog=256)
    except OSError as error:
        what = f"cannot be listened on ({os.strerror(error.errno or 0)}):"
        if error.errno == errno.EADDRINUSE:
            what = "is in use: stop what listens there, or"
        raise PortInUseError(f"Port {port} of {host} {what} choose another port.") from error


@contextmanager
def _running_loop() -> Iterator[asyncio.AbstractEventLoop]:
    loop = asyncio.new_event_loop()
    thread = Thread(target=loop.run_forever, name="sandbox", daemon=True)
    thread.start()
    try:
        yield loop
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


@dataclass(frozen=True, slots=True)
class _RunningServer:
    http: web.Server
    listening: asyncio.Server

    async def stop(self) -> None:
        await self._stop_accepting()
        for connection in self.http.connections:
            if connection.transport:
                connection.transport.abort()
        await _cancel_other_tasks()
        await asyncio.sleep(0)

    async def _stop_accepting(self) -> None:
        # asyncio leaks a connection that is on its way in while its server closes. So first no
        # new one is taken, and then those on their way get the turns of the loop that they need.
        for listener in self.listening.sockets:
            asyncio.get_running_loop().remove_reader(listener)
        for _ in range(ACCEPT_TURNS):
            await asyncio.sleep(0)
        self.listening.close()


async def _cancel_other_tasks() -> None:
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)


async def _start(sandbox: Sandbox, listener: socket.socket) -> _RunningServer:
    # A handler whose client gave up is cancelled, else each hang would stay until the end.
    http = web.Server(partial(_exchange, sandbox), handler_cancellation=True, access_log=None)
    listening = await asyncio.get_running_loop().create_server(http, sock=listener)
    return _RunningServer(http, listening)


async def _exchange(sandbox: Sandbox, http: web.BaseRequest) -> web.StreamResponse:
    request = Request(http.method, http.raw_path, http.headers, await http.read())
    if request.path.startswith(CONTROL_PATH):
        return _response(answer_control(sandbox, request, peer=http.remote))
    call, delivery = sandbox.receive(request)
    await asyncio.sleep(delivery.wait)
    if delivery.answer is None:
        return _reset(http)
    call.status = delivery.answer.status
    if delivery.cut_off_after is None:
        return _response(delivery.answer)
    return await _cut_off(http, delivery.answer, delivery.cut_off_after)


def _response(answer: Answer) -> web.Response:
    return web.Response(status=answer.status, body=answer.body, headers=answer.headers)


def _reset(http: web.BaseRequest) -> web.StreamResponse:
    if http.transport is not None:
        connection = http.transport.get_extra_info("socket")
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_ON_CLOSE)
        http.transport.abort()
    return web.Response()


async def _cut_off(http: web.BaseRequest, answer: Answer, after_bytes: int) -> web.StreamResponse:
    announced = {**answer.headers, "Content-Length": str(len(answer.body))}
    response = web.StreamResponse(status=answer.status, headers=announced)
    await response.prepare(http)
    await response.write(answer.body[: min(after_bytes, len(answer.body) - 1)])
    if http.transport is not None:
        http.transport.close()
    return response
