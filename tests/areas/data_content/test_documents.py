import pytest

from conformance.areas.data_content.probes.documents import documents_of
from conformance.areas.shared.promises import Promise

BASE = "https://fhir.plan.example/r4"


class Client:
    base = BASE

    def __init__(self):
        self.asked = []

    def get(self, url, **_):
        self.asked.append(url)
        return url


@pytest.mark.parametrize(
    ("url", "is_asked"),
    [
        ("Binary/1", True),
        (f"{BASE}/Binary/1", True),
        ("https://fhir.plan.example:9443/files/1", True),
        ("http://files.example/1", False),
        ("https://127.0.0.1/1", False),
        ("https://[fe80::1]/1", False),
        ("https://169.254.169.254/latest", False),
        ("https://93.184.216.34/1", True),
        ("urn:uuid:1", False),
    ],
)
def test_which_addresses_are_asked(url, is_asked):
    promise = Promise("a", "ExplanationOfBenefit", {"id": "e", "documentation": ["DocumentReference/d"]}, {})
    gathered = {"DocumentReference/d": {"content": [{"attachment": {"url": url}}]}}
    client = Client()

    (document,) = documents_of([promise], gathered, lambda _: client)

    assert client.asked == ([url] if is_asked else [])
    assert document.is_judged is is_asked
