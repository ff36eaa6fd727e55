"""Which credentials go where, and that none is ever shown."""

from __future__ import annotations

import copy
import json
import os
import pickle
import time
from base64 import b64encode, urlsafe_b64decode
from typing import TYPE_CHECKING, Any

import pytest

import podlib
from podlib import Credentials, FileError, ParameterError, credentials
from podlib.credentials import auth_header, config_header

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

SECRET = "dragon???>>>"  # noqa: S105 -- no such secret; in base64 it has both characters that differ
CREDENTIALS = Credentials("ann", SECRET)


def entry(user: str, password: str = SECRET, **more: str) -> dict[str, str]:
    return {"auth": b64encode(f"{user}:{password}".encode()).decode(), **more}


def sent(fields: Sequence[tuple[str, str]]) -> Any:
    """What a header says."""
    [(name, value)] = fields
    assert name in {"X-Registry-Auth", "X-Registry-Config"}
    return json.loads(urlsafe_b64decode(value))


def user_for(reference: str) -> str | None:
    """The user whose password is sent."""
    fields = auth_header(reference, None)
    if not fields:
        return None
    [document] = sent(fields).values()
    assert document["password"] == SECRET
    return str(document["username"])


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A user without any auth file."""
    for name in ("REGISTRY_AUTH_FILE", "DOCKER_CONFIG", "XDG_CONFIG_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path / "run"))
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("PATH", str(tmp_path / "bin"), prepend=":")
    return tmp_path


@pytest.fixture
def file(home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The only auth file."""
    monkeypatch.setenv("REGISTRY_AUTH_FILE", str(home / "auth.json"))
    return home / "auth.json"


def write(path: Path, auths: Mapping[str, object], **more: object) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"auths": auths, **more}))


def program(home: Path, name: str, script: str) -> None:
    """A credential helper."""
    path = home / "bin" / f"docker-credential-{name}"
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


# -- Credentials -----------------------------------------------------------------------------------


def test_credentials_do_not_show_their_secrets() -> None:
    token = Credentials(identity_token=SECRET)
    for each in (CREDENTIALS, token, pickle.loads(pickle.dumps(token)), copy.copy(CREDENTIALS)):  # noqa: S301 -- ours
        for text in (repr(each), str(each), f"{each}", repr([each]), repr({"a": each})):
            assert SECRET not in text
    assert "ann" in repr(CREDENTIALS)
    assert pickle.loads(pickle.dumps(CREDENTIALS)) == CREDENTIALS  # noqa: S301 -- likewise
    with pytest.raises(AttributeError):
        CREDENTIALS.password = "other"  # type: ignore[misc]  # noqa: S105 -- it is frozen


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({}, "neither"),
        ({"password": SECRET}, "neither"),
        ({"username": f"ann:{SECRET}"}, "colon"),
        ({"username": "ann", "password": SECRET.encode()}, "password is no text"),
        ({"identity_token": 1}, "identity_token is no text"),
    ],
)
def test_credentials_that_cannot_be(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(ParameterError, match=message) as caught:
        Credentials(**arguments)
    assert SECRET not in str(caught.value)


def test_credentials_are_public() -> None:
    assert podlib.Credentials is Credentials


# -- what a caller passes --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("reference", "registry"),
    [
        ("quay.io/org/box:1", "quay.io"),
        ("quay.io/org/box@sha256:0123", "quay.io"),
        ("docker://quay.io/box", "quay.io"),
        ("127.0.0.1:5000/box:latest", "127.0.0.1:5000"),
        ("127.0.0.1:5000/", "127.0.0.1:5000"),
        ("localhost/box", "localhost"),
        ("[::1]:5000/box", "[::1]:5000"),
        ("box", "docker.io"),
        ("box:1", "docker.io"),
        ("org/box", "docker.io"),
        ("docker.io/library/box", "docker.io"),
        ("index.docker.io/library/box", "docker.io"),
    ],
)
def test_credentials_are_for_one_registry(reference: str, registry: str) -> None:
    document = {"username": "ann", "password": SECRET}
    assert sent(auth_header(reference, CREDENTIALS)) == {registry: document}


