"""Many calls, one story: near-duplicates, events, alerts and what comes next; pure and incremental."""
