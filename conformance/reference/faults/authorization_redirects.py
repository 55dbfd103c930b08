"""Faults of the addresses and clients of an authorization request; the area is authorization."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from starlette.responses import HTMLResponse

from conformance.reference.authorization import authorize, grants, pages
from conformance.reference.faults.deviations import skipped
from conformance.reference.faults.fault import Fault

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.reference.steps import Step


def _registered(alike: Callable[[str, str], bool]) -> Step:
    """A redirect_uri is accepted if it is like a registered one."""
    return lambda original, tenant, client, redirect_uri: any(  # noqa: ARG005
        alike(redirect_uri, registered) for registered in client.redirect_uris
    )


def _origin(uri: str) -> str:
    parts = urlsplit(uri)
    return f"{parts.scheme}://{parts.netloc}"


def _told_anyway(*, known_client: bool) -> Step:
    """An error is sent to the address in the request, checked or not."""

    def replacement(original: Step, call: Any, reason: str, status: int = 0) -> Any:
        fields = dict(call.query)
        known = fields.get("client_id", "") in call.tenant.state.clients
        if "redirect_uri" in fields and known == known_client:
            answer = {"error": "invalid_request", "error_description": reason}
            return authorize.back(call.tenant, fields["redirect_uri"], answer, fields.get("state", ""))
        return original(call, reason, status)

    return replacement


def _challenge_before_address(original: Step, call: Any, fields: list[tuple[str, str]]) -> Any:
    values = dict(fields)
    client = call.tenant.state.clients.get(values.get("client_id", ""))
    if client is not None and "code_challenge" not in values and "redirect_uri" in values:
        return client, values["redirect_uri"]
    return original(call, fields)


def _by_form_post(original: Step, tenant: Any, redirect_uri: str, answer: Any, state: str) -> Any:
    if "code" not in answer:
        return original(tenant, redirect_uri, answer, state)
    fields = "".join(
        f'<input type="hidden" name="{name}" value="{escape(value)}">'
        for name, value in {**answer, "state": state}.items()
    )
    form = f'<form method="post" action="{escape(redirect_uri)}">{fields}</form>'
    return HTMLResponse(f"<body>{form}<script>document.forms[0].submit()</script></body>")


def _another_issuer(original: Step, tenant: Any, redirect_uri: str, answer: Any, state: str) -> Any:
    response = original(tenant, redirect_uri, answer, state)
    response.headers["Location"] = response.headers["Location"].partition("&iss=")[0] + "&iss=https://other.example"
    return response


def _last_address(original: Step, call: Any, fields: list[tuple[str, str]]) -> Any:
    """The first redirect_uri is checked, the last one is used."""
    addresses = [value for name, value in fields if name == "redirect_uri"]
    others = [(name, value) for name, value in fields if name != "redirect_uri"]
    client, _ = original(call, [*others, *(("redirect_uri", value) for value in addresses[:1])])
    return client, addresses[-1]


def _token_beside(place: str) -> Step:
    """An access token comes along with the code, in the query or the fragment."""

    def replacement(original: Step, tenant: Any, redirect_uri: str, answer: Any, state: str) -> Any:
        response = original(tenant, redirect_uri, answer, state)
        if "code" in answer:
            code = tenant.state.codes[answer["code"]]
            access = grants.issue_access_token(tenant, code.grant, code.grant.scope)
            response.headers["Location"] += f"{place}access_token={access.value}"
        return response

    return replacement


FAULTS = (
    Fault(
        "PA-AUTH-005.prefix-match",
        "authorize.redirect.unregistered",
        "A redirect_uri that only begins with a registered one is accepted.",
        {authorize.redirect_registered: _registered(lambda sent, registered: sent.startswith(registered))},
    ),
    Fault(
        "PA-AUTH-005.host-begins-alike",
        "authorize.redirect.unregistered",
        "A redirect_uri is accepted that begins with the scheme and host of a registered one.",
        {authorize.redirect_registered: _registered(lambda sent, registered: sent.startswith(_origin(registered)))},
    ),
    Fault(
        "PA-AUTH-005.query-ignored",
        "authorize.redirect.unregistered",
        "The query of a redirect_uri is ignored when it is compared.",
        {authorize.redirect_registered: _registered(lambda sent, registered: sent.partition("?")[0] == registered)},
    ),
    Fault(
        "PA-AUTH-005.case-ignored",
        "authorize.redirect.unregistered",
        "Upper and lower case make no difference in a redirect_uri.",
        {authorize.redirect_registered: _registered(lambda sent, registered: sent.lower() == registered.lower())},
    ),
    Fault(
        "PA-AUTH-005.scheme-ignored",
        "authorize.redirect.unregistered",
        "The scheme of a redirect_uri is ignored when it is compared.",
        {
            authorize.redirect_registered: _registered(
                lambda sent, registered: sent.partition("://")[2] == registered.partition("://")[2]
            )
        },
    ),
    Fault(
        "PA-AUTH-005.open-redirector",
        "authorize.redirect.unregistered",
        "The error about an unregistered redirect_uri is sent to that very address.",
        {pages.error_page: _told_anyway(known_client=True)},
    ),
    Fault(
        "PA-AUTH-005.last-address-unchecked",
        "authorize.redirect.unregistered",
        "Of two redirect_uris the first is checked and the last is used.",
        {authorize.check_not_repeated: skipped, authorize.known_redirect: _last_address},
    ),
    Fault(
        "PA-AUTH-005.error-comes-first",
        "authorize.redirect.unregistered",
        "A request without a challenge is refused at its redirect_uri before that is compared.",
        {authorize.known_redirect: _challenge_before_address},
    ),
    Fault(
        "PA-AUTH-006.friendly-page",
        "authorize.error-page.status",
        "The error page for an unknown client has HTTP status 200.",
        behaviour={"error_page_status": 200},
        warning=True,
    ),
    Fault(
        "PA-AUTH-006.told-anyway",
        "authorize.redirect.unknown-client",
        "The error about an unknown client is sent to the redirect_uri of the request.",
        {pages.error_page: _told_anyway(known_client=False)},
    ),
    Fault(
        "PA-AUTH-017.token-beside-code",
        "authorize.exposed.token",
        "An access token is added to the redirect next to the code.",
        {authorize.back: _token_beside("&")},
    ),
    Fault(
        "PA-AUTH-017.token-in-fragment",
        "authorize.exposed.fragment",
        "An access token comes in the fragment beside the code in the query.",
        {authorize.back: _token_beside("#")},
    ),
    Fault(
        "PA-AUTH-017.by-form-post",
        "authorize.exposed.form",
        "The code is posted to the app by a form.",
        {authorize.back: _by_form_post},
    ),
    Fault(
        "PA-AUTH-019.another-issuer",
        "authorize.iss",
        "iss in the redirect names another issuer.",
        {authorize.back: _another_issuer},
    ),
)
