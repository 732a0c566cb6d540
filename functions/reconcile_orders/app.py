"""Compares what the providers have with the ledger, and takes in what is missing."""

from orderbus.runtime.reconcile import reconcile_orders

handler = reconcile_orders()
