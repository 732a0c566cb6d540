"""What Retailys is to the shared code."""

from __future__ import annotations

from orderbus.providers.profile import Profile
from orderbus.providers.retailys.client import DEFAULT_BASE_URL
from orderbus.providers.retailys.source import RetailysSource
from orderbus.providers.retailys.survey import survey

PROFILE = Profile(
    provider="retailys",
    read="window",
    default_base_url=DEFAULT_BASE_URL,
    credentials=("token",),
    make_source=RetailysSource,
    survey=survey,
)
