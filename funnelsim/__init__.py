"""Simulates a sales funnel stage by stage and says which change brings how much revenue."""

__version__ = "0.1.0"
