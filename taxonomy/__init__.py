"""The nouns of jiesu: classes, units, regions, tickets and the city that holds them.

The lowest layer; it imports nothing of ours.
"""
