"""Which addresses are this machine's own."""

import socket
from ipaddress import ip_address


def is_this_machine(host: str) -> bool:
    """Whether only this machine has the address; a name is none, but for localhost."""
    if host == "localhost":
        return True
    try:
        address = ip_address(host)
        family = socket.AF_INET if address.version == 4 else socket.AF_INET6
        with socket.socket(family, socket.SOCK_DGRAM) as probe:
            # Only an address of its own can be bound; nothing is sent.
            if not address.is_loopback:
                probe.bind((host, 0))
    except (ValueError, OSError):
        return False
    return True
