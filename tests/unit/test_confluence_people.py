"""What people do to pages on Confluence, of both flavours, and what peerloop makes of it."""

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from daemon.model import WriteUp, fingerprint
from daemon.ports import Refused
from integrations.confluence.storage import regions
from tests.fakes.confluence.exchange import Request
from tests.fakes.confluence_connection import NEWS, OTHER, PAGE, SPACE, Connection, connected

THEIRS = (
    '<ac:layout><ac:layout-section ac:type="single"><ac:layout-cell><p>caf&eacute; &amp; <b>tea</b>\t'
    '<ac:emoticon ac:name="smile" ac:emoji-shortname=":slight_smile:" ac:emoji-fallback="🙂" /></p>'
    '<ac:structured-macro ac:name="unheard-of" ac:schema-version="7"><ac:parameter ac:name="b">2</ac:parameter>'
    "<ac:plain-text-body><![CDATA[<p>]]]]><![CDATA[> not a tag]]></ac:plain-text-body></ac:structured-macro>"
    "</ac:layout-cell></ac:layout-section></ac:layout>"
)


@pytest.fixture(params=["cloud", "data-center"])
def confluence(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Connection]:
    with connected(request.param, monkeypatch) as connection:
        yield connection


@pytest.fixture
def data_center(monkeypatch: pytest.MonkeyPatch) -> Iterator[Connection]:
    with connected("data-center", monkeypatch) as connection:
        yield connection


@pytest.fixture
def cloud(monkeypatch: pytest.MonkeyPatch) -> Iterator[Connection]:
    with connected("cloud", monkeypatch) as connection:
        yield connection


# what people do to a page


def test_what_people_write_survives_byte_for_byte(confluence: Connection) -> None:
    page = confluence.made()
    confluence.server.person_edits(page.id, f"{THEIRS}{confluence.kept().storage}<p>Great talk</p>")
    confluence.server.person_comments_inline(page.id, "Great talk")
    before, version = confluence.around(), confluence.server.page(page.id).version
    written = confluence.write(NEWS, "title", "region")
    assert written.observed
    assert written.observed.shown == fingerprint(NEWS.content)
    assert confluence.around() == before
    assert "inline-comment-marker" in before
    assert confluence.server.page(page.id).version == version + 1


def test_nothing_has_changed_and_nothing_is_written(confluence: Connection) -> None:
    confluence.made()
    confluence.server.requests.clear()
    assert confluence.write(PAGE, "title", "region").error == ""
    assert confluence.server.requests.names == ["page.get"]
    assert confluence.kept().version == 1


def test_a_changed_region_takes_two_requests(confluence: Connection) -> None:
    confluence.made()
    confluence.server.requests.clear()
    assert confluence.write(NEWS, "region").error == ""
    assert confluence.server.requests.names == ["page.get", "page.update"]


def test_an_edit_between_reading_and_writing_is_kept(confluence: Connection) -> None:
    page = confluence.made()
    edits = iter(["<p>first</p>", "<p>second</p>"])

    def person(when: str, request: Request) -> None:
        if (when, request.name) == ("before", "page.update") and (edit := next(edits, None)):
            confluence.server.person_edits(page.id, confluence.server.page(page.id).storage + edit)

    confluence.server.watchers.append(person)
    version = confluence.seen()
    assert version
    written = confluence.write(NEWS, "region", version=version.version)
    assert written.error == ""
    assert confluence.around().endswith("<p>first</p><p>second</p>")
    assert [one.status for one in confluence.server.requests if one.name == "page.update"] == [409, 409, 200]


def test_somebody_who_never_stops_saving_is_let_be(confluence: Connection) -> None:
    page = confluence.made()

    def person(when: str, request: Request) -> None:
        if (when, request.name) == ("before", "page.update"):
            confluence.server.person_edits(page.id, confluence.server.page(page.id).storage + "<p>more</p>")

    confluence.server.watchers.append(person)
    assert "Somebody saved" in confluence.write(NEWS, "region").error
    assert confluence.kept().storage.count("<p>more</p>") == 4


@pytest.mark.parametrize(
    ("edit", "trouble"),
    [
        (lambda text: "<p>all mine</p>", "has been deleted. Bring back an earlier version"),
        (lambda text: text + text, "is there twice. Delete one of them."),
        (lambda text: text.replace("peerloop platform", "peerloop x platform"), "has been damaged"),
        (lambda text: text.replace("rich-text-body", "plain-text-body"), "has been damaged"),
    ],
)
def test_a_region_that_people_have_broken_is_reported(
    confluence: Connection, edit: Callable[[str], str], trouble: str
) -> None:
    page = confluence.made()
    cursor = confluence.look().cursor
    confluence.server.person_edits(page.id, edit(page.storage))
    before = confluence.server.snapshot()
    (news,) = confluence.look(cursor).seen
    confluence.server.index.catch_up()  # its label hints at it
    again = confluence.restarted().seen()  # the property tells whose it is where the region does not
    assert news == again
    assert trouble in news.trouble
    assert trouble in confluence.write(NEWS, "region").error
    assert confluence.server.snapshot() == before


