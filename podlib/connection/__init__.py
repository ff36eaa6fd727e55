"""Where Podman is, in the order of ``podman --remote``: arguments, variables, files, sockets."""
