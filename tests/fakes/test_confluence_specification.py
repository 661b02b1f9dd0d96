"""The stand-in and its client against the vendor's own descriptions, where they are at hand."""

from typing import Any

import pytest

from tests.fakes.confluence import specification
from tests.fakes.confluence.exchange import Answer, Request
from tests.fakes.confluence_client import Site

if specification.folder() is None:
    advice = "name their folder in PEERLOOP_SPECS"
    pytest.skip(
        f"The vendor's API descriptions are not at hand, nothing is held against them: {advice}",
        allow_module_level=True,
    )


def complaints(
    method: str, path: str, name: str, *, query: Any = None, body: Any = None, answer: Any = None, cloud: bool = True
) -> str:
    request = Request(method, path, name, query or {}, body, {})
    return "\n".join(specification.check(cloud, request, Answer.of(200, answer or {})))


@pytest.mark.parametrize("name", specification.FILES)
def test_the_descriptions_can_be_read(name: str) -> None:
    found = specification.description(name)
    assert found is not None
    assert len(found.document["paths"]) > 80


def test_what_is_not_as_described_is_complained_of() -> None:
    listing = "/api/v2/spaces/1/pages"
    assert complaints("GET", listing, "page.list", query={"limit": ["250"]}, answer={"results": []}) == ""
    assert "unknown parameter expand" in complaints("GET", listing, "page.list", query={"expand": ["body"]})
    assert "limit=251 is not as" in complaints("GET", listing, "page.list", query={"limit": ["251"]})
    assert "sort=-version is not as" in complaints("GET", listing, "page.list", query={"sort": ["-version"]})
    assert "id=x is not as" in complaints("GET", "/api/v2/spaces/x/pages", "page.list")
    assert "own answer" in complaints("GET", listing, "page.list", answer={"results": [{"id": 1}]})
    assert "not described" in complaints("GET", "/api/v2/nothing", "nothing")
    assert "cql is missing" in complaints("GET", "/rest/api/content/search", "search")
    assert "own answer" in complaints("GET", "/rest/api/user/current", "user.current", answer={"type": 1})
    assert "unknown parameter sort" in complaints(
        "GET", "/rest/api/content", "page.list", query={"sort": ["title"]}, cloud=False
    )


def test_what_is_sent_is_held_against_the_description() -> None:
    both = {"representation": "storage", "value": "", "storage": {"representation": "storage", "value": ""}}
    page: Any = {"spaceId": "1", "title": "One", "body": {"representation": "storage", "value": ""}}
    assert complaints("POST", "/api/v2/pages", "page.create", body=page) == ""
    assert "spaceId" in complaints("POST", "/api/v2/pages", "page.create", body={"title": "One"})
    assert "body" in complaints("POST", "/api/v2/pages", "page.create", body={**page, "body": both})
    assert "body" in complaints("POST", "/api/v2/pages", "page.create", body={**page, "spaceId": 1})


def test_complaints_reach_the_test(cloud: Site) -> None:
    cloud.ask("get", "/api/v2/spaces", params={"key": "PLAT"})
    assert cloud.server.complaints == ["space.list: unknown parameter key in the query"]
    cloud.server.complaints.clear()
