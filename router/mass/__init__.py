"""Many calls, one story: events in the stream of tickets, and what comes next.

Read `watch` first: one message in, changed alerts out. The rest are its parts, one noun each.
"""
