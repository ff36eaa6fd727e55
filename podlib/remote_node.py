"""Shell scripts for rootless Podman on a remote node: how it gets there, and how it is used.

podlib does not carry them there: that is what ssh, cloud-init and the like are for. All that is
filled in is quoted. A script may be run again: what is there already stays as it is.
"""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING

from .errors import ParameterError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["bootstrap_script", "run_script"]

_USER = re.compile(r"[a-z_][a-z0-9_-]{0,31}", re.ASCII)
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,127}", re.ASCII)
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*", re.ASCII)
_LEAST_IDS = 65_536
_MOST_IDS = 1 << 24


def bootstrap_script(user: str, *, subids: int = _LEAST_IDS, socket: bool = True) -> str:
    """A script that makes ``user`` ready for rootless Podman. To be run as root on the node.

    It makes the user, if there is none, and sees to it that ``subids`` subordinate users and
    groups belong to it, behind those of others. With ``socket`` the user's services go on without
    a login (lingering), and ``podman.socket`` listens; that needs systemd. At the end it checks
    that Podman works, and prints the URI of the socket. It installs nothing: what is missing, it
    says, before it changes anything. Raises ParameterError.
    """
    _check(_USER, user, "user", "a name of lower case letters, digits, _ and -")
    if user == "root":
        raise ParameterError("user: root's Podman is not rootless")
    if not _LEAST_IDS <= subids <= _MOST_IDS:
        raise ParameterError(f"subids: {subids} is not in {_LEAST_IDS} to {_MOST_IDS}")
    given = f"user={shlex.quote(user)}\nsubids={subids}\nsocket={'yes' if socket else ''}\n"
    return _HEAD + given + _COMMON + _BOOTSTRAP


def run_script(
    user: str,
    image: str,
    command: Sequence[str] = (),
    *,
    name: str,
    env: Mapping[str, str] | None = None,
    network: str = "none",
    read_only: bool = True,
    memory: str | None = None,
    cpus: float | None = None,
    pids_limit: int | None = None,
    timeout: int | None = None,
    remove: bool = False,
) -> str:
    """A script that runs ``command`` in a new container of ``user``, to its end.

    It prints what the container printed, and exits with its exit code; with 125, if the container
    could not be made or started. To be run as that user, or as root, on a node that
    :func:`bootstrap_script` has made ready. ``name`` is the container's: if there is one already,
    its output and exit code are told, and nothing runs twice; ``remove`` removes it afterwards.
    ``memory`` is such as ``"512m"``; ``timeout`` are seconds, after which it is killed. ``env`` is
    part of the script, so it is no place for secrets. Raises ParameterError.
    """
    _check(_USER, user, "user", "a name of lower case letters, digits, _ and -")
    _check(_NAME, name, "name", "letters, digits, _, . and -")
    words = ["--name", name, "--pull", "missing", "--network", network]
    words += ["--read-only"] if read_only else []
    for variable, value in (env or {}).items():
        _check(_VARIABLE, variable, "env", "a name of a variable")
        words += ["--env", f"{variable}={value}"]
    limits = {
        "--memory": memory,
        "--cpus": cpus,
        "--pids-limit": pids_limit,
        "--timeout": timeout,
    }
    for option, limit in limits.items():
        words += [] if limit is None else [option, str(limit)]
    words += ["--", image, *command]
    if not image or any("\0" in word for word in words):
        raise ParameterError("an image is needed, and no word may have a NUL")
    given = (
        f"user={shlex.quote(user)}\nname={shlex.quote(name)}\n"
        f"remove={'yes' if remove else ''}\n"
        "# What is filled in is meant as it stands.\n"
        f"# shellcheck disable=SC2016\nset -- {shlex.join(words)}\n"
    )
    return _HEAD + given + _COMMON + _RUN


def _check(pattern: re.Pattern[str], text: str, what: str, wanted: str) -> None:
    if not pattern.fullmatch(text):
        raise ParameterError(f"{what}: {text!r} is not {wanted}")


_HEAD = """\
#!/bin/sh
set -eu
PATH=$PATH:/usr/sbin:/sbin
"""

_COMMON = """\

# As with Podman: 1 would be a container's.
fail() {
    echo "$*" >&2
    exit 125
}

# A command as the user, where its files and its services are.
as_user() {
    set -- env "HOME=$home" "XDG_RUNTIME_DIR=$runtime" "$@"
    if [ "$(id -u)" = "$uid" ]; then
        "$@"
    else
        runuser -u "$user" -- "$@"
    fi
}

find_user() {
    uid=$(id -u "$user")
    home=$(getent passwd "$user" | cut -d : -f 6)
    runtime=/run/user/$uid
    # Without systemd nobody makes this folder.
    [ -d "$runtime" ] || runtime=/tmp/podman-run-$uid
}

cd /
"""

