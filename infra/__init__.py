"""All that is about running OrderBus: local cloud, sandbox providers, command line, contracts."""
