"""How Chromium is started, and what a member's window onto it is like."""

from __future__ import annotations

import os
import re
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from conformance.errors import HarnessError
from conformance.login.browsers import ADVICE

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from conformance.login.browsers import BrowserCandidate
    from conformance.login.plan import LoginPlan

LAUNCH_SECONDS = 40.0
LOOPBACK = {"localhost", "127.0.0.1", "::1"}
QUIET = {"headless": True, "timeout": LAUNCH_SECONDS * 1000}


@dataclass(frozen=True)
class BrowserSettings:
    """What the browser needs besides the login plan: certificates, proxy, and addresses known beforehand.

    ``origins`` are the deployment's: verified before the start, and shown the client certificate. ``app_uris`` are the
    clients' redirect URIs: the browser is kept from reaching their hosts, so that no live app spends our codes.
    """

    ca_file: str = ""
    client_cert: str = ""
    client_key: str = ""
    proxy: str = field(default="", repr=False)
    origins: tuple[str, ...] = ()
    app_uris: tuple[str, ...] = ()

    def app_hosts(self) -> set[str]:
        """The hosts of the apps, without any that the deployment itself is known to use."""
        known = {urlsplit(origin).hostname for origin in self.origins} | LOOPBACK
        hosts = {urlsplit(uri).hostname or "" for uri in self.app_uris if uri.startswith(("http:", "https:"))}
        return {host for host in hosts if host and host not in known}


def launch_options(
    plan: LoginPlan, settings: BrowserSettings, trusted: Sequence[str], muted: Sequence[str]
) -> dict[str, Any]:
    """Arguments of Playwright's ``launch``; ``trusted`` are Chromium arguments, ``muted`` hosts it must not find."""
    arguments = [*trusted, *plan.extra_args]
    if muted and not any(argument.startswith("--host-resolver-rules") for argument in arguments):
        arguments.append(f"--host-resolver-rules={','.join(f'MAP {host} ~NOTFOUND' for host in muted)}")
    options: dict[str, Any] = {"headless": plan.headless, "args": arguments, "timeout": LAUNCH_SECONDS * 1000}
    if settings.proxy:
        via = urlsplit(settings.proxy)
        # What bypasses the proxy is looked up here, and so not found.
        proxy = {"server": f"{via.scheme}://{via.netloc.rpartition('@')[2]}", "bypass": ",".join(muted)}
        login = {"username": unquote(via.username), "password": unquote(via.password or "")} if via.username else {}
        options["proxy"] = proxy | login
    return options


def context_options(plan: LoginPlan, settings: BrowserSettings, state: Any = None) -> dict[str, Any]:
    """Arguments of Playwright's ``new_context``; ``state`` are cookies to start with."""
    key = settings.client_key or settings.client_cert
    certificates = [
        {"origin": origin, "certPath": settings.client_cert, "keyPath": key}
        for origin in settings.origins
        if settings.client_cert and origin.startswith("https:")
    ]
    return {
        "locale": plan.locale,
        "viewport": {"width": plan.viewport[0], "height": plan.viewport[1]},
        "service_workers": "block",
        "accept_downloads": False,
        "storage_state": state,
        "client_certificates": certificates or None,
    }


async def launch(
    driver: Any, candidates: Sequence[BrowserCandidate], options: dict[str, Any], trouble: type[Exception]
) -> tuple[Any, BrowserCandidate]:
    """The first browser that starts; :class:`HarnessError` with the ways out if none does."""
    reasons = []
    for candidate in candidates:
        where = {"executable_path": candidate.path or None, "channel": candidate.channel or None}
        try:
            return await driver.chromium.launch(**where, **options), candidate
        except trouble as problem:
            reasons.append(f"{candidate}: {first_line(problem)}")
    raise no_browser(reasons)


def no_browser(reasons: Sequence[str]) -> HarnessError:
    """What to say when no browser starts, with the reason of each."""
    return HarnessError(f"{ADVICE} Tried: {'; '.join(reasons)}.")


@contextmanager
def driver_trusts(settings: BrowserSettings) -> Iterator[None]:
    """Give Playwright's own process the private CA while it is started.

    With a client certificate it makes the TLS connections to the deployment's origins itself, and verifies them so.
    """
    name, before = "NODE_EXTRA_CA_CERTS", os.environ.get("NODE_EXTRA_CA_CERTS")
    if settings.client_cert and settings.ca_file:
        os.environ[name] = settings.ca_file
    try:
        yield
    finally:
        os.environ.pop(name, None)
        if before is not None:
            os.environ[name] = before


def first_line(problem: Exception) -> str:
    """The first line of an error, addresses without query; the rest is a log of what was tried."""
    return re.sub(r"(\w+://[^\s?#]+)[?#]\S*", r"\1", str(problem).strip().partition("\n")[0])
