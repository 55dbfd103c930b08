"""A gateway before a FHIR store: it checks the bearer token, its scopes and the member's compartment.

``python gateway.py CONFIG.json`` serves until its standard input closes. CONFIG.json: ``certificate`` (a PEM file with
key and certificate), ``ca_file``, ``fhir_base`` (where it serves), ``store`` (the base behind it), ``origin`` (of the
app), ``introspection`` (endpoint, client_id, client_secret), ``smart`` (the SMART configuration), ``served`` (resource
types) and ``profiles`` (type to the profiles that the capability statement declares). With ``token_endpoint``, that of a
provider which cannot put the member's Patient id beside an access token, the gateway has a token endpoint that does.

It writes nothing: every method but GET and the POST of a search is refused.
"""

from __future__ import annotations

import json
import re
import ssl
import sys
import threading
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import httpx
import uvicorn
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from starlette.requests import Request

    Resource = dict[str, Any]

FHIR_JSON = "application/fhir+json; charset=utf-8"
FHIR_ID = re.compile(r"[A-Za-z0-9.-]{1,64}")
NOT_STORED = {"Cache-Control": "no-store"}
FORWARDED = ("content-type", "etag", "last-modified")
SHARED = frozenset({"Organization", "Practitioner", "PractitionerRole", "Location", "Medication", "Endpoint"})
OWNER = ("patient", "subject", "beneficiary", "securityContext")
LETTERS = {"read": "rs", "*": "rs"}
INSUFFICIENT = 'Bearer error="insufficient_scope"'
SEARCHED, READ = "s", "r"


class Refused(Exception):
    """A request that the gateway answers itself."""

    def __init__(self, status: int, code: str, text: str, challenge: str = "") -> None:
        super().__init__(text)
        self.status, self.code, self.text, self.challenge = status, code, text, challenge


def refusal(_request: Request, problem: Exception) -> Response:
    assert isinstance(problem, Refused)
    issue = {"severity": "error", "code": problem.code, "diagnostics": problem.text}
    challenge = {"WWW-Authenticate": problem.challenge} if problem.challenge else {}
    body = {"resourceType": "OperationOutcome", "issue": [issue]}
    return JSONResponse(body, problem.status, headers=challenge | NOT_STORED, media_type=FHIR_JSON)


class Grant:
    """What a token opens: one member's records of some types."""

    def __init__(self, token: Resource) -> None:
        self.patient = str(token.get("patient") or "")
        self._scopes = [scope for scope in str(token.get("scope", "")).split() if scope.startswith("patient/")]

    def covers(self, type_name: str, letter: str) -> bool:
        """Whether a scope opens the type; what opens documents opens their content."""
        type_name = "DocumentReference" if type_name == "Binary" else type_name
        for scope in self._scopes:
            name, _, access = scope.removeprefix("patient/").partition(".")
            if name in (type_name, "*") and letter in LETTERS.get(access, access):
                return True
        return False

    def owns(self, resource: Resource) -> bool:
        """Whether the resource is this member's, or nobody's."""
        kind = resource["resourceType"]
        if kind in SHARED or kind == "OperationOutcome":
            return True
        if kind == "Patient":
            return resource["id"] == self.patient
        references = [resource[name].get("reference", "") for name in OWNER if isinstance(resource.get(name), dict)]
        return any(self.named_by(reference) for reference in references)

    def named_by(self, reference: str) -> bool:
        return reference.split("/")[-2:] == ["Patient", self.patient] or reference == self.patient


