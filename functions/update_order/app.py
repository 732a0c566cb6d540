"""Carries out every other command."""

from orderbus.runtime.commands import command_handler

handler = command_handler()
