"""Commands: carried out once, by a state that is written before the provider is called."""