class Gateway:
    """The requests of apps, checked and passed on."""

    def __init__(self, config: Resource) -> None:
        self.config = config
        trusted = ssl.create_default_context(cafile=config["ca_file"])
        self.provider = httpx.AsyncClient(verify=trusted, timeout=30)
        self.store = httpx.AsyncClient(timeout=60)
        self.pages: dict[str, str] = {}  # whose search a page id of the store continues

    async def smart_configuration(self, _request: Request) -> Response:
        return JSONResponse(self.config["smart"])

    async def metadata(self, request: Request) -> Response:
        answer = await self._ask("GET", "metadata", request)
        if answer.status_code != 200 or "json" not in answer.headers.get("content-type", ""):
            return passed_on(answer)
        statement = answer.json()
        statement.pop("messaging", None)
        (rest,) = statement["rest"]
        rest["security"] = self._security()
        rest.pop("interaction", None)
        rest.pop("operation", None)
        rest["resource"] = [self._described(each) for each in rest["resource"] if each["type"] in self.config["served"]]
        return JSONResponse(statement, media_type=FHIR_JSON)

    def _security(self) -> Resource:
        service = {"system": "http://terminology.hl7.org/CodeSystem/restful-security-service", "code": "SMART-on-FHIR"}
        names = {
            "authorize": "authorization_endpoint",
            "token": "token_endpoint",
            "introspect": "introspection_endpoint",
        }
        uris = [{"url": name, "valueUri": self.config["smart"][key]} for name, key in names.items()]
        address = "http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris"
        return {"cors": True, "service": [{"coding": [service]}], "extension": [{"url": address, "extension": uris}]}

    def _described(self, resource: Resource) -> Resource:
        kept = ("type", "profile", "searchInclude", "searchRevInclude", "searchParam", "referencePolicy")
        described = {name: resource[name] for name in kept if name in resource}
        # Chained parameters are refused: they would tell what other records hold.
        described["searchParam"] = [each for each in resource.get("searchParam", []) if each["name"] != "_has"]
        described["interaction"] = [{"code": code} for code in ("read", "search-type")]
        if profiles := self.config["profiles"].get(resource["type"]):
            described["supportedProfile"] = profiles
        if resource["type"] == "Patient":
            described["operation"] = [each for each in resource.get("operation", []) if each["name"] == "everything"]
        return described

    async def records(self, request: Request) -> Response:
        grant = await self._grant(request)
        match request.method, request.path_params.get("path", "").strip("/").split("/"):
            case "GET", [""] if "_getpages" in request.query_params:
                return await self._page(request, grant)
            case "GET", [type_name] if type_name:
                return await self._search(request, grant, type_name, request.url.query)
            case "POST", [type_name, "_search"]:
                return await self._search(request, grant, type_name, (await request.body()).decode())
            case "GET", ["Patient", identifier, "$everything"]:
                return await self._everything(request, grant, identifier)
            case "GET", [type_name, identifier]:
                return await self._read(request, grant, type_name, identifier)
        if request.method == "GET":
            raise Refused(404, "not-found", "This server has no such address.")
        raise Refused(403, "forbidden", "This server answers reads and searches only.")

    async def token(self, request: Request) -> Response:
        """The provider's own answer, with the launch context of SMART App Launch beside the access token."""
        kept = ("authorization", "content-type", "accept", "origin")
        headers = {name: request.headers[name] for name in kept if name in request.headers}
        answer = await self.provider.post(self.config["token_endpoint"], content=await request.body(), headers=headers)
        left_out = ("content-length", "content-encoding", "transfer-encoding", "date", "connection")
        headers = {name: value for name, value in answer.headers.items() if name not in left_out}
        body = answer.json() if answer.status_code == 200 else {}
        # A patient scope without launch/patient gives the same context (SMART App Launch, standalone apps).
        if not any(scope.startswith(("launch/patient", "patient/")) for scope in body.get("scope", "").split()):
            return Response(answer.content, answer.status_code, headers)
        known = await self._introspected(body["access_token"])
        return Response(json.dumps(body | {"patient": known["patient"]}), 200, headers)

    async def _grant(self, request: Request) -> Grant:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise Refused(401, "login", "A bearer token is needed.", "Bearer")
        known = await self._introspected(token)
        # A refresh token is active too, and opens nothing.
        if not known.get("active") or known.get("token_type") != "Bearer":
            raise Refused(401, "login", "The token is not valid.", 'Bearer error="invalid_token"')
        return Grant(known)

    async def _introspected(self, token: str) -> Resource:
        ask = self.config["introspection"]
        told = await self.provider.post(
            ask["endpoint"],
            data={"token": token, "token_type_hint": "access_token"},
            auth=(ask["client_id"], ask["client_secret"]),
        )
        return told.json() if told.status_code == 200 else {}

    async def _read(self, request: Request, grant: Grant, type_name: str, identifier: str) -> Response:
        self._demand(grant, type_name, READ)
        if not FHIR_ID.fullmatch(identifier):
            raise Refused(400, "value", "This is no id.")
        answer = await self._ask("GET", f"{type_name}/{identifier}", request)
        found = answer.status_code == 200
        # Another member's record and one that is not there are refused in the same words.
        if answer.status_code == 404 or (found and not await self._visible(request, grant, resource_of(answer))):
            raise Refused(404, "not-found", "No such record.")
        return passed_on(answer)

    async def _search(self, request: Request, grant: Grant, type_name: str, query: str) -> Response:
        self._demand(grant, type_name, SEARCHED)
        pairs = parse_qsl(query, keep_blank_values=True)
        if any("." in name or name.startswith("_has") for name, _ in pairs):
            raise Refused(400, "not-supported", "Chained parameters are not supported.")
        owner = "_id" if type_name == "Patient" else "patient"
        asked = [value for name, value in pairs if name.split(":")[0] == owner]
        if type_name not in SHARED and not (asked and all(grant.named_by(value) for value in asked)):
            if owner == "patient" and asked:
                raise Refused(403, "forbidden", "The token opens one member's records only.")
            pairs.append((owner, grant.patient))
        answer = await self._ask("GET", f"{type_name}?{urlencode(pairs)}", request)
        return await self._filtered(request, grant, answer)

    async def _page(self, request: Request, grant: Grant) -> Response:
        if self.pages.get(request.query_params["_getpages"]) != grant.patient:
            raise Refused(404, "not-found", "No such page.")
        return await self._filtered(request, grant, await self._ask("GET", f"?{request.url.query}", request))

    async def _everything(self, request: Request, grant: Grant, identifier: str) -> Response:
        self._demand(grant, "Patient", READ)
        if identifier != grant.patient:
            raise Refused(404, "not-found", "No such record.")
        address = f"Patient/{identifier}/$everything?{request.url.query}"
        return await self._filtered(request, grant, await self._ask("GET", address, request))

    async def _filtered(self, request: Request, grant: Grant, answer: httpx.Response) -> Response:
        """Leave out what was included from other records or of types that the token does not open."""
        if answer.status_code != 200 or "json" not in answer.headers.get("content-type", ""):
            return passed_on(answer)
        bundle = answer.json()
        for link in bundle.get("link", []):
            if page := dict(parse_qsl(urlsplit(link["url"]).query)).get("_getpages"):
                self.pages[page] = grant.patient
        kept = [entry for entry in bundle.get("entry", []) if await self._visible(request, grant, entry["resource"])]
        left_out = [entry for entry in bundle.get("entry", []) if entry not in kept]
        if "total" in bundle:
            bundle["total"] -= sum(entry.get("search", {}).get("mode") == "match" for entry in left_out)
        bundle.pop("entry", None)
        return JSONResponse(bundle | ({"entry": kept} if kept else {}), headers=NOT_STORED, media_type=FHIR_JSON)

    async def _visible(self, request: Request, grant: Grant, resource: Resource) -> bool:
        kind = resource["resourceType"]
        if kind == "OperationOutcome":
            return True
        if not grant.covers(kind, READ):
            return False
        if kind != "Provenance":
            return grant.owns(resource)
        targets = [urlsplit(target.get("reference", "")).path.split("/")[-2:] for target in resource.get("target", [])]
        answers = [await self._ask("GET", "/".join(target), request) for target in targets]
        return all(answer.status_code == 200 and grant.owns(resource_of(answer)) for answer in answers)

    def _demand(self, grant: Grant, type_name: str, letter: str) -> None:
        if not grant.patient or not grant.covers(type_name, letter):
            raise Refused(403, "forbidden", f"The token does not open {type_name}.", INSUFFICIENT)

    async def _ask(self, method: str, address: str, request: Request) -> httpx.Response:
        headers = {name: request.headers[name] for name in ("accept", "prefer") if name in request.headers}
        joint = "" if address.startswith("?") else "/"
        return await self.store.request(method, f"{self.config['store']}{joint}{address}", headers=headers)


