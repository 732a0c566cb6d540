"""Fetches new orders from Zonos stores."""

from orderbus.providers.zonos.source import ZonosSource
from orderbus.runtime.fetch import days_fetch

handler = days_fetch("zonos", ZonosSource)
