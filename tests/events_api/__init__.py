"""An Events API in memory: what the Bus worker speaks to in tests, and in trying it out.

It does what the Bus documentation says of the real one, and forgets all when it ends.
"""

from .server import EventsServer
from .tokens import SECRET, make_token

__all__ = ["SECRET", "EventsServer", "make_token"]
