"""The reference engine: SimPy, written to be read. `run_replication` is all that others need of it."""

from funnelsim.engines.reference.simulation import run_replication

__all__ = ["run_replication"]
