import pytest

from conformance.areas.documentation.rules import statements as documentation
from conformance.areas.documentation.rules.page import Page, read_page
from conformance.areas.documentation.rules.statements import Reality
from conformance.oauth.scopes import parse_scopes

HTML = {"content-type": "text/html; charset=utf-8"}
PAGE = b"""<!doctype html><h1>FHIR API</h1><script>var a = 'patient/Secret.read'</script>
<h2>Scopes</h2><table><thead><tr><th>Scope</th><th>Gives</th></tr></thead>
<tr><td><code>patient/Coverage.read</code></td><td>it</td></tr><tr><td>openid</td><td>who</td></tr></table>
<h2>Endpoints</h2><pre>GET {base}/Coverage/{id}
POST /Coverage/_search
GET /Patient/{id}/$everything</pre>
<h2>Profiles</h2><table><tr><th>Type</th><th>Profile</th></tr>
<tr><td>Coverage</td><td>hrex-coverage</td></tr></table>"""
US_CORE = "http://hl7.org/fhir/us/core/StructureDefinition/"
REALITY = Reality(
    scopes=("openid", "patient/Coverage.rs"),
    operations={"Coverage": set(), "Patient": {"everything"}},
    profiles={"Coverage": ["http://hl7.org/fhir/us/davinci-hrex/StructureDefinition/hrex-coverage|1.1.0"]},
)


def implied(scope, listed):
    return parse_scopes(list(listed)).allows(scope)


def test_a_page_is_read(answer):
    found = documentation.tables_of(read_page(answer(raw=PAGE, headers=HTML)))

    assert found.scopes == {"patient/Coverage.read", "openid"}
    assert found.endpoints == {("Coverage", ""), ("Patient", "everything")}
    assert found.profiles == (("Coverage", "hrex-coverage"),)


def test_a_page_and_reality_that_agree(answer, rules_of):
    found = documentation.tables_of(read_page(answer(raw=PAGE, headers=HTML)))

    assert rules_of(documentation.scopes_agree(found.scopes, REALITY.scopes, implied=implied)) == []
    assert rules_of(documentation.endpoints_agree(found.endpoints, REALITY)) == []
    assert rules_of(documentation.profiles_agree(found.profiles, REALITY)) == []


@pytest.mark.parametrize("raw", [b"", b"<table><tr><td>", b"</table></h2>", b"<h1><h2>", b"\xff\xfe<p>"])
def test_broken_html_is_read_as_far_as_it_goes(answer, raw):
    assert isinstance(read_page(answer(raw=raw, headers=HTML)), Page)


@pytest.mark.parametrize(
    ("status", "page", "expected"),
    [
        (200, Page("The FHIR API and its scopes"), []),
        (401, Page("FHIR"), ["documentation.public.status"]),
        (200, Page("FHIR portal", fields=("text", "password")), ["documentation.public.login"]),
        (200, Page("Developers", fields=("email",)), ["documentation.public.gate"]),
        (200, Page("Please sign in to continue"), ["documentation.public.gate"]),
        (200, Page("The FHIR API. News by mail:", fields=("email",)), ["documentation.public.gate"]),
        (200, Page("The FHIR API. " * 40, fields=("email",)), []),
        (200, Page("GET /Patient/{id}. Partners:", fields=("text", "password")), []),
        (200, Page("It works!"), ["documentation.public.empty"]),
    ],
)
def test_public(answer, rules_of, status, page, expected):
    assert rules_of(documentation.is_public(answer(status, headers=HTML), page)) == expected


def test_a_redirect_to_a_sign_in_page_is_no_documentation(answer, rules_of):
    led = answer(200, headers=HTML)
    led.redirects = ("https://portal.example/login?next=/docs",)

    assert rules_of(documentation.is_public(led, Page("FHIR"))) == ["documentation.public.login"]


@pytest.mark.parametrize(
    ("documented", "listed", "expected"),
    [
        ({"patient/Goal.read"}, ("patient/Goal.rs",), []),
        ({"patient/Goal.read"}, ("openid",), ["documentation.scope.not-offered", "documentation.scope.undocumented"]),
        ({"openid"}, ("openid", "user/Goal.read"), []),
        (set(), ("openid",), []),
    ],
)
def test_scopes(rules_of, documented, listed, expected):
    assert rules_of(documentation.scopes_agree(documented, listed, implied=implied)) == expected


@pytest.mark.parametrize(
    ("documented", "expected"),
    [
        ({("Coverage", ""), ("Patient", "everything")}, []),
        ({("Coverage", ""), ("Patient", "")}, ["documentation.endpoint.undocumented"]),
        ({("Patient", "everything")}, ["documentation.endpoint.undocumented"]),
        ({("Coverage", "x"), ("Patient", "everything")}, ["documentation.endpoint.not-served"]),
        ({("Coverage", ""), ("Patient", "everything"), ("Goal", "")}, ["documentation.endpoint.not-served"]),
    ],
)
def test_endpoints(rules_of, documented, expected):
    assert rules_of(documentation.endpoints_agree(documented, REALITY)) == expected


@pytest.mark.parametrize(
    ("documented", "expected"),
    [
        ([("Coverage", "hrex-coverage")], []),
        ([("Coverage", "hrex-coverage"), ("Goal", "us-core-goal")], ["documentation.profile.not-served"]),
        (
            [("Coverage", f"{US_CORE}us-core-coverage")],
            ["documentation.profile.not-supported", "documentation.profile.undocumented"],
        ),
    ],
)
def test_profiles(rules_of, documented, expected):
    assert rules_of(documentation.profiles_agree(documented, REALITY)) == expected


@pytest.mark.parametrize(
    ("text", "linked", "expected"),
    [
        ("", 0, []),
        ("Merged records are joined by Patient.link", 2, []),
        ("A link to our page", 2, ["documentation.link"]),
    ],
)
def test_links(rules_of, text, linked, expected):
    assert rules_of(documentation.describes_links(text, [{"link": [{}]}] * linked)) == expected
