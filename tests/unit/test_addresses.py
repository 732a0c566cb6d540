"""What is this machine's own, and may be trusted as such."""

import socket

import pytest

from infra.addresses import is_this_machine
from infra.local_cloud.clients import is_local


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.0.0.2", "::1"])
def test_a_loopback_address_is_of_this_machine(host: str) -> None:
    assert is_this_machine(host)


@pytest.mark.parametrize("host", ["", "203.0.113.7", "2001:db8::7", "example.com", "127.0.0.1.example.com"])
def test_any_other_address_and_any_name_is_not(host: str) -> None:
    assert not is_this_machine(host)


def test_an_address_of_one_of_its_interfaces_is_of_this_machine() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("203.0.113.7", 9))  # sends nothing, but chooses an interface
        except OSError:
            pytest.skip("this machine has no interface but the loopback one")
        own = probe.getsockname()[0]

    assert is_this_machine(own)
    assert is_local(f"http://{own}:4566")
