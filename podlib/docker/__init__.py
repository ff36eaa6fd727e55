"""The Docker-compatible API of a Podman service: ``podman.docker``.

It goes its own way to the socket: through requests and requests-unixsocket, which are imported
with its first call. Verbs, errors and sessions are those of the libpod side.
"""