_BOOTSTRAP = """\

[ "$(id -u)" = 0 ] || fail "run this as root"
missing=
for program in podman newuidmap newgidmap useradd usermod getent runuser; do
    command -v "$program" > /dev/null || missing="$missing $program"
done
if [ "$socket" ]; then
    for program in loginctl systemctl; do
        command -v "$program" > /dev/null || missing="$missing $program"
    done
fi
[ -z "$missing" ] || fail "missing on this node:$missing. \\
Install podman, uidmap (or shadow-utils) and, for the socket, systemd; then run this again"
if [ "$socket" ] && ! [ -d /run/systemd/system ]; then
    fail "systemd does not run on this node, so nothing can keep podman.socket listening"
fi

if ! id -u "$user" > /dev/null 2>&1; then
    useradd --create-home --shell /bin/sh "$user"
    echo "made the user $user"
fi
find_user

# How many subordinate ids of a kind the user has, by name or by number.
have() {
    [ -e "$1" ] || : > "$1"
    awk -F : -v name="$user" -v uid="$uid" \\
        '$1 == name || $1 == uid { sum += $3 } END { print sum + 0 }' "$1"
}

# Where ids begin that nobody has.
behind() {
    awk -F : '{ end = $2 + $3; if (end > most) most = end }
        END { print (most > 100000 ? most : 100000) }' "$1"
}

changed=
for kind in uid gid; do
    file=/etc/sub$kind
    if [ "$(have "$file")" -lt "$subids" ]; then
        first=$(behind "$file")
        usermod "--add-sub${kind}s" "$first-$((first + subids - 1))" "$user"
        changed=yes
        echo "$file: $subids ids from $first on belong to $user"
    fi
done

if [ "$socket" ]; then
    if ! [ -e "/var/lib/systemd/linger/$user" ]; then
        loginctl enable-linger "$user"
        echo "services of $user go on without a login"
    fi
    tries=0
    until [ -S "/run/user/$uid/bus" ] || [ -S "/run/user/$uid/systemd/private" ]; do
        tries=$((tries + 1))
        [ "$tries" -le 30 ] || fail "systemd started no services of $user: \\
see journalctl -u user@$uid.service"
        sleep 1
    done
    find_user
fi
if [ "$runtime" != "/run/user/$uid" ]; then
    install -d -m 700 -o "$uid" -g "$(id -g "$user")" "$runtime"
fi

# Podman remembers the ids of its first start.
[ -z "$changed" ] || as_user podman system migrate
rootless=$(as_user podman info --format '{{.Host.Security.Rootless}}') || fail "podman does not \\
work for $user; the lines above say why"
[ "$rootless" = true ] || fail "podman of $user is not rootless: it says $rootless"

if [ "$socket" ]; then
    as_user systemctl --user enable --now podman.socket
    [ -S "$runtime/podman/podman.sock" ] || fail "podman.socket is active, but there is no \\
$runtime/podman/podman.sock"
    echo "ready: unix://$runtime/podman/podman.sock"
else
    echo "ready: podman works for $user"
fi
"""

_RUN = """\

command -v podman > /dev/null || fail "podman is missing on this node: run the bootstrap script"
id -u "$user" > /dev/null 2>&1 || fail "there is no user $user: run the bootstrap script"
find_user
case $(id -u) in
0 | "$uid") ;;
*) fail "run this as $user or as root" ;;
esac
if [ "$(id -u)" = 0 ]; then
    install -d -m 700 -o "$uid" -g "$(id -g "$user")" "$runtime"
else
    [ -d "$runtime" ] || mkdir -m 700 "$runtime"
fi

# The name decides, also between two scripts at once.
as_user podman container exists "$name" || as_user podman create "$@" > /dev/null ||
    as_user podman container exists "$name" || fail "the container was not made"
never_ran() {
    case $(as_user podman inspect --format '{{.State.Status}}' "$name") in
    created | configured | initialized) ;;
    *) return 1 ;;
    esac
}
finish() {
    [ -z "$remove" ] || as_user podman rm --force "$name" > /dev/null
}

# Of one that never ran, podman wait would say 0.
if never_ran && ! as_user podman start "$name" > /dev/null && never_ran; then
    finish
    fail "the container did not start"
fi
code=$(as_user podman wait "$name")
as_user podman logs "$name"
finish
exit "$code"
"""
