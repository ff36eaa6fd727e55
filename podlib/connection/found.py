"""A place where a Podman service may be."""

from __future__ import annotations

from typing import NamedTuple


class Connection(NamedTuple):
    """A place where a Podman service may be, and what says so.

    ``uri`` is a path or begins with ``unix://``, ``ssh://`` or ``tcp://``; others are found all
    the same, and using one raises ConnectError.
    """

    name: str
    """As ``Podman(connection=…)`` takes it; ``""`` for what a variable names, and for sockets."""
    uri: str
    """``unix:///run/podman/podman.sock``, ``ssh://core@host:22/run/…``; it may hold a password."""
    source: str
    """The file or the variable that names it, or ``"the user's socket"``."""
    identity: str = ""
    """The key for ssh, a path."""
    is_default: bool = False
    """Whether ``Podman()`` takes it; of several sockets, the one that is tried first."""
    is_machine: bool = False
    """Whether it is a virtual machine of ``podman machine``."""
    tls_cert: str = ""
    """The client's certificate for TLS, a path."""
    tls_key: str = ""
    """The key of that certificate, a path."""
    tls_ca: str = ""
    """The authority that the server's certificate must come from, a path."""

    is_usual: bool = False
    """Whether it is but a usual place: neither a file nor a variable names it."""

    @property
    def origin(self) -> str:
        """Where it comes from, for messages."""
        return f"connection {self.name!r} of {self.source}" if self.name else self.source
