"""Fetches new orders from Retailys instances."""

from orderbus.providers.retailys.source import RetailysSource
from orderbus.runtime.fetch import window_fetch

handler = window_fetch("retailys", RetailysSource)
