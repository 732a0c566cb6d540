"""Publishes what the ledger's stream brings to the bus."""

from orderbus.runtime.publish import publish_handler as handler

__all__ = ["handler"]
