"""Pages on both flavours: their versions, titles, texts, listings, labels, comments, files, and what people do."""

from typing import Any

import pytest

from tests.fakes.confluence import Notification
from tests.fakes.confluence.world import TITLE_TAKEN
from tests.fakes.confluence_client import CHECKED, SPACE, Site

LIFE = ["archives", "trashes", "restricts"]


def act(site: Site, what: str, page_id: str) -> None:
    getattr(site.server, f"person_{what}")(page_id)


def test_a_page_is_made_and_changed(site: Site) -> None:
    made = site.create("One", "<p>&uuml;<br/></p>")
    assert made["version"]["number"] == 1
    assert made["body"]["storage"]["value"] == site.text(made["id"]) == "<p>ü<br /></p>"
    changed = site.update(made["id"], "Two", "<p>new</p>", 2)
    assert (changed["title"], changed["version"]["number"]) == ("Two", 2)
    assert site.text(made["id"]) == "<p>new</p>"
    page = site.server.page(made["id"])
    assert (page.title, page.version, page.parent) == ("Two", 2, site.server.titled("Platform Home").id)
    assert site.server.requests.writes.names == ["page.create", "page.update"]
    assert site.server.requests.reads.names == ["page.get", "page.get"]


@pytest.mark.parametrize("number", [1, 2, 4])
def test_a_version_has_to_be_the_next(site: Site, number: int) -> None:
    page_id = site.create("One")["id"]
    site.server.person_edits(page_id, "<p>theirs</p>")
    answer = str(site.update(page_id, "One", "<p>ours</p>", number, 409))
    assert "Version must be incremented on update. Current version is: 2" in answer
    assert site.text(page_id) == "<p>theirs</p>"
    site.update(page_id, "One", "<p>ours</p>", 3)


@pytest.mark.parametrize("life", ["edits", *LIFE])
def test_a_title_is_taken_whatever_the_case_and_whatever_became_of_the_page(site: Site, life: str) -> None:
    page_id = site.create("Lunch & Learn")["id"]
    if life != "edits":
        act(site, life, page_id)
    if life == "trashes" and site.cloud:
        site.create("LUNCH & learn")
        return
    assert TITLE_TAKEN in str(site.create("LUNCH & learn", status=400))
    site.server.behaviour.title_taken = 409
    other = site.create("Other")["id"]
    if life == "archives":
        assert "Archived" in str(site.update(page_id, "Lunch", "<p />", 2, 400))
    assert TITLE_TAKEN in str(site.update(other, "lunch & Learn", "<p />", 2, 409))
    site.server.person_purges(page_id)
    site.create("lunch & learn")


def test_a_page_may_change_the_case_of_its_title(site: Site) -> None:
    page_id = site.create("Lunch")["id"]
    assert site.update(page_id, "LUNCH", "<p />", 2)["title"] == "LUNCH"


def test_what_is_no_storage_is_refused_and_changes_nothing(site: Site) -> None:
    page_id = site.create("One")["id"]
    before = site.server.snapshot()
    assert "Error parsing xhtml" in str(site.update(page_id, "One", "<p>", 2, 400))
    assert "Error parsing xhtml" in str(site.create("Two", "&nothing;", status=400))
    assert "Title" in str(site.create(" ", status=400))
    site.server.behaviour.largest_body = 100
    site.update(page_id, "Two", "x" * 101, 2, 413)
    site.create("Two", "ü" * 51, status=413)
    assert site.server.snapshot() == before


def test_a_page_below_another(site: Site) -> None:
    parent = site.create("Parent")["id"]
    child = site.create("Child", parent=parent)["id"]
    path = f"/api/v2/pages/{parent}/children" if site.cloud else f"/rest/api/content/{parent}/child/page"
    assert [one["id"] for one in site.ask("get", path)["results"]] == [child]
    site.server.person_moves(child, site.server.titled("Platform Home").id)
    assert site.ask("get", path)["results"] == []
    assert site.server.page(child).version == 1
    site.server.behaviour.moves_raise_version = True
    site.server.person_moves(child, parent)
    assert site.server.page(child).version == 2
    site.create("Nowhere", parent="4711", status=404)


@pytest.mark.parametrize("life", LIFE)
def test_a_page_that_is_gone(site: Site, life: str) -> None:
    page_id = site.create("One")["id"]
    act(site, life, page_id)
    shown = {page["title"]: page["status"] for page in site.listing()["results"]}
    on_cloud = {"archives": "archived"} if site.cloud else {}
    assert shown.get("One") == on_cloud.get(life)
    if life == "restricts":
        site.read(page_id, 404)
        site.server.person_restricts(page_id, hidden=False)
    elif site.cloud:
        assert site.read(page_id)["status"] == on_cloud.get(life, "trashed")
        site.server.behaviour.trashed_are_shown = False
        site.read(page_id, 200 if life == "archives" else 404)
        site.server.person_restores(page_id)
    else:
        site.read(page_id, 404)
        params = {"status": "any"}
        assert site.ask("get", f"/rest/api/content/{page_id}", params=params)["status"] != "current"
        site.server.person_restores(page_id)
    assert site.read(page_id)["title"] == "One"


