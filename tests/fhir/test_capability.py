"""What a CapabilityStatement declares; what is malformed counts as not declared."""

from __future__ import annotations

from conformance.fhir import capability

STATEMENT = {
    "resourceType": "CapabilityStatement",
    "format": ["json", 1],
    "instantiates": ["http://x/one"],
    "implementationGuide": ["http://x/ig"],
    "rest": [
        {"mode": "client"},
        {
            "mode": "server",
            "interaction": [{"code": "search-system"}],
            "operation": [{"name": "$export", "definition": "http://x/export"}],
            "searchParam": [{"name": "_id", "type": "token"}],
            "security": {
                "service": [{"coding": [{"code": "SMART-on-FHIR"}]}, {}],
                "extension": [
                    {
                        "url": "http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris",
                        "extension": [{"url": "token", "valueUri": "https://a/token"}, {"url": "odd"}],
                    }
                ],
            },
            "resource": [
                {
                    "type": "Patient",
                    "profile": "http://x/p",
                    "supportedProfile": ["http://x/q"],
                    "interaction": [{"code": "read"}, {"code": "search-type"}, "odd"],
                    "searchParam": [{"name": "name", "type": "string"}],
                    "searchInclude": ["Patient:link"],
                    "searchRevInclude": ["Provenance:target"],
                    "operation": [{"name": "everything", "definition": "http://x/everything"}],
                },
                "odd",
            ],
        },
    ],
}


def test_what_a_statement_declares():
    assert capability.resource_types(STATEMENT) == ["Patient"]
    assert capability.interactions(STATEMENT, "Patient") == {"read", "search-type"}
    assert capability.interactions(STATEMENT) == {"search-system"}
    assert set(capability.search_parameters(STATEMENT, "Patient")) == {"_id", "name"}
    assert capability.operations(STATEMENT, "Patient") == {"everything": "http://x/everything"}
    assert capability.operations(STATEMENT) == {"export": "http://x/export"}
    assert capability.profiles(STATEMENT, "Patient") == ["http://x/p", "http://x/q"]
    assert capability.search_includes(STATEMENT, "Patient") == ["Patient:link"]
    assert capability.formats(STATEMENT) == ["json"]
    assert capability.guides(STATEMENT) == ["http://x/ig", "http://x/one"]
    assert capability.oauth_uris(STATEMENT) == {"token": "https://a/token"}
    assert capability.interactions(STATEMENT, "Claim") == set()
