"""The public developer page: quickstart, scopes, endpoints, profiles (42 CFR 422.119(d)).

Made of the tables that the server runs on, so that it cannot say anything else. No login, no registration, no fee.
"""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from starlette.responses import HTMLResponse, Response

from conformance.reference.authorization import scopes
from conformance.reference.fhir.parameters import TYPES
from conformance.reference.steps import step

if TYPE_CHECKING:
    from conformance.reference.tenant import Tenant
    from conformance.reference.web import Call

STYLE = """
body { margin: 0 auto; max-width: 60rem; padding: 2rem 1.25rem 4rem; color: #14213d;
  font: 1rem/1.55 system-ui, sans-serif; }
h1 { margin-bottom: .25rem; } h2 { margin-top: 2.5rem; border-bottom: 2px solid #0b5394; padding-bottom: .25rem; }
table { border-collapse: collapse; width: 100%; font-size: .92rem; } caption { text-align: left; padding: .5rem 0; }
th, td { text-align: left; vertical-align: top; padding: .45rem .6rem; border-bottom: 1px solid #c9d3e0; }
th { background: #eef3f8; } code, pre { font: .88rem ui-monospace, monospace; overflow-wrap: anywhere; }
pre { background: #f4f6f9; border: 1px solid #c9d3e0; border-radius: .4rem; padding: .9rem; white-space: pre-wrap; }
"""


def page(call: Call) -> Response:
    """GET the developer page."""
    tenant = call.tenant
    body = "".join(
        (
            introduction(tenant),
            quickstart(tenant),
            apps(),
            scope_table(tenant),
            endpoint_table(tenant),
            profile_table(tenant),
        )
    )
    html = (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        f"<title>{escape(tenant.behaviour.title)} - Patient Access API</title>"
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><style>{STYLE}</style></head>'
        f"<body><main>{body}{searching()}{errors()}</main></body></html>"
    )
    return HTMLResponse(html, headers={"Cache-Control": "public, max-age=60", "X-Frame-Options": "DENY"})


@step
def introduction(tenant: Tenant) -> str:
    """What this is, and where it starts."""
    return (
        f"<h1>{escape(tenant.behaviour.title)}: Patient Access API</h1>"
        "<p>Members may share their claims, prior authorizations and clinical records with the apps they choose."
        " FHIR R4, SMART App Launch 2.2.0, US Core 6.1.0, CARIN Blue Button 2.1.0, Da Vinci HRex 1.1.0 and PDex 2.1.0."
        " Open to every app, without fee. Everything here is synthetic.</p>"
        f"<p>FHIR base: <code>{escape(tenant.fhir_base)}</code><br>Issuer: <code>{escape(tenant.issuer)}</code></p>"
    )


QUICKSTART = (
    (
        "Register your app",
        """\
POST {register}
Content-Type: application/json

{{"client_name": "My app", "redirect_uris": ["https://app.example/callback"], "token_endpoint_auth_method": "none"}}""",
    ),
    (
        "Send the member to us (PKCE with S256 is required)",
        """\
GET {authorize}?response_type=code&client_id=…&redirect_uri=https://app.example/callback
  &state=…&nonce=…&aud={base}&code_challenge=…&code_challenge_method=S256
  &scope=launch/patient openid fhirUser offline_access patient/Patient.read …""",
    ),
    (
        "Exchange the code",
        """\
POST {token}
Content-Type: application/x-www-form-urlencoded

grant_type=authorization_code&code=…&redirect_uri=https://app.example/callback&code_verifier=…&client_id=…""",
    ),
    (
        "Call the API for the member named by `patient` in the token response",
        "GET {base}/Patient/{{patient}}\nAuthorization: Bearer …",
    ),
    (
        "Refresh (tokens live one hour; the refresh token changes each time)",
        "POST {token}\n\ngrant_type=refresh_token&refresh_token=…&client_id=…",
    ),
)


@step
def quickstart(tenant: Tenant) -> str:
    """The steps, literally: as far as this deployment offers them."""
    urls = {name: tenant.endpoint(name) for name in ("register", "authorize", "token")} | {"base": tenant.fhir_base}
    behaviour = tenant.behaviour
    steps = QUICKSTART if behaviour.refresh else QUICKSTART[:-1]
    words_offered = {" openid fhirUser": behaviour.id_token, " offline_access": behaviour.refresh}
    items = ""
    for title, text in steps:
        shown = text.format(**urls)
        for words, offered in words_offered.items():
            shown = shown if offered else shown.replace(words, "")
        items += f"<li><p>{escape(title)}</p><pre>{escape(shown)}</pre></li>"
    return f'<h2 id="quickstart">Quickstart</h2><ol>{items}</ol>'


