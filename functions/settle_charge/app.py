"""Asks what became of charges that finish later."""

from orderbus.runtime.commands import settle_handler

handler = settle_handler()
