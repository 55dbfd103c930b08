"""Canaille with passcodes as second factor, and a FHIR base that names it, in a process of their own.

``python canaille_server.py TARGET FOLDER SECONDS`` knows the app and the members of the target file; a time step of
their passcodes is so long. In the folder it writes ``ready.json`` once it serves, every passcode it is sent to
``passcodes.txt``, and every code and token it gives to ``issued.txt``. It ends when its standard input closes.
"""

from __future__ import annotations

import base64
import datetime as dt
import json
import secrets
import sys
import threading
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import yaml
from canaille import create_app
from canaille.app import models
from canaille.backends import Backend
from flask import Flask, Response, request
from werkzeug.serving import BaseWSGIServer, make_server

HOST = "127.0.0.1"


def settings(host: str, folder: Path, passcode_seconds: int) -> dict[str, Any]:
    """What an administrator would write into ``canaille.toml``; what is not said here is as delivered."""
    return {
        "SECRET_KEY": secrets.token_hex(32),
        "SERVER_NAME": host,
        "PREFERRED_URL_SCHEME": "http",
        "CANAILLE": {
            "DATABASE": "sql",  # the one in memory finds a code by its app or its value, so it mixes codes up
            "SMTP": None,
            "AUTHENTICATION_FACTORS": ["password", "otp"],
            "TOTP_LIFETIME": dt.timedelta(seconds=passcode_seconds),
        },
        "CANAILLE_SQL": {"DATABASE_URI": f"sqlite:///{folder}/canaille.sqlite"},
    }


def register_member(member: dict[str, str]) -> None:
    """A member without a secret has yet to set an authenticator up."""
    enrolled: dict[str, Any] = {}
    if secret := member.get("totp_secret"):
        padded = secret + "=" * (-len(secret) % 8)
        # Canaille keeps the key as text and shows it in base32.
        enrolled = {"secret_token": base64.b32decode(padded).decode(), "last_otp_login": dt.datetime.now(dt.UTC)}
    name = member["username"]
    user = models.User(
        user_name=name,
        formatted_name=name.title(),
        family_name=name.title(),
        emails=[f"{name}@payer.example"],
        password=member["password"],
        **enrolled,
    )
    Backend.instance.save(user)


def register_app(client: dict[str, Any], scopes: list[str]) -> None:
    """The app may have these scopes and no others."""
    app = models.Client(
        client_id=client["client_id"],
        client_secret=client["client_secret"],
        client_name=client["name"],
        client_uri=client["origin"],
        redirect_uris=client["redirect_uris"],
        grant_types=["authorization_code"],
        response_types=["code"],
        scope=scopes,
        id_token_signed_response_alg="RS256",  # unsaid, it takes the strongest its key can do
        token_endpoint_auth_method="client_secret_basic",
    )
    Backend.instance.save(app)
    app.audience = [app]  # whom its id_tokens are for; an app must be saved to be in an audience
    Backend.instance.save(app)


def keep_record(app: Flask, folder: Path) -> None:
    """Write down what must not be used twice, and what must not be told.

    Canaille itself takes a passcode again and again while its time lasts, so its answers would not show it.
    """

    def note(file: str, *values: str) -> None:
        with (folder / file).open("a", encoding="utf-8") as lines:
            lines.writelines(f"{value}\n" for value in values)

    @app.before_request
    def passcode() -> None:
        # A field that has kept its value for half a second is sent for a look at its form, without the form itself.
        inline = request.headers.get("HX-Request") and not request.headers.get("HX-Boosted")
        if request.method == "POST" and request.path.startswith("/auth/otp") and not inline:
            note("passcodes.txt", request.form["otp"])

    @app.after_request
    def issued(response: Response) -> Response:
        answer = response.get_json() if request.path == "/oauth/token" else {}
        redirect = parse_qs(urlsplit(response.location or "").query)
        secret = [answer.get("access_token"), answer.get("id_token"), *redirect.get("code", [])]
        note("issued.txt", *filter(None, secret))
        return response


def fhir_base(issuer: str) -> Flask:
    """A FHIR base with nothing but its SMART configuration."""
    app = Flask(__name__)

    @app.get("/fhir/.well-known/smart-configuration")
    def smart_configuration() -> dict[str, Any]:
        return {
            "issuer": issuer,
            "jwks_uri": f"{issuer}/oauth/jwks.json",
            "authorization_endpoint": f"{issuer}/oauth/authorize",
            "token_endpoint": f"{issuer}/oauth/token",
            "grant_types_supported": ["authorization_code"],
            "code_challenge_methods_supported": ["S256"],
            "capabilities": ["launch-standalone", "client-confidential-symmetric", "sso-openid-connect"],
        }

    return app


def bind(app: Flask) -> BaseWSGIServer:
    """A server on a free port, not serving yet."""
    return make_server(HOST, 0, app, threaded=True)


def main(target_file: Path, folder: Path, passcode_seconds: int) -> None:
    """Serve both until nobody is left who started us."""
    target = yaml.safe_load(target_file.read_text(encoding="utf-8"))
    provider = bind(Flask(__name__))  # Canaille wants to be told its port, so it comes afterwards
    issuer = f"http://{HOST}:{provider.server_port}"
    provider.app = canaille = create_app(settings(f"{HOST}:{provider.server_port}", folder, passcode_seconds))
    base = bind(fhir_base(issuer))
    keep_record(canaille, folder)
    with canaille.app_context():
        for member in target["members"].values():
            register_member(member)
        register_app(target["clients"]["main"], target["scopes"]["required"])
    for server in (provider, base):
        threading.Thread(target=server.serve_forever, daemon=True).start()
    ready = {"issuer": issuer, "fhir_base": f"http://{HOST}:{base.server_port}/fhir"}
    (folder / "ready.part").write_text(json.dumps(ready), encoding="utf-8")
    (folder / "ready.part").rename(folder / "ready.json")
    sys.stdin.read()


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]))
