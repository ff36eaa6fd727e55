"""Writes docs/reference from the docstrings of podlib.

``python -m scripts.reference`` writes; ``--check`` only says whether that would change anything.
"""
