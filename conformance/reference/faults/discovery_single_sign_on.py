"""Faults of what the SMART configuration says for single sign-on, issuer and jwks_uri; the area is discovery."""

from __future__ import annotations

from conformance.reference.authorization import discovery
from conformance.reference.faults.deviations import edited, with_members, without, without_capability
from conformance.reference.faults.fault import Fault

FAULTS = (
    Fault(
        "PA-DISC-008.issuer-without-single-sign-on",
        "smart.issuer.unexpected",
        "issuer is published, and sso-openid-connect is not among the capabilities.",
        {discovery.capabilities: without_capability("sso-openid-connect")},
        warning=True,
    ),
    Fault(
        "PA-DISC-008.keys-missing-in-2.0.0",
        "smart.jwks-uri.missing",
        "Under SMART 2.0.0 sso-openid-connect is listed, and jwks_uri is null.",
        {discovery.smart_configuration: with_members(jwks_uri=None)},
        target={"deployment.smart_version": "2.0.0"},
    ),
    Fault(
        "PA-DISC-008.keys-relative",
        "smart.jwks-uri.relative",
        "jwks_uri is a path, not a URL.",
        {discovery.smart_configuration: with_members(jwks_uri="/oauth2/jwks")},
    ),
    Fault(
        "PA-DISC-008.keys-over-http",
        "smart.jwks-uri.scheme",
        "jwks_uri uses http.",
        {discovery.smart_configuration: with_members(jwks_uri="http://auth.payer.example/jwks")},
        collateral="no signature can be verified without the key set",
    ),
    Fault(
        "PA-DISC-008.keys-with-fragment",
        "smart.jwks-uri.fragment",
        "jwks_uri has a fragment.",
        {discovery.smart_configuration: edited(lambda d: d | {"jwks_uri": f"{d['jwks_uri']}#keys"})},
    ),
    Fault(
        "PA-DISC-008.issuer-relative",
        "smart.issuer.relative",
        "The issuer is a name, not a URL.",
        {discovery.smart_configuration: with_members(issuer="payer-auth")},
        collateral="no OpenID configuration can be found without an issuer",
    ),
    Fault(
        "PA-DISC-008.issuer-over-http",
        "smart.issuer.scheme",
        "The issuer uses http.",
        {discovery.smart_configuration: with_members(issuer="http://auth.payer.example")},
        collateral="no OpenID configuration can be found at another issuer",
    ),
    Fault(
        "PA-DISC-008.issuer-with-fragment",
        "smart.issuer.fragment",
        "The issuer has a fragment.",
        {discovery.smart_configuration: edited(lambda d: d | {"issuer": f"{d['issuer']}#members"})},
    ),
    Fault(
        "PA-DISC-008.issuer-missing",
        "smart.issuer.missing",
        "sso-openid-connect is listed, but no issuer is published.",
        {discovery.smart_configuration: without("issuer")},
    ),
    Fault(
        "PA-DISC-008.keys-missing",
        "smart.jwks-uri.missing",
        "sso-openid-connect is listed, but no jwks_uri is published.",
        {discovery.smart_configuration: without("jwks_uri")},
    ),
    Fault(
        "PA-DISC-008.issuer-with-slash",
        "smart.issuer.differs",
        "The issuer has a closing slash that the iss of id_tokens has not.",
        {discovery.smart_configuration: edited(lambda document: document | {"issuer": f"{document['issuer']}/"})},
    ),
)
