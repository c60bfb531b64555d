"""Checking a funnel against data that it has not seen: forecasts with bands, drift with its date, rivals, a verdict."""
