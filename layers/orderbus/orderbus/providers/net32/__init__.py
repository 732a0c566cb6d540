"""Net32 Order API: pending orders, each handed out once."""
