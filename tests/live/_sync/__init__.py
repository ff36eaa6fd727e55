# Generated from tests/live/_async/__init__.py: edit there.
