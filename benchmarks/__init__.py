"""Benchmarks and verification: how fast funnelsim is beside others, and how near to theory.

`python -m benchmarks.run` writes RESULTS.md, `python -m benchmarks.verify` writes VERIFICATION.md; both from the folder
above this one. Nothing here is installed with funnelsim.
"""
