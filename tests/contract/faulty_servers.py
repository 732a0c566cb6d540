"""Servers that behave as no provider should: plain TCP, scripted to the byte."""

from __future__ import annotations

import socket
import ssl
import struct
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address
from pathlib import Path
from threading import Event, Thread

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

Script = Callable[[socket.socket, Event], None]
"""Answers one connection, whose request has been read; the event is set when the test is over."""


@contextmanager
def scripted(script: Script, tls: ssl.SSLContext | None = None) -> Iterator[tuple[str, list[bytes]]]:
    """Serve a script to every connection; give the address and the requests that arrived."""
    over, requests = Event(), list[bytes]()
    listener = socket.create_server(("127.0.0.1", 0))
    listener.settimeout(0.05)

    def serve() -> None:
        while not over.is_set():
            with suppress(OSError):  # nobody came, or a client that went in the middle
                connection, _ = listener.accept()
                connection.settimeout(5)
                with tls.wrap_socket(connection, server_side=True) if tls else connection as stream:
                    requests.append(stream.recv(65536))
                    script(stream, over)

    thread = Thread(target=serve)
    thread.start()
    try:
        scheme = "https" if tls else "http"
        yield f"{scheme}://127.0.0.1:{listener.getsockname()[1]}", requests
    finally:
        over.set()
        thread.join()
        listener.close()


def answer(*parts: bytes, then: Script | None = None) -> Script:
    """Return a script that sends these parts, a moment apart, and then closes or does something else."""

    def send(connection: socket.socket, over: Event) -> None:
        for part in parts:
            connection.sendall(part)
            time.sleep(0.02)
        if then is not None:
            then(connection, over)

    return send


def hang(_connection: socket.socket, over: Event) -> None:
    """Send nothing more until the test is over."""
    over.wait(10)


def reset(connection: socket.socket, _over: Event) -> None:
    """Close with RST."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def drip(connection: socket.socket, over: Event) -> None:
    """Send a byte every 50 ms, for as long as the client listens."""
    while not over.is_set():
        connection.sendall(b" ")
        time.sleep(0.05)


@contextmanager
def nobody_listens() -> Iterator[str]:
    """Give an address at which connections are refused."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))  # bound and not listening: nobody else gets the port
        yield f"http://127.0.0.1:{bound.getsockname()[1]}"


@contextmanager
def nobody_accepts() -> Iterator[str]:
    """Give an address at which a connection is neither made nor refused: its queue is full."""
    with socket.create_server(("127.0.0.1", 0), backlog=0) as listener:
        address = listener.getsockname()
        waiting = [socket.socket() for _ in range(4)]
        for each in waiting:
            each.setblocking(False)
            each.connect_ex(address)
        try:
            yield f"http://127.0.0.1:{address[1]}"
        finally:
            for each in waiting:
                each.close()


def self_signed(folder: Path) -> ssl.SSLContext:
    """Return a server's TLS context with a certificate that nobody trusts, `server.pem`."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(IPv4Address("127.0.0.1"))]), critical=False
        )
        .sign(key, hashes.SHA256())
    )
    pem = folder / "server.pem"
    no_password = serialization.NoEncryption()
    form = serialization.PrivateFormat.PKCS8
    private = key.private_bytes(serialization.Encoding.PEM, form, no_password)
    pem.write_bytes(private + certificate.public_bytes(serialization.Encoding.PEM))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    return context
