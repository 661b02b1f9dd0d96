"""What Data Center alone does: everything through version 1, listings by offset, properties by key, no tasks."""

from typing import Any

import pytest

from tests.fakes.confluence import ConfluenceServer
from tests.fakes.confluence_client import SPACE, Site, signed_in, stored

CONTENT = "/rest/api/content"


def titles(answer: Any) -> list[str]:
    return [one["title"] for one in answer["results"]]


def test_a_space_is_found_by_its_key(data_center: Site) -> None:
    space = data_center.ask("get", f"/rest/api/space/{SPACE}", params={"expand": "homepage"})
    assert (space["key"], data_center.server.page(space["homepage"]["id"]).title) == (SPACE, "Platform Home")
    assert "NONE" in data_center.refusal("get", "/rest/api/space/NONE", 404)


def test_pages_are_listed_by_offset(data_center: Site) -> None:
    for number in range(4):
        data_center.create(f"Page {number}")
    data_center.server.behaviour.largest_page = 2
    first = data_center.listing(limit=200, expand="version,body.storage")
    assert (first["limit"], first["size"], first["_links"]["base"]) == (2, 2, data_center.server.url)
    assert first["results"][1]["body"]["storage"]["value"] == "<p>text</p>"
    second = data_center.client.get(first["_links"]["base"] + first["_links"]["next"], absolute=True)
    assert titles(second) == ["Page 1", "Page 2"]
    assert "next" not in data_center.listing(start=4)["_links"]


def test_pages_by_title_ids_and_status(data_center: Site) -> None:
    ids = [data_center.create(f"Page {number}")["id"] for number in range(3)]
    assert titles(data_center.listing(title="page 1")) == ["Page 1"]
    assert titles(data_center.ask("get", CONTENT, params={"ids": ",".join(ids[1:])})) == ["Page 1", "Page 2"]
    data_center.server.person_trashes(ids[0])
    assert titles(data_center.listing(status="trashed")) == ["Page 0"]
    assert len(data_center.listing(status="any")["results"]) == 4


def test_what_is_asked_for_comes_along(data_center: Site) -> None:
    parent = data_center.create("Parent")["id"]
    child = data_center.create("Child", parent=parent)["id"]
    data_center.ask("post", f"{CONTENT}/{child}/property", data={"key": "peerloop", "value": {"n": 1}})
    data_center.ask("post", f"{CONTENT}/{child}/property", data={"key": "peer.loop", "value": 1})
    expand = "ancestors,metadata.labels,metadata.properties.peerloop,metadata.properties.peer.loop,nothing"
    below = data_center.ask("get", f"{CONTENT}/{parent}/descendant/page", params={"expand": expand})
    (shown,) = below["results"]
    assert [one["title"] for one in shown["ancestors"]] == ["Platform Home", "Parent"]
    assert shown["metadata"]["properties"].keys() == {"peerloop"}, "a dot leads inside of a property"
    assert shown["metadata"]["properties"]["peerloop"]["value"] == {"n": 1}
    assert shown["metadata"]["labels"]["results"] == []
    assert "body" not in shown
    home = data_center.server.titled("Platform Home").id
    assert titles(data_center.ask("get", f"{CONTENT}/{home}/descendant/page")) == ["Parent", "Child"]
    assert titles(data_center.ask("get", f"{CONTENT}/{home}/child/page")) == ["Parent"]


def test_a_property_is_written_by_its_key(data_center: Site) -> None:
    page_id = data_center.create("One")["id"]
    own = f"{CONTENT}/{page_id}/property/mark"
    data_center.ask("get", own, 404)
    data_center.ask("put", own, 404, data={"key": "mark", "value": 1, "version": {"number": 2}})
    data_center.ask("put", own, data={"key": "mark", "value": 1, "version": {"number": 1}})
    data_center.ask("post", own, 409, data={"key": "mark", "value": 1})
    sent = {"key": "mark", "value": 2, "version": {"number": 2}}
    assert data_center.ask("put", own, data=sent)["version"]["number"] == 2
    assert "Current version is: 2" in data_center.refusal("put", own, 409, data=sent)
    assert data_center.ask("get", own)["value"] == 2
    assert len(data_center.ask("get", f"{CONTENT}/{page_id}/property")["results"]) == 1
    data_center.ask("delete", own, 204)
    data_center.ask("delete", own, 404)
    data_center.server.behaviour.property_conflicts_after_write = True
    data_center.update(page_id, "Two", "<p />", 2)
    data_center.ask("post", own, 409, data={"key": "mark", "value": 1})
    data_center.ask("post", own, data={"key": "mark", "value": 1})


def test_labels_in_a_write_replace_all_there_were(data_center: Site) -> None:
    page_id = data_center.create("One")["id"]
    data_center.server.person_labels(page_id, "theirs")
    sent: Any = {"type": "page", "title": "One", "version": {"number": 2, "minorEdit": True}, "body": stored("<p />")}
    data_center.ask("put", f"{CONTENT}/{page_id}", data=sent)
    assert data_center.server.page(page_id).labels == ["theirs"]
    sent["version"]["number"] = 3
    labelled = {**sent, "metadata": {"labels": [{"prefix": "global", "name": "ours"}]}}
    data_center.ask("put", f"{CONTENT}/{page_id}", data=labelled)
    assert data_center.server.page(page_id).labels == ["ours"]


def test_a_minor_edit_tells_nobody(data_center: Site) -> None:
    page_id = data_center.create("One")["id"]
    told = list(data_center.server.notifications)
    sent: Any = {"type": "page", "title": "One", "version": {"number": 2, "minorEdit": True}, "body": stored("<p />")}
    assert data_center.ask("put", f"{CONTENT}/{page_id}", data=sent)["version"]["minorEdit"] is True
    assert data_center.server.notifications == told
    data_center.update(page_id, "One", "<p />", 3)
    assert [note.version for note in data_center.server.notifications[len(told) :]] == [3]


def test_a_page_is_moved_and_keeps_its_text_by_a_write(data_center: Site) -> None:
    parent, child = data_center.create("Parent")["id"], data_center.create("Child")["id"]
    sent: Any = {"type": "page", "title": "Child", "version": {"number": 2}, "ancestors": [{"id": parent}]}
    assert data_center.ask("put", f"{CONTENT}/{child}", data=sent)["ancestors"][-1]["id"] == parent
    assert data_center.text(child) == "<p>text</p>"
    data_center.ask("put", f"{CONTENT}/{child}", 400, data={"title": "Child", "version": {"number": 3}})


def test_there_are_no_tasks_and_no_second_version(data_center: Site) -> None:
    data_center.ask("get", "/rest/api/tasks", 404)
    data_center.ask("get", "/api/v2/tasks", 404)
    data_center.ask("get", "/api/v2/spaces", 404)


@pytest.mark.parametrize("context", ["", "/confluence", "/a/b"])
def test_a_context_path(context: str) -> None:
    with ConfluenceServer("data-center", context=context) as server, signed_in(server) as site:
        server.add_space(SPACE)
        site.create("One")
        assert site.listing(limit=1)["_links"]["next"].startswith("/rest/api/content?")
        assert server.requests[0].path == "/rest/api/content"
