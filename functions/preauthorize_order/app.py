"""Carries out order.preauthorize commands."""

from orderbus.runtime.commands import command_handler

handler = command_handler()
