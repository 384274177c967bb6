"""The one place that knows every room: it carries values from sources to ledger to sheet."""