def test_a_header_is_url_safe_base64() -> None:
    [(_, value)] = auth_header("quay.io/box", CREDENTIALS)
    assert set(value) & set("-_")
    assert not set(value) & set("+/\r\n ")


def test_an_identity_token() -> None:
    fields = auth_header("quay.io/box", Credentials("ann", identity_token=SECRET))
    assert sent(fields) == {"username": "ann", "password": "", "identitytoken": SECRET}
    with pytest.raises(ParameterError, match=r"quay\.io: an identity_token") as caught:
        config_header({"quay.io": Credentials(identity_token=SECRET)})
    assert SECRET not in str(caught.value)


def test_credentials_of_several_registries(file: Path) -> None:
    write(file, {"other.io": entry("not sent")})
    document = {"username": "ann", "password": SECRET}
    fields = config_header({"https://index.docker.io/v1/": CREDENTIALS, "a.io/b": CREDENTIALS})
    assert fields[0][0] == "X-Registry-Config"
    assert sent(fields) == {"docker.io": document, "a.io/b": document}
    assert sent(config_header({})) == {}  # none at all, not the service's own either
    with pytest.raises(ParameterError, match="empty"):
        config_header({"": CREDENTIALS})


# -- the user's files ------------------------------------------------------------------------------


def test_no_file_at_all() -> None:
    assert auth_header("quay.io/box", None) == ()
    assert config_header(None) == ()


def test_namespaces_come_before_the_registry(file: Path) -> None:
    write(
        file,
        {
            "quay.io": entry("registry"),
            "quay.io/org": entry("org"),
            "quay.io/org/box": entry("box"),
            "quay.io:443": entry("port"),
        },
    )
    assert user_for("quay.io/org/box:1") == "box"
    assert user_for("quay.io/org/boxes") == "org"
    assert user_for("quay.io/organ/box") == "registry"
    assert user_for("quay.io:443/box") == "port"
    assert user_for("quay.io:444/box") is None
    assert user_for("io/box") is None


@pytest.mark.parametrize(
    "key",
    [
        *("https://index.docker.io/v1/", "index.docker.io", "docker.io", "registry-1.docker.io"),
        *("http://docker.io", "docker.io/library"),
    ],
)
def test_docker_hub_has_many_names(file: Path, key: str) -> None:
    write(file, {key: entry("hub")})
    for reference in ("busybox", "library/busybox", "docker.io/library/busybox:1"):
        expected = None if key == "docker.io/library" and reference == "busybox" else "hub"
        assert user_for(reference) == expected


def test_keys_that_are_addresses(file: Path) -> None:
    write(file, {"https://a.io/v2/": entry("a"), "http://b.io:5000": entry("b")})
    assert user_for("a.io/box") == "a"
    assert user_for("b.io:5000/box") == "b"


def test_an_entry_with_an_identity_token(file: Path) -> None:
    write(file, {"a.io": entry("ann", "", identitytoken=SECRET), "b.io": entry("bob")})
    expected = {"username": "ann", "password": "", "identitytoken": SECRET}
    assert sent(auth_header("a.io/box", None)) == expected
    assert sent(config_header(None)) == {"b.io": {"username": "bob", "password": SECRET}}


def test_entries_that_say_nothing(file: Path) -> None:
    no_colon = b64encode(SECRET.encode()).decode()
    write(file, {"a.io": {}, "b.io": {"auth": no_colon}, "c.io": {"auth": ""}})
    assert [user_for(f"{name}.io/box") for name in "abc"] == [None, None, None]
    assert config_header(None) == ()


def test_passwords_of_all_kinds(file: Path) -> None:
    for password in ("", ":", "a:b:c", "grüße ☃", " spaces ", "\\\"'"):
        write(file, {"a.io": entry("ann", password)})
        assert sent(auth_header("a.io/box", None))["a.io"]["password"] == password


