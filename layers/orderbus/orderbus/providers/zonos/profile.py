"""What Zonos is to the shared code."""

from __future__ import annotations

from orderbus.providers.profile import Profile
from orderbus.providers.zonos.client import DEFAULT_BASE_URL
from orderbus.providers.zonos.hint import claims, find, full_id
from orderbus.providers.zonos.source import ZonosSource
from orderbus.providers.zonos.survey import survey

PROFILE = Profile(
    provider="zonos",
    read="days",
    default_base_url=DEFAULT_BASE_URL,
    credentials=("store", "secret"),
    make_source=ZonosSource,
    find=find,
    claims=claims,
    full_id=full_id,
    survey=survey,
)
