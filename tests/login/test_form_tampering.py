import json

import pytest

from conformance.login.form_tampering import FORM, without


@pytest.mark.parametrize(
    ("body", "media_type", "expected"),
    [
        ("request=1&csrf=2&scope=a&scope=b%20c", FORM, "request=1&scope=a&scope=b+c"),
        ("csrf=&decision=", f"{FORM}; charset=utf-8", "decision="),
        ("request=1", FORM, None),
        ("", FORM, None),
        ("--boundary", "multipart/form-data", None),
        ("[1]", "application/json", None),
    ],
)
def test_a_form_loses_the_fields_named_and_nothing_else(body, media_type, expected):
    assert without(body, media_type, ("csrf",)) == expected


def test_a_json_object_loses_them_too():
    body = json.dumps({"csrf": "1", "decision": "approve"})

    assert json.loads(without(body, "application/json", ("csrf",))) == {"decision": "approve"}
