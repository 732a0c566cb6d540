"""Fetches new orders from LunaSoft sites."""

from orderbus.providers.lunasoft.source import LunaSource
from orderbus.runtime.fetch import keyset_fetch

handler = keyset_fetch("lunasoft", LunaSource)
