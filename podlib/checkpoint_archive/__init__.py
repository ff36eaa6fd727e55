"""Archives of checkpoints, read without being unpacked."""
