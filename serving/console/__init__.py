"""The console: pages for dispatchers, units and supervisors, made on the server."""
