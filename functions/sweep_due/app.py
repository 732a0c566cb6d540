"""Finds what is due and what fell silent, each minute."""

from orderbus.runtime.sweep import sweep_handler as handler

__all__ = ["handler"]
