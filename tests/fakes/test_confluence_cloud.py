"""What Cloud alone does: listings by cursor, properties by id, tasks with ids of their own, what is gone."""

from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.fakes.confluence import ConfluenceServer
from tests.fakes.confluence.state import User
from tests.fakes.confluence_client import SPACE, Site, signed_in

ADA = "5b10ac8d82e05b22cc7d4ef5"


def all_of(site: Site, path: str, **params: Any) -> list[Any]:
    """Follow the cursors of a listing to its end."""
    results: list[Any] = []
    cursor: dict[str, list[str]] = {}
    while True:
        answer = site.ask("get", path, params={**params, **cursor})
        results += answer["results"]
        if "next" not in answer["_links"]:
            return results
        cursor = {"cursor": parse_qs(urlsplit(answer["_links"]["next"]).query)["cursor"]}


def titles(found: list[Any]) -> list[str]:
    return [one["title"] for one in found]


def test_a_space_is_found_by_its_key(cloud: Site) -> None:
    cloud.server.add_space("OTHER")
    (space,) = cloud.ask("get", "/api/v2/spaces", params={"keys": SPACE})["results"]
    assert (space["id"], space["key"], space["name"]) == (cloud.space_id, SPACE, "Platform")
    assert cloud.server.page(space["homepageId"]).title == "Platform Home"
    assert cloud.ask("get", "/api/v2/spaces", params={"keys": "NONE"})["results"] == []
    assert len(all_of(cloud, "/api/v2/spaces", limit=1)) == 2


def test_pages_by_when_they_were_modified_last(cloud: Site) -> None:
    ids = [cloud.create(f"Page {number}")["id"] for number in range(5)]
    cloud.server.person_edits(ids[1], "<p>new</p>")
    path = f"/api/v2/spaces/{cloud.space_id}/pages"
    found = all_of(cloud, path, sort="-modified-date", limit=2, **{"body-format": "storage"})
    assert titles(found) == ["Page 1", "Page 4", "Page 3", "Page 2", "Page 0", "Platform Home"]
    assert found[0]["version"]["number"] == 2
    assert found[0]["body"]["storage"]["value"] == "<p>new</p>"
    assert len(cloud.server.requests.reads) == 3
    assert titles(cloud.listing(title="page 3")["results"]) == ["Page 3"]


def test_one_request_for_pages_that_are_known(cloud: Site) -> None:
    ids = [cloud.create(f"Page {number}")["id"] for number in range(4)]
    cloud.server.person_trashes(ids[0])
    cloud.server.person_archives(ids[1])
    cloud.server.person_restricts(ids[2])
    by_default = cloud.ask("get", "/api/v2/pages", params={"id": ids})["results"]
    assert titles(by_default) == ["Page 1", "Page 3"], "current and archived, as is described"
    params = {"id": ",".join(ids), "status": "current,archived,trashed", "space-id": cloud.space_id}
    found = cloud.ask("get", "/api/v2/pages", params=params)["results"]
    assert [one["status"] for one in found] == ["trashed", "archived", "current"]


@pytest.mark.parametrize("params", [{"limit": 251}, {"limit": 0}, {"limit": "many"}, {"cursor": "x"}])
def test_a_listing_that_cannot_be(cloud: Site, params: dict[str, Any]) -> None:
    cloud.listing(400, **params)


def test_the_next_page_lies_below_wiki_behind_the_gateway_too() -> None:
    with ConfluenceServer(context="/ex/confluence/1234/wiki") as server, signed_in(server) as site:
        server.add_space(SPACE)
        site.create("One")
        links = site.listing(limit=1)["_links"]
        assert links["base"] == server.url
        assert links["next"].startswith("/wiki/api/v2/spaces/")


