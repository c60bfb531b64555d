"""Estimating a funnel from histories: pure functions over arrays below, a `Fit` with its funnel on top."""
