"""The command line: `orderbus`."""
