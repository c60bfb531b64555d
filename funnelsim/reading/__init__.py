"""Historical data in: sources, three shapes of data and our own log, made into an `EventLog` with a report."""
