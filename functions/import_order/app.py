"""Imports one order at once, on a hint from a success page."""

from orderbus.runtime.importing import import_order

handler = import_order()
