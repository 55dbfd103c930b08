"""What a browser saw at the authorization endpoint: good endings pass, each bad one leads to its rule."""

from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.areas.authorization.rules import consent
from conformance.areas.authorization.rules import redirects as authorization
from conformance.areas.authorization.rules.consent import Approval, Deselection
from conformance.areas.authorization.rules.redirects import CleanLaunch, CodeLife
from conformance.areas.shared import refusals
from conformance.areas.shared.refusals import Attempt

CALLBACK = "https://app.example/callback"


@dataclass
class Redirect:
    uri: str = CALLBACK
    query: tuple = ()
    fragment: tuple = ()
    form: tuple = ()

    def get(self, name):
        return dict((*self.query, *self.fragment, *self.form)).get(name, "")

    def has(self, name):
        return name in self.names

    @property
    def names(self):
        return tuple(name for name, _ in (*self.query, *self.fragment, *self.form))


@dataclass
class Launch:
    redirect: Redirect | None = None
    kind: str = "redirect"
    message: str = ""
    state_matches: bool = True
    last_status: int = 200
    credentials_submitted: bool = True
    decision: str = "approve"
    shows_page: bool = True
    request: object = None

    @property
    def error(self):
        return self.redirect.get("error") if self.redirect else ""

    @property
    def said(self):
        return self.error

    @property
    def carries_grant(self):
        return bool(self.redirect) and any(self.redirect.get(name) for name in ("code", "access_token", "id_token"))


@dataclass
class Reply:
    exchange: object
    json: dict | None = None

    @property
    def status(self):
        return self.exchange.status

    @property
    def error(self):
        return (self.json or {}).get("error", "")


def to_app(uri=CALLBACK, *, fragment=(), form=(), **query):
    return Launch(Redirect(uri, tuple(query.items()), tuple(dict(fragment).items()), tuple(dict(form).items())))


PAGE = Launch(None, kind="error-page", message="an error page", last_status=400)


@pytest.fixture
def served(answer):
    """The answer to exchanging a code that should not have come."""

    def make(**members):
        document = {"access_token": "t", "token_type": "Bearer", "scope": "openid", **members}
        return Reply(answer(200, document), document)

    return make


@pytest.fixture
def refused(answer):
    document = {"error": "invalid_grant"}
    return Reply(answer(400, document), document)


def test_every_kind_of_refusal_passes(served, refused):
    attempts = [
        Attempt("turned back", to_app(error="invalid_request", state="s")),
        Attempt("stopped by a page", PAGE),
        Attempt("stopped at the exchange", to_app(code="c"), refused),
        Attempt("left alone", Launch(None, kind="refused", last_status=200)),
    ]
    assert list(refusals.not_granted(attempts)) == []
    assert list(refusals.not_sent_astray(attempts)) == []


def test_a_usable_grant_fails(served, rules_of):
    attempts = [
        Attempt("with a code that works", to_app(code="c"), served()),
        Attempt("with a token in the fragment", to_app(fragment={"access_token": "t"})),
        Attempt("with an id_token", to_app(id_token="t")),
    ]
    assert rules_of(refusals.not_granted(attempts)) == ["authorize.not-refused"] * 3


@pytest.mark.parametrize(
    ("supplied", "went_to", "query", "astray"),
    [
        (f"{CALLBACK}/more", f"{CALLBACK}/more", {"code": "c"}, True),
        (f"{CALLBACK}/more", f"{CALLBACK}/more", {"error": "invalid_request"}, True),
        (f"{CALLBACK}/more", CALLBACK, {"error": "invalid_request"}, False),
        (f"{CALLBACK}?next=1", CALLBACK, {"next": "1", "code": "c"}, True),
        (f"{CALLBACK}?next=1", CALLBACK, {"error": "invalid_request"}, False),
        ("https://app.example/CALLBACK", CALLBACK, {"error": "invalid_request"}, False),
        ("https://app.example/CALLBACK", "https://app.example/CALLBACK", {"code": "c"}, True),
        ("http://app.example/callback", CALLBACK, {"error": "invalid_request"}, False),
        ("https://app.example@elsewhere.example/callback", "https://elsewhere.example/callback", {"code": "c"}, True),
        (CALLBACK, CALLBACK, {"code": "c"}, False),
    ],
)
def test_only_registered_addresses_are_gone_to(rules_of, supplied, went_to, query, astray):
    attempt = Attempt("odd", to_app(went_to, **query), None, (supplied,), (CALLBACK,))
    found = rules_of(refusals.not_sent_astray([attempt]))
    assert found == (["authorize.redirect.unregistered"] if astray else [])


def test_the_second_of_two_addresses_counts(rules_of):
    elsewhere = "https://elsewhere.example/callback"
    attempt = Attempt("twice", to_app(elsewhere, code="c"), None, (CALLBACK, elsewhere), (CALLBACK,))
    assert rules_of(refusals.not_sent_astray([attempt])) == ["authorize.redirect.unregistered"]


