"""Batch files in and out: readers, writers, journal and the engine that labels years of history."""
