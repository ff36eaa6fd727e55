"""What all tests share: models are strict, so that the suite finds every field that one lacks."""

from __future__ import annotations

import podlib.models

podlib.models.set_strict(True)
