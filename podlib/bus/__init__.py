"""The Bus Events worker: runs containers for events of a Bus Events API.

``main`` is the command (``bus-integration-podman``), ``options`` what it can be told, ``worker``
puts the rest together: ``listening`` brings the requests, ``podman_provider`` and ``runs`` do what
they ask for, ``answers`` publishes what came of it, ``store`` keeps what must not be lost.
"""