def test_a_property_is_written_by_its_id(cloud: Site) -> None:
    page_id = cloud.create("One")["id"]
    path = f"/api/v2/pages/{page_id}/properties"
    made = cloud.ask("post", path, data={"key": "peerloop.mark", "value": {"key": "a", "n": [1, None]}})
    assert "already exists" in cloud.refusal("post", path, 409, data={"key": "peerloop.mark", "value": 1})
    (found,) = cloud.ask("get", path, params={"key": "peerloop.mark"})["results"]
    assert found == made
    assert (found["value"], found["version"]["number"]) == ({"key": "a", "n": [1, None]}, 1)
    own = f"{path}/{made['id']}"
    changed = {"key": "peerloop.mark", "value": "b", "version": {"number": 2}}
    assert cloud.ask("put", own, data=changed)["value"] == "b"
    assert "Current version is: 2" in cloud.refusal("put", own, 409, data=changed)
    cloud.ask("put", own, 400, data={**changed, "key": "other"})
    assert cloud.server.page(page_id).version == 1
    shown = cloud.ask(
        "get", f"/api/v2/pages/{page_id}", params={"include-properties": "true", "include-labels": "true"}
    )
    assert [one["key"] for one in shown["properties"]["results"]] == ["peerloop.mark"]
    assert shown["labels"]["results"] == []
    cloud.server.person_deletes_property(page_id, "peerloop.mark")
    cloud.ask("put", own, 404, data=changed)
    assert cloud.ask("get", path, params={"key": "peerloop.mark"})["results"] == []


@pytest.mark.parametrize("key", ["", "with space", "ü", "a_b", "x" * 256])
def test_a_key_of_a_property_that_cannot_be(cloud: Site, key: str) -> None:
    page_id = cloud.create("One")["id"]
    cloud.ask("post", f"/api/v2/pages/{page_id}/properties", 400, data={"key": key, "value": 1})


def test_a_property_may_conflict_once_after_a_page_was_written(cloud: Site) -> None:
    cloud.server.behaviour.property_conflicts_after_write = True
    page_id = cloud.create("One")["id"]
    path = f"/api/v2/pages/{page_id}/properties"
    cloud.ask("post", path, 409, data={"key": "mark", "value": 1})
    made = cloud.ask("post", path, data={"key": "mark", "value": 1})
    cloud.update(page_id, "Two", "<p />", 2)
    sent = {"key": "mark", "value": 2, "version": {"number": 2}}
    cloud.ask("put", f"{path}/{made['id']}", 409, data=sent)
    cloud.ask("put", f"{path}/{made['id']}", data=sent)
    cloud.ask("post", path, 413, data={"key": "long", "value": "x" * 40_000})


def asked(site: Site, **params: Any) -> list[str]:
    """Return the words of the tasks that a listing shows."""
    named = {key.replace("_", "-"): value for key, value in params.items()}
    found = all_of(site, "/api/v2/tasks", **{"body-format": "storage"}, **named)
    return [one["body"]["storage"]["value"] for one in found]


def test_tasks_have_an_id_in_the_world_and_one_on_the_page(cloud: Site) -> None:
    one, two = cloud.create("One")["id"], cloud.create("Two")["id"]
    cloud.server.person_adds_task(one, "first", "ada", "2026-12-01")
    cloud.server.person_adds_task(two, "second")
    cloud.server.person_adds_task(two, "third", done=True)
    found = all_of(cloud, "/api/v2/tasks", limit=1, **{"space-id": cloud.space_id})
    assert [(task["id"], task["localId"], task["pageId"]) for task in found] == [
        ("1", "1", one),
        ("2", "1", two),
        ("3", "2", two),
    ]
    assert [task["status"] for task in found] == ["incomplete", "incomplete", "complete"]
    assert [task.get("assignedTo") for task in found] == [ADA, None, None]
    assert [task.get("dueAt") for task in found] == ["2026-12-01T00:00:00.000Z", None, None]
    assert ["completedAt" in task for task in found] == [False, False, True]
    cloud.server.person_edits(two, "<p>no tasks any more</p>")
    assert len(asked(cloud)) == 1
    cloud.server.person_restricts(one)
    assert asked(cloud) == []


