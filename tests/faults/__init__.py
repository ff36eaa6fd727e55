"""Faults on real hosts while a container moves: whatever happens, it is not lost and not doubled.

``python -m tests.faults`` runs them, as ``make faults`` does; ``--only N`` runs one again.
"""