@step
def scope_table(tenant: Tenant) -> str:
    """Every scope that can be had."""
    words = {
        "openid": "id_token: who signed in",
        "fhirUser": "the person as a FHIR resource, in the id_token",
        "launch/patient": "the member whose record was chosen, beside the access token",
        "offline_access": "refresh token",
    }
    rows = [(scope, words.get(scope, "read and search")) for scope in scopes.supported(tenant)]
    return table("scopes", "Scopes", ("Scope", "What it gives"), rows)


@step
def endpoint_table(tenant: Tenant) -> str:
    """Every path with its search parameters and includes."""
    rows = [
        ("GET /.well-known/smart-configuration", "SMART configuration, public"),
        ("GET /metadata", "capability statement, public"),
        ("GET /Patient/{id}/$everything", "start, end, _since, _type, _count"),
        ("GET /DocumentReference/$docref", "patient, start, end, type"),
        ("GET /Binary/{id}", "the bytes of a document"),
    ]
    for type_name, served in TYPES.items():
        names = ", ".join(parameter.name for parameter in served.parameters)
        includes = ", ".join(f"{type_name}:{name}" for name in served.includes)
        rows.append((f"GET /{type_name}/{{id}}", "read; /_history and /_history/{version}"))
        rows.append((f"GET /{type_name}?…", f"search by {names}; include {includes or 'nothing'}"))
        rows.append((f"POST /{type_name}/_search", "the same as a form"))
    rows.append(("all searches", "_count, _sort, _include, _revinclude, _elements, _summary, _total"))
    return table("endpoints", f"Endpoints below {tenant.fhir_base}", ("Request", "What it answers"), rows)


@step
def profile_table(tenant: Tenant) -> str:  # noqa: ARG001
    """Every profile by type."""
    rows = [(type_name, profile) for type_name, served in TYPES.items() for profile in served.profiles]
    return table("profiles", "Profiles", ("Type", "Profile"), rows)


def apps() -> str:
    """What kinds of app there are and what registering takes (42 CFR 422.119(d)(2)-(3))."""
    rows = [
        ("client_name", "what the member reads when asked for consent"),
        ("redirect_uris", "required; https, http on loopback, or a private scheme; compared character by character"),
        ("token_endpoint_auth_method", "none (public app), client_secret_basic, client_secret_post, private_key_jwt"),
        ("jwks", "for private_key_jwt: public keys for ES384 or RS384"),
        ("any app", "PKCE with S256; TLS 1.2 or newer; calls from web pages at the origins of its redirect_uris"),
        (
            "any language",
            "no software of ours is needed; no agreement, fee or review; access is refused for security only",
        ),
    ]
    return table("apps", "Apps and registration", ("Attribute", "Meaning"), rows)


def searching() -> str:
    """How searches are written and what comes back."""
    rows = [
        ("a=1&a=2, a=1,2", "both hold; either holds"),
        ("token", "code, system|code, |code, system|; :not, :text, :missing"),
        ("date", "eq ne gt lt ge le sa eb ap; days are days on US Eastern time; :missing"),
        ("reference", "id, Type/id, URL; :Type; one link of a chain, as in practitioner.name; :missing"),
        ("string", "begins with, whatever case and accents; :exact, :contains, :missing"),
        ("Prefer: handling=strict", "an unknown parameter is an error; otherwise it is ignored and left out of self"),
        ("answer", "a Bundle of type searchset: matches, then includes; links self, previous, next"),
        ("page links", "opaque; for the same app and member only; fifteen minutes"),
        ("Patient.link", "never sent: merged members keep one record"),
    ]
    return table("search", "Searching", ("Form", "Meaning"), rows)


def errors() -> str:
    """What refusals look like."""
    rows = [
        ("400", "a parameter that cannot be right; OperationOutcome, or an OAuth error as JSON"),
        ("401", "no token, or one that is expired, revoked or unknown; WWW-Authenticate: Bearer"),
        ("403", "the scope was not granted"),
        ("404", "no such resource for this member"),
        ("410", "the resource was deleted, or the page link is too old"),
        ("429", "too many requests; wait as long as Retry-After says"),
    ]
    return table("errors", "Errors", ("Status", "Meaning"), rows)


def table(anchor: str, title: str, head: tuple[str, str], rows: list[tuple[str, str]]) -> str:
    """A table with a heading that can be linked to."""
    body = "".join(f"<tr><td><code>{escape(a)}</code></td><td>{escape(b)}</td></tr>" for a, b in rows)
    return (
        f'<h2 id="{anchor}">{escape(title)}</h2><table><thead><tr><th scope="col">{head[0]}</th>'
        f'<th scope="col">{head[1]}</th></tr></thead><tbody>{body}</tbody></table>'
    )
