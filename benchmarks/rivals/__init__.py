"""The workloads written for other tools, each as somebody careful would write it there.

A module per tool, with `MODELS`: by workload a function of (customers, seed) that runs it and returns `Sums`. They
share the numbers in `benchmarks.workloads` and nothing else, least of all funnelsim.
"""