def test_an_unknown_client_gets_a_page(rules_of):
    assert list(refusals.never_redirected([Attempt("of an unknown client", PAGE)])) == []
    friendly = Launch(None, kind="error-page", last_status=200)
    assert rules_of(refusals.never_redirected([Attempt("of an unknown client", friendly)])) == [
        "(authorize.error-page.status)"
    ]
    told = Attempt("of an unknown client", to_app(error="unauthorized_client"))
    assert rules_of(refusals.never_redirected([told])) == ["authorize.redirect.unknown-client"]


@pytest.mark.parametrize(
    ("scope", "found"),
    [
        ("openid patient/Nothing.read", ["authorize.scope.echoed"]),
        ("openid,patient/Nothing.read", ["authorize.scope.echoed"]),
        ("openid", []),
        ("openid patient/Nothing.reader", []),
    ],
)
def test_unknown_scopes(served, rules_of, scope, found):
    attempts = [Attempt("odd", to_app(code="c"), served(scope=scope)), Attempt("odd", to_app(error="invalid_scope"))]
    assert rules_of(refusals.unknown_scopes_dropped(attempts, unknown="patient/Nothing.read")) == found


@pytest.mark.parametrize(
    ("patient", "found"), [("1", []), ("", ["authorize.no-patient"]), (None, ["authorize.no-patient"])]
)
def test_patient_scopes_come_with_a_patient(served, refused, rules_of, patient, found):
    attempts = [Attempt("bare", to_app(code="c"), served(patient=patient)), Attempt("bare", to_app(code="c"), refused)]
    assert rules_of(refusals.patient_is_established(attempts)) == found


@pytest.mark.parametrize(
    ("launch", "expected"),
    [
        (to_app(error="access_denied", state="s"), []),
        (to_app(error="consent_required", state="s"), ["(authorize.error.another)"]),
        (to_app(error="E42", state="s"), ["(authorize.error.undefined)"]),
        (to_app(state="s"), ["authorize.error.missing"]),
        (to_app(code="c", state="s"), ["authorize.error.granted"]),
        (to_app(error="access_denied", code="c"), ["authorize.error.granted"]),
        (PAGE, ["(authorize.error.no-redirect)"]),
        (Launch(None, kind="error-page", last_status=500), ["authorize.error.broken"]),
    ],
)
def test_error_redirects(launch, expected, rules_of):
    assert rules_of(authorization.error_redirect(launch, when="now", expected="access_denied")) == expected


def test_an_error_without_the_state_sent(rules_of):
    launch = to_app(error="access_denied")
    launch.state_matches = False
    assert rules_of(authorization.error_redirect(launch, when="now")) == ["authorize.error.state"]


@pytest.mark.parametrize("error", sorted(authorization.DEFINED_ERRORS))
def test_every_defined_error_is_known(error):
    assert list(authorization.error_redirect(to_app(error=error), when="now")) == []


@pytest.mark.parametrize(
    ("entered", "query", "found"),
    [(True, {"code": "c"}, []), (False, {"code": "c"}, ["authorize.login.skipped"]), (False, {"error": "x"}, [])],
)
def test_every_member_logs_in_first(rules_of, entered, query, found):
    launches = [CleanLaunch(to_app(code="c"), proved=True), CleanLaunch(to_app(**query), proved=entered)]
    assert rules_of(authorization.logged_in_first(launches)) == found


@pytest.mark.parametrize(
    ("iss", "found"), [("https://a.example", []), ("https://b.example", ["authorize.iss"]), ("", [])]
)
def test_iss_names_the_issuer(rules_of, iss, found):
    issuers = ("https://a.example",)
    assert rules_of(authorization.names_its_issuer(to_app(code="c", iss=iss), issuers=issuers)) == found
    assert list(authorization.names_its_issuer(to_app(code="c", iss=iss), issuers=())) == []


@pytest.mark.parametrize(
    ("launch", "required", "found"),
    [
        (to_app(error="invalid_request"), True, []),
        (PAGE, False, ["(authorize.refusal.form)"]),
        (PAGE, True, ["(authorize.refusal.form)"]),
        (Launch(None, kind="error-page", last_status=400, shows_page=False), False, ["(authorize.refusal.form)"]),
        (Launch(None, kind="error-page", last_status=400, shows_page=False), True, ["authorize.refusal.form"]),
        (Launch(None, kind="refused"), True, []),
    ],
)
def test_how_a_refusal_reaches_the_app(rules_of, launch, required, found):
    assert rules_of(refusals.sent_back([Attempt("odd", launch)], required=required)) == found


@pytest.mark.parametrize(
    ("listed", "found"),
    [((), []), (("code", "token"), []), (("code",), ["(authorize.response-type.unlisted)"])],
)
def test_response_types_that_work_are_listed(rules_of, listed, found):
    class Request:
        def value(self, name):
            return "token"

    launch = to_app(fragment={"access_token": "t"})
    launch.request = Request()
    assert rules_of(refusals.unlisted_types_refused([Attempt("odd", launch)], listed=listed)) == found


