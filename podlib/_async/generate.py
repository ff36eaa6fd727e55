"""Unit files for systemd."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypeAlias

from podlib import query

from .verbs import AsyncVerbs

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

RestartPolicy: TypeAlias = Literal[
    "no", "on-success", "on-failure", "on-abnormal", "on-watchdog", "on-abort", "always"
]


class AsyncGenerate(AsyncVerbs):
    """``podman.generate``."""

    __slots__ = ()

    async def systemd(
        self,
        name: str,
        *,
        use_name: bool = False,
        new: bool = False,
        no_header: bool = False,
        template_unit_file: bool = False,
        start_timeout: int | None = None,
        stop_timeout: int | None = None,
        restart_policy: RestartPolicy | None = None,
        restart_sec: int | None = None,
        container_prefix: str | None = None,
        pod_prefix: str | None = None,
        separator: str | None = None,
        wants: Sequence[str] = (),
        after: Sequence[str] = (),
        requires: Sequence[str] = (),
        additional_env_variables: Mapping[str, str] | None = None,
    ) -> dict[str, str]:
        """The units that start and stop a container, or a pod, by their names without a suffix.

        ``GET /libpod/generate/{name}/systemd``. Deprecated: quadlets are the way now.

        ``use_name`` writes names, not ids; ``new`` makes the container anew at each start;
        ``template_unit_file`` makes a template (``web@.service``) of it. Times are in seconds;
        ``stop_timeout`` is 10 unless told otherwise. A unit is called
        ``{container_prefix}{separator}{name}``: ``container-web``. ``wants``, ``after`` and
        ``requires`` name further units. Raises NotFoundError.
        """
        variables = (additional_env_variables or {}).items()
        return await self._get(
            dict[str, str],
            "generate/{}/systemd",
            query.container(name),
            useName=use_name,
            new=new,
            noHeader=no_header,
            templateUnitFile=template_unit_file or None,
            startTimeout=start_timeout,
            stopTimeout=stop_timeout,
            restartPolicy=restart_policy,
            restartSec=restart_sec,
            containerPrefix=container_prefix,
            podPrefix=pod_prefix,
            separator=separator,
            wants=wants,
            after=after,
            requires=requires,
            additionalEnvVariables=[f"{key}={value}" for key, value in variables],
        )
