"""Commands that carry images: pull, push."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .call import Command

if TYPE_CHECKING:
    from .call import Call
    from .parser import Parser


def _tls(parser: Parser) -> None:
    parser.flag("--no-tls-verify", help="allow a registry without TLS")


def _verify(call: Call) -> bool | None:
    return False if call.options.no_tls_verify else None


def _pull_options(parser: Parser) -> None:
    parser.add_argument("image", metavar="IMAGE", help="its name, or oci-archive:PATH and the like")
    parser.add_argument("--platform", metavar="OS/ARCH", help="(default: the server's)")
    parser.add_argument(
        "--policy",
        choices=("always", "missing", "newer", "never"),
        default="always",
        help="when to ask the registry (default: always)",
    )
    _tls(parser)


def _pull(call: Call) -> object:
    options = call.options
    pulled = call.podman.images.pull(
        options.image,
        platform=options.platform,
        policy=options.policy,
        tls_verify=_verify(call),
        progress=call.display(),
    )
    return {
        "image": options.image,
        "image_id": pulled.id,
        "message": "Image pulled successfully",
    }


def _push_options(parser: Parser) -> None:
    parser.add_argument("image", metavar="IMAGE", help="its name or id")
    parser.add_argument("destination", nargs="?", help="(default: where its name says)")
    _tls(parser)


def _push(call: Call) -> object:
    options = call.options
    pushed = call.podman.images.push(
        options.image,
        options.destination,
        tls_verify=_verify(call),
        progress=call.display(),
    )
    return {
        "image": options.image,
        "destination": options.destination or options.image,
        "digest": pushed.digest,
        "message": "Image pushed successfully",
    }


def _show(data: dict[str, Any]) -> str:
    return str(data.get("image_id") or data["digest"] or data["message"])


COMMANDS = {
    "pull": Command(
        "fetch an image from a registry, a file or a folder",
        _pull,
        _show,
        _pull_options,
        "  podlib pull docker.io/library/alpine\n"
        "  podlib pull oci-archive:alpine.tar\n"
        "  podlib pull localhost:5000/app --no-tls-verify --platform linux/arm64",
    ),
    "push": Command(
        "send an image to a registry",
        _push,
        _show,
        _push_options,
        "  podlib push quay.io/me/app\n  podlib push app registry.example.com/app:1",
    ),
}