def test_tasks_are_narrowed(cloud: Site) -> None:
    page_id = cloud.create("One", "<ac:task-list><ac:task><ac:task-body> </ac:task-body></ac:task></ac:task-list>")[
        "id"
    ]
    cloud.server.person_adds_task(page_id, "first", "ada", "2026-12-01")
    cloud.server.person_adds_task(page_id, "second", "bob", done=True)
    moment = round(datetime(2026, 12, 1, tzinfo=UTC).timestamp() * 1000)
    assert len(asked(cloud)) == 3
    assert len(asked(cloud, include_blank_tasks="false")) == 2
    assert len(asked(cloud, status="incomplete")) == 2
    assert len(asked(cloud, assigned_to=ADA)) == 1
    assert len(asked(cloud, task_id="2,3")) == 2
    assert len(asked(cloud, page_id="1")) == 0
    assert len(asked(cloud, due_at_from=moment, due_at_to=moment)) == 1
    assert len(asked(cloud, due_at_from=moment + 1)) == 0
    assert len(asked(cloud, created_at_from=0)) == 3
    assert len(asked(cloud, completed_at_from=0)) == 1


def test_a_task_is_ticked_through_the_api(cloud: Site) -> None:
    page_id = cloud.create("One")["id"]
    cloud.server.person_adds_task(page_id, "first")
    before = cloud.text(page_id)
    done = cloud.ask("put", "/api/v2/tasks/1", data={"status": "complete"})
    assert done["status"] == "complete"
    assert cloud.text(page_id) == before.replace("incomplete", "complete")
    again = cloud.ask("put", "/api/v2/tasks/1", data={"status": "incomplete"})
    assert "completedAt" not in again
    assert cloud.text(page_id) == before
    cloud.ask("put", "/api/v2/tasks/1", 400, data={"status": "later"})
    cloud.ask("put", "/api/v2/tasks/7", 404, data={"status": "complete"})


def test_people_are_searched_by_name(cloud: Site) -> None:
    cloud.server.add_user("eve", User("eve-1", 'Eve "Ada" Adams', "eve@example.com", "eve", "eve-key"))
    path = "/rest/api/search/user"
    found = cloud.ask("get", path, params={"cql": 'user.fullname ~ "ada"'})["results"]
    assert [one["user"]["accountId"] for one in found] == [ADA, "eve-1"]
    quoted = cloud.ask("get", path, params={"cql": r'user.fullname ~ "\"Ada\""'})
    assert quoted["totalSize"] == 1
    assert cloud.ask("get", path, params={"cql": f"user.accountid = {ADA}"})["size"] == 1
    cloud.ask("get", path, 400, params={"cql": "type = page"})


def test_what_version_1_does_no_more(cloud: Site) -> None:
    page_id = cloud.create("One")["id"]
    cloud.refusal("post", "/rest/api/content", 410, data={"type": "page"})
    cloud.refusal("put", f"/rest/api/content/{page_id}", 410, data={"type": "page"})
    cloud.refusal("get", f"/rest/api/content/{page_id}", 410)
    cloud.refusal("get", f"/rest/api/content/{page_id}/property/mark", 404)


def test_a_page_is_moved_by_a_write(cloud: Site) -> None:
    parent, child = cloud.create("Parent")["id"], cloud.create("Child")["id"]
    sent: Any = {"id": child, "status": "current", "title": "Child", "version": {"number": 2}, "parentId": parent}
    sent["body"] = {"storage": {"representation": "storage", "value": "<p />"}}
    assert cloud.ask("put", f"/api/v2/pages/{child}", data=sent)["parentId"] == parent
    for key in ("title", "body", "version", "status", "id"):
        less = {name: value for name, value in sent.items() if name != key}
        assert key in cloud.refusal("put", f"/api/v2/pages/{child}", 400, data=less)
    direct = cloud.ask("get", f"/api/v2/pages/{parent}/direct-children")["results"]
    assert [(one["id"], one["type"]) for one in direct] == [(child, "page")]
