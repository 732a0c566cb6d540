"""Zonos Checkout (formerly iGlobal Stores): order numbers listed by whole UTC days, then one detail each."""
