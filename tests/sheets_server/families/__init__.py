"""What a batchUpdate may ask for, one module per family of requests; each offers HANDLERS by request kind."""
