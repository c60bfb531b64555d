"""Engines: pure functions of a plan, a seed and a replication."""
