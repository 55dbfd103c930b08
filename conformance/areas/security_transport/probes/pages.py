"""The pages of the authorization server: what the browser sees at a login, a forged form, error pages."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING
from urllib.parse import urljoin

from conformance.areas.security_transport.rules.evidence import CsrfProbe
from conformance.areas.security_transport.rules.pages import anti_forgery_fields
from conformance.areas.shared.rest_evidence import Asked
from conformance.errors import NotApplicable, Undecided

if TYPE_CHECKING:
    from conformance.areas.shared.authorizations import Authorizations
    from conformance.login.outcome import AuthorizationOutcome, Hop

_UNDECIDABLE = {"unreachable", "timeout", "broken", "untrusted", "browser-missing", "abandoned"}


def sign_in_hops(launch: AuthorizationOutcome) -> tuple[Hop, ...]:
    """Every answer the browser got during a launch; undecided where no browser took part."""
    if not launch.history:
        raise Undecided("no page was seen: describe the login for login.mode browser in the target file")
    return launch.history


def forged_consent(authorizations: Authorizations, asked_launch: AuthorizationOutcome) -> CsrfProbe:
    """The member's consent once more, its form sent without its anti-forgery value."""
    page = asked_launch.consent
    forms = [form for form in page.forms if form.method == "post" and form.hidden] if page else []
    fields = anti_forgery_fields(forms[0].hidden) if forms else ()
    if not fields:
        raise NotApplicable("no consent form with a field named as an anti-forgery value was shown")
    outcome = authorizations.asked(
        lambda: authorizations.request().with_consent_lacking(*fields),
        reason="consent without its anti-forgery value",
        expect_error_page=True,
    )
    if outcome.consent is None or outcome.kind in _UNDECIDABLE:
        raise Undecided(f"the changed consent form could not be sent ({outcome.message or 'no consent page'})")
    return CsrfProbe(fields, code=outcome.code is not None, url=forms[0].action)


def authorization_errors(authorizations: Authorizations) -> list[Asked]:
    """Errors of the authorization server: a wrong token request, an unknown page, a wrong authorization request."""
    run, discovery = authorizations.run, authorizations.discovery
    unknown = urljoin(discovery.authorization_endpoint or run.target.deployment.fhir_base, f"/{secrets.token_hex(6)}")
    wrong = authorizations.request().without("client_id", "redirect_uri").url
    endpoint = authorizations.endpoint()
    return [
        Asked("a token request without parameters", endpoint.raw({}, purpose="errors of the token endpoint").exchange),
        Asked("a page that does not exist", run.transport.request("GET", unknown, purpose="an unknown page")),
        Asked("a wrong authorization request", run.transport.request("GET", wrong, purpose="an error page")),
    ]