def test_a_property_that_people_have_deleted_makes_a_page_no_less_ours(confluence: Connection) -> None:
    page = confluence.made()
    confluence.server.person_deletes_property(page.id, "peerloop")
    confluence.server.person_labels(page.id)
    assert confluence.restarted().seen()
    assert confluence.write(NEWS, "title", "region").error == ""


def test_a_copy_of_a_page_is_not_ours_while_the_page_is_there(confluence: Connection) -> None:
    page = confluence.made()
    copy = confluence.server.person_adds_page(SPACE, "Copy", page.storage, page.parent)
    seen = confluence.restarted().look().seen
    assert [one.title for one in seen] == [PAGE.title]
    assert confluence.write(NEWS, "region").error == ""
    assert confluence.server.page(copy).version == 1


def test_a_region_copied_onto_another_page_of_ours_confuses_nobody(confluence: Connection) -> None:
    first, second = confluence.made(), confluence.made(OTHER)
    confluence.server.person_edits(second.id, first.storage + second.storage)
    seen = {one.key: one for one in confluence.restarted().look().seen}
    assert {key: one.title for key, one in seen.items()} == {PAGE.key: PAGE.title, OTHER.key: OTHER.title}
    assert seen[OTHER.key].shown == fingerprint(OTHER.content)
    assert confluence.write(replace(NEWS, key=OTHER.key, title="Q"), "title", "region").error == ""
    assert confluence.server.page(second.id).storage.startswith(first.storage[:100])


def test_a_page_that_was_moved_elsewhere_is_followed(confluence: Connection) -> None:
    page = confluence.made()
    cursor = confluence.look().cursor
    confluence.server.person_moves(page.id, confluence.server.person_adds_page(SPACE, "Attic"))
    confluence.server.index.catch_up()
    assert confluence.look(cursor).seen == ()
    for known in (cursor, None):
        confluence.restarted().look(known)
        assert confluence.write(replace(NEWS, title=str(known)), "title").error == ""
    assert confluence.server.page(page.id).parent == confluence.server.titled("Attic").id
    assert confluence.restarted().write(PAGE).error == ""
    assert len(confluence.server.pages()) == 5


def test_an_archived_page_is_reported_and_left_alone(confluence: Connection) -> None:
    page = confluence.made()
    cursor = confluence.look().cursor
    confluence.server.person_archives(page.id)
    before = confluence.server.snapshot()
    (news,) = confluence.look(cursor).seen
    assert "is in the archive, where it stays as it is" in news.trouble
    assert not news.gone
    assert "is in the archive" in confluence.write(NEWS, "title").error
    confluence.restarted().write(PAGE)
    assert confluence.server.snapshot() == before
    confluence.server.person_restores(page.id)
    assert confluence.restarted().seen()


@pytest.mark.parametrize("fate", ["person_trashes", "person_purges", "person_restricts"])
def test_a_page_that_has_gone_is_told_of_once_and_not_fought(confluence: Connection, fate: str) -> None:
    page = confluence.made()
    cursor = confluence.look().cursor
    getattr(confluence.server, fate)(page.id)
    before = confluence.server.snapshot()
    observation = confluence.look(cursor)
    assert [(one.key, one.gone) for one in observation.seen] == [(PAGE.key, True)]
    assert confluence.look(observation.cursor).seen == ()
    assert "is not there any more" in confluence.write(NEWS, "region").error
    assert confluence.restarted().look().seen == ()
    assert confluence.server.snapshot() == before


def test_a_page_in_the_trash_that_is_asked_for_again_is_made_anew(confluence: Connection) -> None:
    page = confluence.made()
    confluence.server.person_trashes(page.id)
    confluence.look()
    is_free = confluence.flavour == "cloud"
    assert confluence.made().title == (PAGE.title if is_free else f"{PAGE.title} (2)")
    assert confluence.server.page(page.id).status == "trashed"


def test_a_page_that_whom_we_sign_in_as_may_not_see_any_more_is_not_made_again(confluence: Connection) -> None:
    page = confluence.made()
    confluence.look()
    confluence.server.person_restricts(page.id)
    assert "is not there any more, or not shown" in confluence.write(PAGE).error
    assert len(confluence.server.pages()) == 4


