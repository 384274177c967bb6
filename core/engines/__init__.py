"""Engines: what answers a query. Each speaks its own dialect, only reads, and knows midnight in a scorecard's zone."""
