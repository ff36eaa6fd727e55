# Generated from podlib/docker/_async/__init__.py: edit there.
"""The blocking flavour: generated from ``_async``."""
