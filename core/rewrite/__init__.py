"""Rewriting: one query's text in, other texts out, or the reason why not. No input, no output."""
