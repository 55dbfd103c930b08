"""Faults of documentation: the developer page, and a quickstart that does not work."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from starlette.responses import HTMLResponse, PlainTextResponse

from conformance.reference import documentation
from conformance.reference.authorization import clients, discovery, server, token
from conformance.reference.faults.deviations import edited, stored
from conformance.reference.faults.fault import Fault
from conformance.reference.fhir import server as fhir_server
from conformance.reference.fhir.errors import not_found

if TYPE_CHECKING:
    from starlette.responses import Response

    from conformance.reference.faults.deviations import Edit
    from conformance.reference.steps import Step

_OWN_WORDS = {"documentation.preset": ""}
"""The payer's own page is the documentation then, and not the tables of the described deployment."""

_MOVED = "release=2"


def _page_is(html: str, status: int = 200) -> Step:
    """The developer page is another one."""

    def dispatch(original: Step, call: Any, route: Any) -> Response:
        if route.handler is documentation.page:
            return HTMLResponse(html, status)
        return original(call, route)  # type: ignore[no-any-return]

    return dispatch


def _row(first: str, second: str) -> Edit:
    """One more row of a documented table."""
    return lambda html: html.replace("<tbody>", f"<tbody><tr><td><code>{first}</code></td><td>{second}</td></tr>", 1)


def _linked(resource: dict[str, Any]) -> None:
    resource["link"] = [{"other": {"reference": f"Patient/{resource['id']}"}, "type": "seealso"}]


def _silent_about_links(original: Step, call: Any, route: Any) -> Response:
    response: Response = original(call, route)
    if route.handler is not documentation.page:
        return response
    return HTMLResponse(re.sub("Patient\\.link|merged", "…", bytes(response.body).decode()))


def _told_of(claim: str) -> Edit:
    """The quickstart says that a claim of the id_token is the patient id."""
    said = f"Call the API for the patient id in {claim} of the id_token"
    return lambda html: re.sub(r"Call the API for the member named by .*? in the token response", said, html)


def _documented_path_gone(original: Step, call: Any, route: Any) -> Response:
    """The token endpoint answers at its published address only, which is no longer the documented one."""
    if route.handler is token.token and ("release", "2") not in call.query:
        return PlainTextResponse("There is nothing here.", 404)
    return original(call, route)  # type: ignore[no-any-return]


def _moved(document: dict[str, Any]) -> None:
    document["token_endpoint"] += f"?{_MOVED}"


def _asks_for_more(original: Step, call: Any, route: Any) -> Response:
    """Apps are registered only with an attribute that is documented nowhere."""
    if route.handler is clients.register and "business_associate_id" not in call.json():
        body = '{"error": "invalid_client_metadata", "error_description": "business_associate_id is missing"}'
        return PlainTextResponse(body, 400, media_type="application/json")
    return original(call, route)  # type: ignore[no-any-return]


def _no_first_call(original: Step, call: Any, type_name: str, rest: tuple[str, ...]) -> Response:
    if type_name == "Patient" and len(rest) == 1:
        raise not_found()
    return original(call, type_name, rest)  # type: ignore[no-any-return]


