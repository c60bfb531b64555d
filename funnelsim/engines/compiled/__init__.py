"""The compiled engine: Numba, written to be fast. docs/how_the_engine_works.md tells how."""

from funnelsim.engines.compiled.histories import run_in_chunks, run_replication
from funnelsim.engines.compiled.running import Runner
from funnelsim.engines.compiled.state import FATES, NOTHING, ROWS

__all__ = ["FATES", "NOTHING", "ROWS", "Runner", "run_in_chunks", "run_replication"]