def resource_of(answer: httpx.Response) -> Resource:
    if "json" not in answer.headers.get("content-type", ""):
        raise Refused(406, "not-supported", "Records are served as JSON.")
    return answer.json()


def passed_on(answer: httpx.Response) -> Response:
    headers = {name: answer.headers[name] for name in FORWARDED if name in answer.headers}
    return Response(answer.content, answer.status_code, headers | NOT_STORED)


def application(config: Resource) -> Starlette:
    gateway, path = Gateway(config), urlsplit(config["fhir_base"]).path

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        async with gateway.provider, gateway.store:
            yield

    methods = ["GET", "POST", "PUT", "PATCH", "DELETE"]
    token = [Route("/token", gateway.token, methods=["POST"])] if "token_endpoint" in config else []
    routes = [
        *token,
        Route(f"{path}/.well-known/smart-configuration", gateway.smart_configuration),
        Route(f"{path}/metadata", gateway.metadata),
        Route(f"{path}/{{path:path}}", gateway.records, methods=methods),
        Route(path, gateway.records, methods=methods),
    ]
    cors = Middleware(
        CORSMiddleware, allow_origins=[config["origin"]], allow_methods=["GET", "POST"], allow_headers=["*"]
    )
    return Starlette(routes=routes, middleware=[cors], exception_handlers={Refused: refusal}, lifespan=lifespan)


def main(config: Resource) -> None:
    address = urlsplit(config["fhir_base"])
    server = uvicorn.Server(
        uvicorn.Config(
            application(config), host=address.hostname or "", port=address.port or 0, log_level="warning",
            ssl_certfile=config["certificate"], server_header=False,
        )
    )  # fmt: skip

    def stop_with_parent() -> None:
        sys.stdin.read()
        server.should_exit = True

    threading.Thread(target=stop_with_parent, daemon=True).start()
    server.run()


if __name__ == "__main__":
    main(json.loads(Path(sys.argv[1]).read_text(encoding="utf-8")))
