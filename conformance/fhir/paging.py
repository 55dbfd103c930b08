"""The pages of a search, followed as far as it is safe, and what was wrong with them.

Nothing a server does with its links can make us run for ever or carry the token elsewhere; whatever is odd is noted as
a finding and the iteration ends there (R4 search, paging; RFC 6750 section 5.3 for where a token may go).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from conformance.fhir import bundle as bundles
from conformance.findings import Finding
from conformance.transport import Exchange, join, origin

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

MAX_PAGES = 500

_MESSAGES = {
    "paging.refused": "The page was answered with {found} instead of 200.",
    "paging.not-a-bundle": "The page is not a Bundle.",
    "paging.loop": "The next link leads to a page that was already read.",
    "paging.repeated-page": "The page holds exactly the entries of an earlier page.",
    "paging.duplicate": "{found} is on more than one page, or twice on one.",
    "paging.foreign-host": "The next link leads to another host; it was not followed.",
    "paging.scheme-changed": "The next link changes the scheme; it was not followed.",
    "paging.unusable-link": "The next link is not an http or https address.",
    "paging.total-changed": "The total differs from that of the first page.",
    "paging.limit": "There are more pages than we follow.",
}


@dataclass(frozen=True, slots=True)
class Page:
    """One page: what was asked and answered, the Bundle in it ({} if there is none), and what was wrong with it."""

    number: int
    exchange: Exchange
    bundle: dict[str, Any]
    findings: tuple[Finding, ...]

    @property
    def resources(self) -> list[dict[str, Any]]:
        """All resources of the page: matches, includes and outcomes."""
        return bundles.resources(self.bundle)

    @property
    def matches(self) -> list[dict[str, Any]]:
        """The resources the search matched."""
        return bundles.matches(self.bundle)


class Pages:
    """The pages from a first answer on; iterate once.

    ``findings`` and ``complete`` grow with the iteration: complete means that the last page had no next link, so that
    everything the server has to say was read. ``share`` may put a copy that is kept already in the place of a resource.
    """

    def __init__(
        self,
        first: Exchange,
        follow: Callable[[str], Exchange],
        *,
        limit: int = MAX_PAGES,
        share: Callable[[dict[str, Any]], object] = lambda bundle: None,  # noqa: ARG005
    ) -> None:
        self.findings: list[Finding] = []
        self.complete = False
        self._exchange = first
        self._follow = follow
        self._limit = limit
        self._share = share
        self._asked = {_address(first)}
        self._contents: set[bytes] = set()
        self._identities: set[str] = set()
        self._total: int | None = None

    def __iter__(self) -> Iterator[Page]:
        number = 0
        address = ""
        while number == 0 or address:
            number += 1
            if number > 1:
                self._exchange = self._follow(address)
            page, address = self._page(number)
            self.findings += page.findings
            yield page

    def resources(self) -> list[dict[str, Any]]:
        """All resources of all (remaining) pages, each identity once."""
        found: dict[str, dict[str, Any]] = {}
        for page in self:
            for resource in page.resources:
                found.setdefault(bundles.identity(resource) or f"#{len(found)}", resource)
        return list(found.values())

    def _page(self, number: int) -> tuple[Page, str]:
        """The page just received, and the address of the next one; empty when there is none or it must not be read."""
        bundle = _bundle(self._exchange)
        if bundle is None:
            return Page(number, self._exchange, {}, (self._no_bundle(),)), ""
        findings = [*self._contents_findings(bundle), *self._total_findings(bundle)]
        self._share(bundle)
        address = ""
        link = bundles.links(bundle).get("next")
        if link is None:
            self.complete = not any(finding.rule == "paging.repeated-page" for finding in findings)
        else:
            address = join(_address(self._exchange), link)
            if trouble := self._link_finding(link, address, number):
                findings.append(trouble)
            if trouble or any(finding.rule == "paging.repeated-page" for finding in findings):
                address = ""
            self._asked.add(address)
        return Page(number, self._exchange, bundle, tuple(findings)), address

    def _finding(self, rule: str, path: str, found: str, expected: str = "", resource: str = "") -> Finding:
        return Finding(
            rule=rule,
            message=_MESSAGES[rule].format(found=found),
            severity="information" if rule == "paging.limit" else "error",
            path=path,
            expected=expected,
            found=found,
            resource=resource,
            exchange=self._exchange.number,
        )

    def _no_bundle(self) -> Finding:
        exchange = self._exchange
        if exchange.status == 200 and not exchange.fault:
            return self._finding("paging.not-a-bundle", "Bundle", exchange.media_type, "a Bundle")
        return self._finding("paging.refused", "Bundle", exchange.fault or str(exchange.status), "200")

    def _contents_findings(self, bundle: dict[str, Any]) -> list[Finding]:
        found = []
        entries = bundles.entries(bundle)
        content = bundles.fingerprint(entries)
        if entries and content in self._contents:
            held = "1 entry" if len(entries) == 1 else f"{len(entries)} entries"
            found.append(self._finding("paging.repeated-page", "Bundle.entry", held))
        else:
            for resource in bundles.matches(bundle):
                identity = bundles.identity(resource)
                if identity and identity in self._identities:
                    found.append(self._finding("paging.duplicate", "Bundle.entry", identity, resource=identity))
                self._identities.add(identity)
        self._contents.add(content)
        return found

    def _total_findings(self, bundle: dict[str, Any]) -> list[Finding]:
        total = bundles.total(bundle)
        if self._total is None or total is None or total == self._total:
            self._total = total if self._total is None else self._total
            return []
        return [self._finding("paging.total-changed", "Bundle.total", str(total), str(self._total))]

    def _link_finding(self, link: str, address: str, number: int) -> Finding | None:
        own, target = origin(_address(self._exchange)), origin(address)
        path = "Bundle.link.where(relation = 'next').url"
        if own is None or target is None:
            return self._finding("paging.unusable-link", path, link)
        if target != own:
            same_host = (target.host, target.scheme != own.scheme) == (own.host, True)
            rule = "paging.scheme-changed" if same_host else "paging.foreign-host"
            return self._finding(rule, path, str(target), str(own))
        if address in self._asked:
            return self._finding("paging.loop", path, link)
        if number >= self._limit:
            return self._finding("paging.limit", path, f"{number} pages read")
        return None


def _address(exchange: Exchange) -> str:
    return exchange.redirects[-1] if exchange.redirects else exchange.url


def _bundle(exchange: Exchange) -> dict[str, Any] | None:
    if exchange.status != 200 or exchange.fault:
        return None
    try:
        body = exchange.json()
    except (ValueError, RecursionError):
        return None
    return body if bundles.is_bundle(body) else None
