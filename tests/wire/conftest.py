"""How hypothesis runs here: no deadlines, which a loaded machine breaks, and no files."""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("podlib", deadline=None, database=None, print_blob=True)
settings.load_profile("podlib")