def test_a_page_is_put_into_the_trash_taken_out_and_purged(site: Site) -> None:
    page_id = site.create("One")["id"]
    path = f"/api/v2/pages/{page_id}" if site.cloud else f"/rest/api/content/{page_id}"
    purge = {"purge": "true"} if site.cloud else {"status": "trashed"}
    site.ask("delete", path, 204)
    assert [page.title for page in site.server.pages("trashed")] == ["One"]
    if site.cloud:
        assert site.update(page_id, "Another", "<p>another</p>", 2)["title"] == "One"
        site.ask("delete", path, 204)
    site.ask("delete", path, 204, params=purge)
    site.read(page_id, 404)
    site.ask("delete", path, 404)


def test_an_inline_comment_changes_the_text_and_no_version(site: Site) -> None:
    made = site.create("One", "<p>say hello</p>")
    listed = site.listing()
    site.server.person_comments_inline(made["id"], "hello")
    read = site.read(made["id"])
    assert "<ac:inline-comment-marker ac:ref=" in read["body"]["storage"]["value"]
    assert read["version"] == made["version"]
    assert site.listing() == listed, "a listing without bodies shows nothing of it"


def test_labels_are_added(site: Site) -> None:
    page_id = site.create("One")["id"]
    path = f"/rest/api/content/{page_id}/label"
    site.server.person_labels(page_id, "theirs")
    given = [{"prefix": "global", "name": name} for name in ("platform", "Deep-Dive", "platform")]
    answer = site.ask("post", path, data=given)
    assert [label["name"] for label in answer["results"]] == ["theirs", "platform", "deep-dive"]
    assert site.refusal("post", path, 400, data=[{"prefix": "global", "name": "two words"}])
    listed = f"/api/v2/pages/{page_id}/labels" if site.cloud else path
    assert len(site.ask("get", listed)["results"]) == 3
    site.ask("delete", f"{path}/platform", 204)
    site.ask("delete", path, 204, params={"name": "deep-dive"})
    site.ask("delete", f"{path}/platform", 404)
    assert site.server.page(page_id).labels == ["theirs"]
    assert site.server.page(page_id).version == 1


def test_comments_that_mention(site: Site) -> None:
    page_id = site.create("One")["id"]
    mention = site.server.mention("ada")
    made = site.comment(page_id, f"<p><ac:link>{mention}</ac:link> please</p>")
    site.server.person_comments(page_id, "<p>thanks</p>")
    path = f"/api/v2/pages/{page_id}/footer-comments" if site.cloud else f"/rest/api/content/{page_id}/child/comment"
    params = {"body-format": "storage"} if site.cloud else {"expand": "body.storage"}
    first, second = site.ask("get", path, params=params)["results"]
    assert first["id"] == made["id"]
    assert mention in first["body"]["storage"]["value"]
    assert second["body"]["storage"]["value"] == "<p>thanks</p>"
    ada = site.server.world.state.users["ada"]
    who = ada.account_id if site.cloud else ada.user_key
    assert site.server.notifications[-1] == Notification("mentioned", page_id, who)
    site.server.behaviour.mentions_mail = False
    site.comment(page_id, f"<p><ac:link>{mention}</ac:link> again</p>")
    assert [note.kind for note in site.server.notifications].count("mentioned") == 1
    assert [comment.author for comment in site.server.comments(page_id)] == ["bot", who, "bot"]


def test_files_have_versions(site: Site) -> None:
    page_id = site.create("One")["id"]
    first = site.upload(page_id, "chart.png", b"one")["results"][0]
    path = f"/rest/api/content/{page_id}/child/attachment"
    files = {"file": ("chart.png", b"\x00two", "image/png")}
    if site.cloud:
        site.ask("put", path, files=files, headers=CHECKED)
    else:
        assert "same file name" in site.refusal("post", path, 400, files=files, headers=CHECKED)
        site.ask("post", f"{path}/{first['id']}/data", files=files, headers=CHECKED)
        site.ask("post", f"{path}/att1/data", 404, files=files, headers=CHECKED)
    assert site.server.attachments(page_id) == {"chart.png": [b"one", b"\x00two"]}
    site.server.person_attaches(page_id, "theirs.txt", b"!")
    listed = f"/api/v2/pages/{page_id}/attachments" if site.cloud else path
    (shown,) = site.ask("get", listed, params={"filename": "chart.png"})["results"]
    assert (shown["id"], shown["title"], shown["version"]["number"]) == (first["id"], "chart.png", 2)
    assert site.server.page(page_id).version == 1


