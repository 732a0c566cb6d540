"""Sandbox providers: real HTTP servers with state, that behave as the providers' pages say."""
