"""The providers' sandboxes as the kit sees them: each declares what it is, and what it has not."""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules
from typing import Any

from infra.conformance.shop import Shop


def shop_names() -> list[str]:
    """Return the providers that the kit has a shop of, sorted."""
    return sorted(module.name for module in iter_modules(__path__))


def shop_of(provider: str) -> type[Shop[Any]]:
    """Return the shop of a provider."""
    shop: type[Shop[Any]] = import_module(f"{__name__}.{provider}").SHOP
    return shop