FAULTS = (
    Fault(
        "PA-DOC-001.behind-a-login",
        "documentation.public.status",
        "The developer page needs an account.",
        {server.dispatch: _page_is("<h1>Please sign in to the developer portal</h1>", 401)},
    ),
    Fault(
        "PA-DOC-001.login-with-200",
        "documentation.public.login",
        "The developer page is a login form, answered 200.",
        {
            server.dispatch: _page_is(
                "<h1>FHIR developer portal</h1><form><input name=user><input type=password name=word></form>"
            )
        },
    ),
    Fault(
        "PA-DOC-001.behind-an-address",
        "documentation.public.gate",
        "The documentation is sent only to who leaves an e-mail address.",
        {server.dispatch: _page_is("<h1>Developers</h1><p>Request access</p><form><input type=email></form>")},
    ),
    Fault(
        "PA-DOC-001.empty",
        "documentation.public.empty",
        "The address of the documentation shows a default page.",
        {server.dispatch: _page_is("<h1>It works!</h1>")},
    ),
    Fault(
        "PA-DOC-004.documented-path-gone",
        "quickstart.exchange-the-code",
        "The documented token path gives 404.",
        {server.dispatch: _documented_path_gone, discovery.smart_configuration: edited(_moved)},
        target=_OWN_WORDS,
    ),
    Fault(
        "PA-DOC-004.wrong-token-path",
        "quickstart.exchange-the-code",
        "The page names a token path that does not exist.",
        {documentation.quickstart: edited(lambda html: re.sub(r"(POST \S+?/token)\b", r"\1s", html))},
    ),
    Fault(
        "PA-DOC-004.sub-as-patient",
        "quickstart.call-the-api",
        "The page takes the patient id from the sub of the id_token, which is no resource id.",
        {documentation.quickstart: edited(_told_of("sub"))},
    ),
    Fault(
        "PA-DOC-004.user-as-patient",
        "quickstart.departure",
        "The page takes the patient id from fhirUser, although the token response names the patient.",
        {documentation.quickstart: edited(_told_of("fhirUser"))},
    ),
    Fault(
        "PA-DOC-004.undocumented-attribute",
        "quickstart.register",
        "Registration asks for an attribute that is documented nowhere.",
        {server.dispatch: _asks_for_more},
        target=_OWN_WORDS,
    ),
    Fault(
        "PA-DOC-004.first-call-fails",
        "quickstart.call-the-api",
        "The first documented call gives 404.",
        {fhir_server.instance: _no_first_call},
        target=_OWN_WORDS,
    ),
    Fault(
        "PA-DOC-004.no-refresh",
        "quickstart.refresh",
        "The documented last step cannot be taken: no refresh token is issued.",
        behaviour={"refresh": False},
        target=_OWN_WORDS,
    ),
    Fault(
        "PA-DOC-005.type-not-served",
        "documentation.profile.not-served",
        "The profile table lists a type that no endpoint serves.",
        {documentation.profile_table: edited(_row("CarePlan", "us-core-careplan"))},
    ),
    Fault(
        "PA-DOC-005.scope-not-offered",
        "documentation.scope.not-offered",
        "The scope table lists a scope that cannot be had.",
        {documentation.scope_table: edited(_row("patient/Goal.read", "read and search"))},
    ),
    Fault(
        "PA-DOC-005.endpoint-not-served",
        "documentation.endpoint.not-served",
        "The endpoint table lists an operation that is not there.",
        {documentation.endpoint_table: edited(_row("GET /Coverage/{id}/$summary", "a summary"))},
    ),
    Fault(
        "PA-DOC-005.operation-undocumented",
        "documentation.endpoint.undocumented",
        "The endpoint table leaves out $everything, which metadata declares.",
        {documentation.endpoint_table: edited(lambda html: html.replace("/$everything", ""))},
    ),
    Fault(
        "PA-DOC-005.scope-undocumented",
        "documentation.scope.undocumented",
        "The scope table leaves out fhirUser, which scopes_supported lists.",
        {documentation.scope_table: edited(lambda html: html.replace("<code>fhirUser</code>", "<code>user</code>"))},
    ),
    Fault(
        "PA-DOC-005.profile-not-supported",
        "documentation.profile.not-supported",
        "The profile table names a profile that metadata does not list.",
        {documentation.profile_table: edited(lambda html: html.replace("us-core-immunization", "us-core-vaccine"))},
    ),
    Fault(
        "PA-DOC-005.links-not-described",
        "documentation.link",
        "Patients are linked, and the documentation does not say what that means.",
        {server.dispatch: _silent_about_links},
        records=stored("Patient", _linked),
    ),
    Fault(
        "PA-DOC-005.type-undocumented",
        "documentation.profile.undocumented",
        "The profile table leaves a profile out that is served.",
        {documentation.profile_table: edited(lambda html: html.replace("us-core-immunization", "us-core-procedure"))},
    ),
)
