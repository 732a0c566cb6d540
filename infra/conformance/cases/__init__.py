"""The cases, each a function of a bench: what a shop does, and what must come of it."""
