"""A served sandbox starts and stops cleanly, and can be run by hand."""

import errno
import gc
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import chain

import pytest
import requests

from infra.sandbox.faults import Hang, Late
from infra.sandbox.lunasoft import LunaSoftSandbox
from infra.sandbox.net32 import Net32Sandbox, make_order
from infra.sandbox.server import PortInUseError, serve

KEY = {"Subscription-Key": "test-key"}


@pytest.fixture
def session() -> Iterator[requests.Session]:
    with requests.Session() as session:
        session.headers.update(KEY)
        yield session


def test_the_base_url_has_the_path_of_the_provider() -> None:
    with serve(Net32Sandbox()) as net32, serve(LunaSoftSandbox()) as lunasoft:
        assert net32.url == net32.root == f"http://127.0.0.1:{net32.port}"
        assert lunasoft.root == f"http://127.0.0.1:{lunasoft.port}"
        assert lunasoft.url == f"{lunasoft.root}/site_api/shopping_cart"


def test_a_port_in_use_is_one_clear_sentence() -> None:
    with (
        serve(Net32Sandbox()) as served,
        pytest.raises(PortInUseError) as raised,
        serve(LunaSoftSandbox(), port=served.port),
    ):
        pass

    assert str(raised.value) == (
        f"Port {served.port} of 127.0.0.1 is in use: stop what listens there, or choose another port."
    )


def test_a_port_that_nobody_may_listen_on_is_one_clear_sentence() -> None:
    elsewhere = "192.0.2.1"  # RFC 5737: no machine has it
    with pytest.raises(PortInUseError) as raised, serve(Net32Sandbox(), host=elsewhere, port=7001):
        pass

    assert str(raised.value) == (
        "Port 7001 of 192.0.2.1 cannot be listened on"
        f" ({os.strerror(errno.EADDRNOTAVAIL)}): choose another port."
    )


def test_a_port_is_free_again_after_the_block() -> None:
    with serve(Net32Sandbox()) as first:
        requests.get(f"{first.root}/_sandbox/state", timeout=5)

    with serve(Net32Sandbox(), port=first.port) as second:
        assert requests.get(f"{second.root}/_sandbox/state", timeout=5).status_code == 200


@pytest.mark.parametrize("fault", [Hang(), Hang(after_effect=True), Late(60)])
def test_stopping_closes_what_hangs_or_is_late_at_once(
    fault: Hang | Late, caplog: pytest.LogCaptureFixture
) -> None:
    sandbox = Net32Sandbox()
    sandbox.fail_next(fault)
    with ThreadPoolExecutor(1) as pool:
        with serve(sandbox) as served:
            hanging = pool.submit(requests.get, f"{served.url}/orders/", headers=KEY, timeout=30)
            while not sandbox.calls:
                time.sleep(0.01)
            stopping_since = time.perf_counter()
        stopped_after = time.perf_counter() - stopping_since

        with pytest.raises(requests.ConnectionError):
            hanging.result()

    gc.collect()
    assert stopped_after < 1
    assert [call.status for call in sandbox.calls] == [None]
    # asyncio would complain of a task that was left behind.
    assert caplog.messages == []


def test_stopping_does_not_wait_for_idle_or_half_sent_requests(session: requests.Session) -> None:
    with serve(Net32Sandbox()) as served:
        session.get(f"{served.url}/orders/")
        half_sent = socket.create_connection(("127.0.0.1", served.port))
        half_sent.sendall(b"POST /orders/1/charges/ HTTP/1.1\r\nContent-Length: 99\r\n\r\n{")
        stopping_since = time.perf_counter()
    stopped_after = time.perf_counter() - stopping_since
    half_sent.close()

    assert stopped_after < 1
    with pytest.raises(requests.ConnectionError):
        session.get(f"{served.url}/orders/")


def test_stopping_does_not_wait_for_a_client_that_does_not_read_its_answer() -> None:
    sandbox = Net32Sandbox()
    sandbox.place(make_order(20000001, notes="x" * 20_000_000))
    request = b"GET /orders/ HTTP/1.1\r\nHost: x\r\nSubscription-Key: test-key\r\n\r\n"
    with serve(sandbox) as served:
        unread = socket.create_connection(("127.0.0.1", served.port))
        unread.sendall(request)
        unread.recv(1)
        stopping_since = time.perf_counter()
    stopped_after = time.perf_counter() - stopping_since
    unread.close()

    assert stopped_after < 1


def test_an_error_in_the_block_still_stops_the_server() -> None:
    threads_before = threading.enumerate()

    with pytest.raises(RuntimeError, match="of the test"), serve(Net32Sandbox()) as served:
        raise RuntimeError("of the test")

    with pytest.raises(requests.ConnectionError):
        requests.get(served.url, timeout=5)
    assert threading.enumerate() == threads_before


def test_readers_and_placers_at_once_lose_and_repeat_no_order() -> None:
    sandbox = Net32Sandbox(page_size=7)

    def place(start: int) -> None:
        for number in range(start, start + 100):
            sandbox.place(make_order(number))

    def read(url: str) -> list[int]:
        answers = [requests.get(f"{url}/orders/", headers=KEY, timeout=10) for _ in range(30)]
        return [order["orderId"] for answer in answers for order in answer.json()]

    with serve(sandbox) as served, ThreadPoolExecutor(6) as pool:
        placing = [pool.submit(place, start) for start in (1000, 2000, 3000)]
        reading = [pool.submit(read, served.url) for _ in range(3)]
        for work in placing:
            work.result()
        received = list(chain.from_iterable(work.result() for work in reading))
        received += read(served.url)

    assert len(received) == len(set(received)) == 300
    assert sorted(map(str, received)) == sorted(chain.from_iterable(sandbox.handed_out))


def test_who_holds_the_lock_sees_nothing_change() -> None:
    sandbox = Net32Sandbox()
    sandbox.place(make_order(20000001))
    with serve(sandbox) as served, ThreadPoolExecutor(1) as pool:
        with sandbox.lock:
            reading = pool.submit(requests.get, f"{served.url}/orders/", headers=KEY, timeout=5)
            time.sleep(0.2)
            assert (sandbox.handed_out, sandbox.calls) == ([], [])

        assert len(reading.result().json()) == 1


def test_it_runs_by_hand_until_it_is_told_to_end() -> None:
    command = [sys.executable, "-m", "infra.sandbox", "net32", "--orders", "3", "--key", "by-hand"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        url = process.stdout.readline().strip()
        answer = requests.get(f"{url}/orders/", headers={"Subscription-Key": "by-hand"}, timeout=5)
        process.send_signal(signal.SIGTERM)
        code = process.wait(timeout=10)

    assert len(answer.json()) == 3
    assert code == 0


def test_run_by_hand_on_a_port_in_use_it_says_so_and_fails() -> None:
    with serve(Net32Sandbox()) as served:
        command = [sys.executable, "-m", "infra.sandbox", "lunasoft", "--port", str(served.port)]
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=30, check=False, env=os.environ
        )

    assert done.returncode == 1
    assert re.fullmatch(rf"Port {served.port} of 127\.0\.0\.1 is in use: .*\.\n", done.stderr)
    assert done.stdout == ""
