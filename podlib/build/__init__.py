"""What a build sends and what it says: contexts, ignore files, the log."""
