"""Many calls, one story: near-duplicates, events, alerts and what comes next; incremental."""
