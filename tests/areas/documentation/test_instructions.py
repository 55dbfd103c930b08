import pytest

from conformance.areas.documentation.rules.instructions import Instructions, instructions_of
from conformance.areas.documentation.rules.page import Page

TEXT = """Register your app
POST https://auth.example/register
{"client_name": "My app", "redirect_uris": ["https://app.example/callback"]}
GET https://auth.example/authorize?response_type=code&client_id=1
POST /oauth2/token
grant_type=authorization_code&code=1
Call the API for the member named by patient in the token response
GET https://fhir.example/Patient/{patient}
POST /oauth2/token
grant_type=refresh_token"""


def test_a_quickstart_is_read():
    assert instructions_of(Page(TEXT)) == Instructions(
        "https://auth.example/register", "https://auth.example/authorize", "/oauth2/token"
    )
    assert instructions_of(Page("FHIR API")) == Instructions()


@pytest.mark.parametrize(
    ("text", "source"),
    [
        ("The patient id is the sub claim of the id_token.", "id_token.sub"),
        ("Read fhirUser: it is the patient's id.", "id_token.fhirUser"),
        ("The token response names the patient.", ""),
        ("&scope=launch/patient openid fhirUser", ""),
    ],
)
def test_where_the_patient_id_is(text, source):
    assert instructions_of(Page(text)).patient_id_from == source
