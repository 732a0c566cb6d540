"""Carries out order.ship commands."""

from orderbus.runtime.commands import charging_handler

handler = charging_handler()
