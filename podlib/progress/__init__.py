"""What a person sees of a pull, a push or a build while it goes on."""

from .display import ProgressDisplay as ProgressDisplay

__all__ = ["ProgressDisplay"]
