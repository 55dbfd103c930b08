"""Starts a run and notes, outside its run folder, every secret that really crossed the wire.

Used as ``python recording.py SECRETS.json <options of the suites>``: the harness runs unchanged, only the transport's
answers are read on their way, and the parameters of the browser's redirects.
"""

import json
import sys
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

MEMBERS = ("access_token", "refresh_token", "id_token", "client_secret", "registration_access_token")
PROBES = {"not-a-token", "not-a-code"}
FIELDS = ("code", "code_verifier", "refresh_token", "client_secret", "token", "client_assertion")


def main():
    secrets_file, *options = sys.argv[1:]
    found = set()
    from conformance.login import outcome as outcomes
    from conformance.transport import Transport

    send = Transport.request

    def request(self, *arguments, **keywords):
        exchange = send(self, *arguments, **keywords)
        note(exchange, found)
        return exchange

    Transport.request = request
    redirect_of = outcomes.redirect_of

    def redirected(url, **keywords):
        found.update(value for name, value in parse_qsl(urlsplit(url).query) if name == "code")
        return redirect_of(url, **keywords)

    for name, module in list(sys.modules.items()):
        if (
            name.startswith(("conformance.login", "conformance.areas", "conformance.oauth"))
            and getattr(module, "redirect_of", None) is redirect_of
        ):
            module.redirect_of = redirected
    from conformance.engine.pytest_runner import run_suites

    code = run_suites(options)
    Path(secrets_file).write_text(json.dumps(sorted(found)), encoding="utf-8")
    sys.exit(code)


def note(exchange, found):
    # In a search by POST ``code`` is a search parameter.
    searched = urlsplit(exchange.url).path.endswith("/_search")
    form = [] if searched else parse_qsl(exchange.request_body.decode("utf-8", "replace"))
    found.update(value for name, value in form if name in FIELDS and value not in PROBES)
    _, _, credentials = exchange.request_headers.get("authorization", "").partition(" ")
    if credentials:
        found.add(credentials)
    try:
        body = json.loads(exchange.body)
    except ValueError:
        return
    if isinstance(body, dict):
        found.update(body[name] for name in MEMBERS if isinstance(body.get(name), str))


if __name__ == "__main__":
    main()
