"""Training: a loop to read, metrics, records, and a stop that loses nothing."""