def test_all_is_hidden_at_once_and_nothing_counts_as_deleted(confluence: Connection) -> None:
    confluence.made()
    cursor = confluence.look().cursor
    for page in confluence.server.pages():
        confluence.server.person_restricts(page.id)
    with pytest.raises(Refused, match="has no page"):
        confluence.look(cursor)


def test_malformed_storage_is_reported_and_left_alone(confluence: Connection) -> None:
    page = confluence.made()
    cursor = confluence.look().cursor
    confluence.server.world.state.pages[page.id].storage += "<p>&nonsense;"
    (news,) = confluence.look(cursor).seen
    assert "cannot be read (line 1, column" in news.trouble
    assert "Save it once in Confluence's editor" in confluence.write(NEWS, "region").error


# what people write


def test_tasks_takeaways_and_mentions(confluence: Connection) -> None:
    page, server = confluence.made(), confluence.server
    mention = f"<ac:link>{server.mention('ada')}</ac:link>"
    server.person_edits(page.id, f"{page.storage}<h2>Key takeaways</h2><p>Ask {mention}</p>")
    server.person_adds_task(page.id, "write it up", "ada", "2026-12-20")
    server.person_adds_task(page.id, "tidy up", "bob")
    for _ in range(2):
        seen = confluence.seen()
        assert seen
        assert [(one.text, one.assignee, str(one.due)) for one in seen.items] == [
            ("write it up", "ada@example.com", "2026-12-20"),
            ("tidy up", {"cloud": "5b10ac8d82e05b22cc7d4ef6"}.get(confluence.flavour, "ff80808180000002"), "None"),
        ]
        assert seen.write_up == WriteUp(takeaways=("Ask @ada@example.com",))
    assert server.requests.names.count("user.get") == (0 if confluence.flavour == "cloud" else 1)


def test_whoever_else_a_page_names_costs_nothing(data_center: Connection) -> None:
    page, server = data_center.made(), data_center.server
    others = "".join(f'<p><ac:link><ri:user ri:userkey="ff80{number:06}"/></ac:link></p>' for number in range(3000))
    server.person_edits(
        page.id, f"{page.storage}<h2>Key takeaways</h2><p>Ask <ac:link>{server.mention('ada')}</ac:link></p>{others}"
    )
    for _ in range(2):
        seen = data_center.seen()
        assert seen and seen.write_up.takeaways[0] == "Ask @ada@example.com"
    assert server.requests.names.count("user.get") == 1


@pytest.mark.parametrize("space", ["", ' ri:space-key="NONE"'])
def test_whatever_else_our_part_is_made_to_link_costs_little(confluence: Connection, space: str) -> None:
    page, server, other = confluence.made(), confluence.server, confluence.made(OTHER)
    links = "".join(
        f'<p><ac:link><ri:page{space} ri:content-title="{number}"/></ac:link></p>' for number in range(1000)
    )
    (region,) = regions(page.storage)
    assert region.inner
    ours = region.inner.of(page.storage)
    server.person_edits(page.id, page.storage.replace(ours, ours + links))
    server.requests.clear()
    found = {one.key: one for one in confluence.look().seen}
    assert found[PAGE.key].shown["region"] != fingerprint(PAGE.content)["region"]
    assert found[OTHER.key].shown == fingerprint(OTHER.content), other
    assert len(server.requests) < 250


@pytest.mark.parametrize("raises", [True, False])
def test_a_tick_is_seen_whether_it_makes_a_version_or_not(confluence: Connection, raises: bool) -> None:
    confluence.server.behaviour.ticks_raise_version = raises
    page = confluence.made()
    task = confluence.server.person_adds_task(page.id, "tidy up")
    cursor = confluence.look().cursor
    confluence.server.person_ticks(page.id, task)
    observation = confluence.look(cursor)
    assert [item.done for one in observation.seen for item in one.items] == [True]
    assert confluence.look(observation.cursor).seen == ()


def test_cloud_s_tasks_know_better_than_the_text(cloud: Connection) -> None:
    page = cloud.made()
    task = cloud.server.person_adds_task(page.id, "tidy up")
    cursor = cloud.look().cursor
    text = cloud.server.page(page.id).storage
    cloud.server.person_ticks(page.id, task)

    def stale(when: str, request: Request) -> None:
        if request.name == "page.list":
            kept = cloud.server.world.state.pages[page.id]
            kept.storage = text if when == "before" else text.replace("incomplete", "complete")

    cloud.server.behaviour.ticks_raise_version = False
    cloud.server.watchers.append(stale)
    assert [item.done for one in cloud.look(cursor).seen for item in one.items] == [True]