def test_a_wrong_password_stops(rules_of):
    stopped = Launch(None, kind="refused", decision="")
    assert list(authorization.stopped_by_wrong_password(stopped)) == []
    denied = to_app(error="access_denied")
    denied.decision = "deny"
    assert rules_of(authorization.stopped_by_wrong_password(denied)) == ["authorize.login.wrong-password"]
    assert rules_of(authorization.stopped_by_wrong_password(to_app(code="c"))) == ["authorize.login.wrong-password"]


@pytest.mark.parametrize(
    ("launch", "expected"),
    [
        (to_app(code="c", state="s", iss="i"), []),
        (to_app(code="c", fragment={"_": ""}), []),
        (to_app(code="c", fragment={"code": "c"}), ["authorize.exposed.fragment"]),
        (to_app(form={"code": "c"}), ["authorize.exposed.form"]),
        (to_app(code="c", access_token="t"), ["authorize.exposed.token"]),
        (to_app(code="c", fragment={"id_token": "t"}), ["authorize.exposed.fragment", "authorize.exposed.token"]),
        (PAGE, []),
    ],
)
def test_the_browser_gets_a_code_only(launch, expected, rules_of):
    assert rules_of(authorization.code_in_query_only(launch)) == expected


@pytest.mark.parametrize(
    ("seconds", "worked", "found"),
    [
        (660, False, []),
        (660, True, ["authorize.code.lives"]),
        (120, True, ["(authorize.code.long-lived)"]),
        (120, False, []),
    ],
)
def test_codes_expire(rules_of, seconds, worked, found):
    assert rules_of(authorization.codes_expire([CodeLife(seconds, "aged", worked)])) == found


def page(words, buttons, **known):
    return Approval(shown=True, words=words, buttons=buttons, **known)


WORDS = "Sample App asks to see: your claims, your health plan, your address."


@pytest.mark.parametrize(
    ("approval", "expected"),
    [
        (page(WORDS, ("Allow", "Deny")), []),
        (page(WORDS, ("Allow", "Not now"), can_deny=True), []),
        (page(WORDS.replace("Sample", "Sample \n "), ("Yes", "No, thanks")), []),
        (page("SAMPLE APP would like all your health information", ("Allow", "Cancel")), []),
        (Approval(shown=False), ["authorize.approval.skipped"]),
        (page(WORDS.replace("Sample", "An"), ("Deny",)), ["authorize.approval.app"]),
        (page(WORDS.replace("claims", "things"), ("Deny",)), ["authorize.approval.data"]),
        (page(WORDS, ("Continue",)), ["authorize.approval.deny"]),
    ],
)
def test_the_approval_page(approval, expected, rules_of):
    types = ("Patient", "Coverage", "ExplanationOfBenefit")
    assert rules_of(consent.names_app_and_data(approval, app="Sample App", types=types)) == expected


@pytest.mark.parametrize(
    ("still", "status", "expected"),
    [
        (False, 403, []),
        (True, 403, ["authorize.approval.still-granted"]),
        (False, 200, ["authorize.approval.still-open"]),
        (False, 401, ["(authorize.approval.status)"]),
    ],
)
def test_what_is_deselected_stays_out(answer, rules_of, still, status, expected):
    choice = Deselection("patient/Condition.read", "openid", still, answer(status))
    assert rules_of(consent.deselected(choice)) == expected


others = st.dictionaries(st.text("abcdefgh_", min_size=1), st.text(max_size=5), max_size=4)


@given(others=others, order=st.randoms())
def test_further_parameters_and_their_order_change_nothing(others, order):
    extra = {name: value for name, value in others.items() if name not in {"code", "state", "error"}}
    query = [("error", "access_denied"), ("state", "s"), *extra.items()]
    order.shuffle(query)
    launch = Launch(Redirect(query=tuple(query)))
    assert list(authorization.error_redirect(launch, when="now", expected="access_denied")) == []
    good = Launch(Redirect(query=(("code", "c"), ("state", "s"), *extra.items())))
    assert list(authorization.carries_code_and_state(good)) == []
    assert list(authorization.code_in_query_only(good)) == []


@given(words=st.lists(st.sampled_from(["openid", "fhirUser", "launch/patient", "patient/Patient.read"]), unique=True))
def test_the_order_of_scopes_changes_nothing(words):
    class Answer:
        status, body, number = 200, b"{}", 1

    def rules(scope):
        attempt = Attempt("odd", to_app(code="c"), Reply(Answer(), {"access_token": "t", "scope": scope}))
        return [each.rule for each in refusals.unknown_scopes_dropped([attempt], unknown="patient/X.read")]

    assert rules(" ".join(words)) == []
    for place in range(len(words) + 1):
        assert rules(" ".join([*words[:place], "patient/X.read", *words[place:]])) == ["authorize.scope.echoed"]
