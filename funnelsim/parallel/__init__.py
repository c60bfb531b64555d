"""Replications on many cores and many machines: units of work in chunks, done in any order, put together in one."""
