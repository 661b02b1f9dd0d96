"""JSON that is none of Confluence's answers: said to be none, whatever was asked."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from config.secret import Secret
from daemon.ports import PortError
from integrations.atlassian.site import Site
from integrations.confluence.api import Api, Space
from integrations.confluence.cloud import Cloud
from integrations.confluence.connection import ConfluenceCloud, ConfluenceDataCenter
from integrations.confluence.data_center import DataCenter
from integrations.confluence.faults import CONFLUENCE
from tests.fakes.flood import FloodServer, whole

PLACE = Space("PLAT", "1", "2")
PAGE: dict[str, Any] = {"id": "7", "title": "Lunch", "status": "current", "version": {"number": 1}}
QUESTIONS: list[Callable[[Api], object]] = [
    lambda api: api.space("PLAT"),
    lambda api: api.pages(["7"]),
    lambda api: api.page("7"),
    lambda api: api.titled(PLACE, "Lunch"),
    lambda api: api.children("7"),
    lambda api: api.labelled(PLACE.key, ["platform"]),
    lambda api: api.searched("type = page", 10),
    lambda api: api.comments("7"),
    lambda api: api.attachments("7"),
    lambda api: api.template(PLACE, "Session"),
]
BODIES: list[dict[str, Any]] = [
    {"results": [5]},
    {"results": {}, "id": []},
    {"results": [{**PAGE, "id": ["7"]}], "id": "seven", "homepageId": "home", "homepage": {"id": "home"}},
    {"results": [{**PAGE, "version": 5, "body": {"storage": 5}}], **PAGE, "version": 5, "homepage": 5},
    {"results": [{**PAGE, "_links": 5}], **PAGE, "_links": 5},
    {"results": [{**PAGE, "title": None, "body": []}], **PAGE, "title": None, "body": [], "homepage": {}},
]


@pytest.fixture(params=[Cloud, DataCenter])
def flavour(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Api]:
    monkeypatch.setenv("TOKEN", "a-token-for-tests")
    token = Secret(variable="TOKEN")

    def made(url: str) -> Api:
        if request.param is Cloud:
            user = "bot@example.com"
            known = ConfluenceCloud(kind="confluence-cloud", url=url, user=user, token=token)
            return Cloud(Site(CONFLUENCE, "pages", known, lambda _: None))
        return DataCenter(
            Site(CONFLUENCE, "pages", ConfluenceDataCenter(kind="confluence-data-center", url=url, token=token))
        )

    return made


@pytest.mark.parametrize("body", BODIES, ids=json.dumps)
def test_what_is_in_another_shape_is_no_answer(flavour: Callable[[str], Api], body: dict[str, Any]) -> None:
    said = list[str]()
    with FloodServer(lambda: whole(json.dumps(body).encode())) as server:
        api = flavour(server.url)
        for question in QUESTIONS:
            try:
                question(api)
            except PortError as error:
                said.append(str(error))
    assert any("is not understood. The next pass tries again." in one for one in said)
