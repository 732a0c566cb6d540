"""What Net32 is to the shared code."""

from __future__ import annotations

from orderbus.providers.net32.client import DEFAULT_BASE_URL
from orderbus.providers.net32.source import Net32Source
from orderbus.providers.profile import Profile

PROFILE = Profile(
    provider="net32",
    read="drain",
    default_base_url=DEFAULT_BASE_URL,
    credentials=("subscription_key",),
    make_source=Net32Source,
    # What it hands out is gone there.
    has_start=False,
)
