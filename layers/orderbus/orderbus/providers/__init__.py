"""One package per provider: its wire, its client, its mapping, and the profile that intake derives from."""
