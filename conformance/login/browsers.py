"""Which browsers this machine may have, best first; starting one is the only proof that it works."""

from __future__ import annotations

import os
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

ENVIRONMENT_VARIABLE = "CONFORMANCE_BROWSER"
NAMES = (
    "google-chrome",
    "google-chrome-stable",
    "microsoft-edge",
    "microsoft-edge-stable",
    "chromium",
    "chromium-browser",
)
HEADLESS_NAMES = ("chromium-headless-shell", "chrome-headless-shell")  # the same engine, no window, half the cost
CHANNELS = ("chrome", "msedge")
MAC_APPLICATIONS = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
)
ADVICE = (
    "No browser could be started for the login. Ways out: `conformance doctor --install`; install Google Chrome, "
    "Microsoft Edge or Chromium (Debian: apt-get install chromium); run `playwright install chromium`; name one in "
    f"login.browser.executable or in the environment variable {ENVIRONMENT_VARIABLE}; or use login.mode `tokens`."
)


@dataclass(frozen=True, slots=True)
class BrowserCandidate:
    """A browser that may be there: a ``path``, a Playwright ``channel``, or Playwright's own when both are empty."""

    origin: str
    path: str = ""
    channel: str = ""

    def __str__(self) -> str:
        return f"{self.path or self.channel or 'bundled with Playwright'} ({self.origin})"


def browser_candidates(configured: str = "", *, headless: bool = True) -> tuple[BrowserCandidate, ...]:
    """In the order of preference: named by the user, Playwright's own, the system's by name, Playwright's channels."""
    if named := configured or os.environ.get(ENVIRONMENT_VARIABLE, ""):
        return (BrowserCandidate("configured", named),)
    names = (*HEADLESS_NAMES, *NAMES) if headless else NAMES
    paths = [path for name in names if (path := shutil.which(name))]
    if sys.platform == "darwin":
        paths += [path for path in MAC_APPLICATIONS if Path(path).exists()]
    return (
        BrowserCandidate("Playwright"),
        *(BrowserCandidate("system", path) for path in dict.fromkeys(paths)),
        *(BrowserCandidate("channel", channel=channel) for channel in CHANNELS),
    )
