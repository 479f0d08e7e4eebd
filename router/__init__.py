"""From scores and a ticket to a decision; pure: no database, HTTP, torch or clock."""
