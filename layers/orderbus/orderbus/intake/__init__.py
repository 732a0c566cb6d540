"""From what a provider shows to what the ledger has: shared by all providers."""
