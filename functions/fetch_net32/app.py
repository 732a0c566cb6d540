"""Fetches the pending orders of Net32 vendors."""

from orderbus.providers.net32.source import Net32Source
from orderbus.runtime.fetch import drain_fetch

handler = drain_fetch("net32", Net32Source)
