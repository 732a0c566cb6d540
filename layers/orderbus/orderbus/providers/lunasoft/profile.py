"""What LunaSoft is to the shared code."""

from __future__ import annotations

from orderbus.providers.lunasoft.source import LunaSource
from orderbus.providers.lunasoft.survey import survey
from orderbus.providers.profile import Profile

PROFILE = Profile(
    provider="lunasoft",
    read="keyset",
    default_base_url=None,
    credentials=("api_key",),
    make_source=LunaSource,
    survey=survey,
)