def test_order_of_the_files(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    legacy = home / "home" / ".dockercfg"
    legacy.parent.mkdir()
    legacy.write_text(json.dumps({"https://a.io/v1/": entry("legacy")}))
    assert user_for("a.io/org/box") == "legacy"
    for path in (".docker/config.json", ".config/containers/auth.json"):
        write(home / "home" / path, {"a.io": entry(path)})
        assert user_for("a.io/org/box") == path
    monkeypatch.setenv("XDG_CONFIG_HOME", str(home / "config"))
    assert user_for("a.io/org/box") == ".docker/config.json"
    write(home / "config" / "containers" / "auth.json", {"a.io": entry("config")})
    assert user_for("a.io/org/box") == "config"
    write(home / "run" / "containers" / "auth.json", {"a.io": entry("run"), "b.io": entry("run")})
    assert user_for("a.io/org/box") == "run"
    write(home / "home" / ".docker" / "config.json", {"c.io": entry("docker")})
    assert {key: each["username"] for key, each in sent(config_header(None)).items()} == {
        "a.io": "run",
        "b.io": "run",
        "c.io": "docker",
    }
    monkeypatch.setenv("DOCKER_CONFIG", str(home / "nowhere"))
    assert user_for("a.io/org/box") == "run"
    monkeypatch.setenv("DOCKER_CONFIG", str(home / "home" / ".docker"))
    assert user_for("a.io/org/box") is None
    assert user_for("c.io/org/box") == "docker"
    monkeypatch.setenv("REGISTRY_AUTH_FILE", str(home / "nowhere"))
    assert user_for("a.io/org/box") is None
    write(home / "named.json", {"a.io": entry("named")})
    monkeypatch.setenv("REGISTRY_AUTH_FILE", str(home / "named.json"))
    assert user_for("a.io/org/box") == "named"
    assert user_for("b.io/box") is None


def test_without_a_runtime_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("XDG_RUNTIME_DIR")
    first, *_ = credentials._paths()
    assert str(first) == f"/run/containers/{os.getuid()}/auth.json"


@pytest.mark.parametrize(
    "text",
    [
        f'{{"auths": {{"a.io": "{SECRET}"}}',
        f'["{SECRET}"]',
        f'{{"auths": ["{SECRET}"]}}',
        f'{{"auths": {{"a.io": "{SECRET}"}}}}',
        f'{{"auths": {{"a.io": {{"auth": "{SECRET}!"}}}}}}',
        f'{{"auths": {{"a.io": {{"auth": ["{SECRET}"]}}}}}}',
        '{"auths": {"a.io": {"auth": "/////w=="}}}',
        f'{{"auths": {{"a.io": {{"auth": "YW5uOg==", "identitytoken": ["{SECRET}"]}}}}}}',
        f'{{"credHelpers": ["{SECRET}"]}}',
        "[" * 100_000,
        "",
    ],
    ids=range(11),
)
def test_a_file_that_is_none(file: Path, text: str) -> None:
    file.write_text(text)
    for everything in (False, True):
        with pytest.raises(FileError, match="is no auth file") as caught:
            config_header(None) if everything else auth_header("a.io/box", None)
        assert caught.value.path == str(file)
        assert str(file) in str(caught.value)
        error: BaseException | None = caught.value
        while error is not None:
            assert SECRET not in f"{error!r} {vars(error)} {error.args}"
            assert not hasattr(error, "doc")
            error = error.__context__


def test_a_file_that_cannot_be_read(file: Path) -> None:
    file.mkdir()
    with pytest.raises(FileError, match="Is a directory") as caught:
        auth_header("a.io/box", None)
    assert caught.value.path == str(file)
    assert auth_header("a.io/box", CREDENTIALS)


# -- credential helpers ----------------------------------------------------------------------------

ANSWER = f"""\
read registry
echo "$1 $registry" >> "$HOME"/asked
echo '{{"ServerURL": "x", "Username": "helped", "Secret": "{SECRET}"}}'"""


def asked(home: Path) -> list[str]:
    return (home / "home" / "asked").read_text().splitlines()


def test_a_helper(home: Path, file: Path) -> None:
    (home / "home").mkdir()
    program(home, "good", ANSWER)
    helpers = {"a.io": "good", "docker.io": "good", "b.io": ""}
    write(file, {"a.io": entry("in the file"), "b.io": entry("bob")}, credHelpers=helpers)
    assert user_for("a.io/org/box") == "helped"
    assert user_for("box") == "helped"
    assert user_for("b.io/box") == "bob"
    assert asked(home) == ["get a.io", "get docker.io"]
    assert set(sent(config_header(None))) == {"a.io", "b.io", "docker.io"}


def test_a_store_has_what_the_file_has_not(home: Path, file: Path) -> None:
    (home / "home").mkdir()
    program(home, "good", ANSWER)
    hub = "https://index.docker.io/v1/"
    write(file, {"a.io": {}, hub: {}, "b.io": entry("bob")}, credsStore="good")
    assert user_for("a.io/org/box") == "helped"
    assert user_for("box") == "helped"
    assert user_for("b.io/box") == "bob"
    assert asked(home) == ["get a.io", f"get {hub}"]
    assert set(sent(config_header(None))) == {"a.io", "b.io", "docker.io"}


def test_a_store_that_is_not_installed(file: Path) -> None:
    """As Docker Desktop leaves behind; podman knows no stores."""
    write(file, {"a.io": {}}, credsStore="desktop")
    assert user_for("a.io/org/box") is None


def test_a_helper_that_knows_a_token(home: Path, file: Path) -> None:
    program(home, "token", f"""echo '{{"Username": "<token>", "Secret": "{SECRET}"}}'""")
    write(file, {}, credHelpers={"a.io": "token"})
    document = {"username": "", "password": "", "identitytoken": SECRET}
    assert sent(auth_header("a.io/box", None)) == document


def test_a_helper_that_knows_nothing(home: Path, file: Path) -> None:
    program(home, "empty", "echo credentials not found in native keychain; exit 1")
    write(file, {"a.io": entry("not asked")}, credHelpers={"a.io": "empty"})
    assert user_for("a.io/box") is None


@pytest.mark.parametrize(
    ("script", "message"),
    [
        (f"echo '{SECRET}'; echo '{SECRET}' >&2; exit 3", "failed with exit code 3"),
        (f"echo '{SECRET}'", "answered something else"),
        (f"""echo '{{"Secret": "{SECRET}"}}'""", "answered something else"),
        ("kill -9 $$", "failed with exit code -9"),
    ],
)
def test_a_helper_that_fails(home: Path, file: Path, script: str, message: str) -> None:
    program(home, "bad", script)
    write(file, {}, credHelpers={"a.io": "bad"})
    with pytest.raises(FileError, match=message) as caught:
        auth_header("a.io/box", None)
    text = str(caught.value)
    assert "docker-credential-bad" in text
    assert "a.io" in text
    assert str(file) in text
    assert SECRET not in f"{text} {vars(caught.value)} {caught.value.__context__!r}"
    assert auth_header("b.io/box", None) == ()


def test_a_helper_that_is_not_there(file: Path) -> None:
    write(file, {}, credHelpers={"a.io": "missing"})
    with pytest.raises(FileError, match=r"docker-credential-missing.* No such file"):
        auth_header("a.io/box", None)


def test_a_helper_that_hangs(home: Path, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(credentials, "HELPER_SECONDS", 0.2)
    program(home, "slow", "sleep 3; echo late")  # sleep keeps the pipe open after the shell's end
    write(file, {}, credHelpers={"a.io": "slow"})
    begin = time.monotonic()
    with pytest.raises(FileError, match=r"did not answer in 0\.2 s"):
        auth_header("a.io/box", None)
    assert time.monotonic() - begin < 2
