"""What `make` runs: code is generated, and counted."""
