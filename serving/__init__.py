"""The outside world: command line, HTTP, files, clock and people."""