def test_a_file_has_to_come_as_a_form_with_the_header(site: Site) -> None:
    page_id = site.create("One")["id"]
    path = f"/rest/api/content/{page_id}/child/attachment"
    method = "put" if site.cloud else "post"
    files = {"file": ("chart.png", b"one", "image/png")}
    assert site.refusal(method, path, 403, files=files) == "XSRF check failed"
    json_by_default = {**CHECKED, "Content-Type": "application/json"}
    site.ask(method, path, 415, files=files, headers=json_by_default)
    site.ask(method, path, 400, files={"other": ("chart.png", b"one", "image/png")}, headers=CHECKED)
    older = {"X-Atlassian-Token": "nocheck"}
    site.ask(method, path, 200 if site.cloud else 403, files=files, headers=older)


TEMPLATE = (
    '<at:declarations><at:string at:name="topic" /></at:declarations><h1><at:var at:name="topic" /></h1>'
    '<ac:placeholder ac:type="mention">who</ac:placeholder>'
)


def test_templates_of_a_space_with_their_variables(site: Site) -> None:
    template_id = site.server.add_template("Deep dive", TEMPLATE, SPACE)
    site.server.add_template("Everywhere", "<p />")
    listed = site.ask("get", "/rest/api/template/page", params={"spaceKey": SPACE})["results"]
    assert [(one["name"], "body" in one) for one in listed] == [("Deep dive", False)]
    whole = site.ask("get", "/rest/api/template/page", params={"spaceKey": SPACE, "expand": "body"})["results"]
    one = site.ask("get", f"/rest/api/template/{template_id}")
    assert one["body"]["storage"]["value"] == whole[0]["body"]["storage"]["value"] == TEMPLATE
    assert [one["name"] for one in site.ask("get", "/rest/api/template/page")["results"]] == ["Everywhere"]
    site.ask("get", "/rest/api/template/4711", 403)


def test_who_signs_in_and_who_there_is(site: Site) -> None:
    assert site.ask("get", "/rest/api/user/current")["displayName"] == "Peer learning"
    ada = site.server.world.state.users["ada"]
    asked: Any = {"accountId": ada.account_id} if site.cloud else {"username": "ada"}
    found = site.ask("get", "/rest/api/user", params=asked)
    assert found["displayName"] == "Ada Lovelace"
    assert found.get("userKey") == (None if site.cloud else ada.user_key)
    site.ask("get", "/rest/api/user", 404, params={"accountId" if site.cloud else "username": "nobody"})


def test_people_tick_tasks(site: Site) -> None:
    page_id = site.create("One")["id"]
    local_id = site.server.person_adds_task(page_id, "write & tell", "ada", "2026-12-01")
    text = site.text(page_id)
    assert f"<ac:link>{site.server.mention('ada')}</ac:link> write &amp; tell" in text
    assert "<ac:task-status>incomplete</ac:task-status>" in text
    site.server.person_ticks(page_id, local_id)
    assert "<ac:task-status>complete</ac:task-status>" in site.text(page_id)
    assert site.server.page(page_id).version == 3
    site.server.person_ticks(page_id, local_id)
    assert site.server.page(page_id).version == 3
    site.server.behaviour.ticks_raise_version = False
    site.server.person_ticks(page_id, local_id, done=False)
    assert site.server.page(page_id).version == 3
    assert site.text(page_id) == text


def test_people_edit_in_the_middle(site: Site) -> None:
    page_id = site.create("One", "<p>a</p><p>b</p>")["id"]
    site.server.person_replaces(page_id, "<p>b</p>", "<p>c</p>")
    assert site.text(page_id) == "<p>a</p><p>c</p>"
    with pytest.raises(ValueError, match="nothing"):
        site.server.person_replaces(page_id, "nothing", "")
    theirs = site.server.person_adds_page(SPACE, "Theirs", "<p>ours</p>", page_id)
    assert site.server.page(theirs).parent == page_id
    site.server.person_retitles(page_id, "Ours")
    assert (site.read(page_id)["title"], site.read(page_id)["version"]["number"]) == ("Ours", 3)


def test_a_folder_is_below_pages_and_found_by_a_search_only(site: Site) -> None:
    if not site.cloud:
        return  # which has none
    folder = site.server.person_adds_folder(SPACE, "Learning")
    site.server.index.catch_up()
    above = site.server.titled("Platform Home").id
    below = site.ask("get", f"/api/v2/pages/{above}/direct-children")["results"]
    assert ("Learning", "folder") in [(one["title"], one["type"]) for one in below]
    site.read(folder, 404)
    assert site.listing(title="Learning")["results"] == []
    assert site.found(f'space = "{SPACE}" and type = folder and title = "learning"') == ["Learning"]
    made = site.create("One", parent=folder)
    assert made["parentType"] == "folder"
    below = site.ask("get", f"/api/v2/folders/{folder}/direct-children")["results"]
    assert [one["id"] for one in below] == [made["id"]]
