"""The store: tickets, decisions, acts and alerts in SQLite or PostgreSQL."""
