"""What every wiki backend keeps to: a test class that inherits ``WikiContract`` and says how to get at one.

Every test starts from an empty wiki. The methods that raise NotImplementedError are for the backend to fill in: how a
new object on that wiki is made, and how a person works in it, past our code.
"""

from dataclasses import replace
from datetime import date

from daemon.learn.answers import signs_on
from daemon.model import CAN_YOU, Kind, Mark, Observed, Page, Write, Written, fingerprint
from daemon.ports import Wiki

PAGE = Page(
    key="platform/lunch-learn/2026-12-10T12:15/page",
    name="2026-12-10-1215-lunch-learn",
    title="2026-12-10 Lunch & Learn: How our ingress works",
    region="| Session | Lunch & Learn |\n| --- | --- |\n| **Facilitator** | Ada Lovelace |\n\n*Please write below.*",
    body="## Agenda\n\n1. Welcome\n2. Talk\n\n## Action items\n\n- [ ] @name what by YYYY-MM-DD\n",
)
OTHER = replace(PAGE, key="platform/lunch-learn/2026-12-17T12:15/page", name="other", title="Another page & more")
NEWS = replace(PAGE, title="2026-12-10 Lunch & Learn: Caches", region="| **Facilitator** | Bob |\n\nnew")


def mark(page: Page) -> Mark:
    """The mark of a page as applied."""
    return Mark(page.key, fingerprint(page.content))


def create(page: Page) -> Write:
    """The write that creates a page."""
    return Write(page, mark(page))


def change(page: Page, *fields: str, version: str = "") -> Write:
    """The write that changes these fields of a page."""
    return Write(page, mark(page), frozenset(fields), version)


class WikiContract:
    """The tests. A page is named by its key."""

    def wiki(self) -> Wiki:
        """Return a new object on the same wiki."""
        raise NotImplementedError

    def person_retitles(self, key: str, title: str) -> None:
        """Give a page another title."""
        raise NotImplementedError

    def person_edits_region(self, key: str) -> None:
        """Change a word in the part that is ours."""
        raise NotImplementedError

    def person_writes(self, key: str, text: str) -> None:
        """Add a paragraph at the end of a page."""
        raise NotImplementedError

    def person_adds_item(self, key: str, text: str, done: bool = False) -> None:
        """Add an action item, in the words of ``- [ ] text``, at the end of a page."""
        raise NotImplementedError

    def person_ticks(self, key: str, words: str) -> None:
        """Tick the box in our part of a page that has just these words."""
        raise NotImplementedError

    def person_lists(self, key: str, heading: str, *lines: str) -> None:
        """Add a heading, and below it a list, at the end of a page."""
        raise NotImplementedError

    def person_deletes(self, key: str) -> None:
        """Delete a page."""
        raise NotImplementedError

    def person_adds_page(self, name: str, title: str) -> None:
        """Make a page of their own, in the place where ours with that name would go."""
        raise NotImplementedError

    def titles(self) -> list[str]:
        """Return the titles of all pages, whosever they are."""
        raise NotImplementedError

    def theirs(self, key: str) -> str:
        """Return all of a page that is not ours to write, to the last blank."""
        raise NotImplementedError

    # how the tests look at it

    def write(self, *writes: Write) -> list[Written]:
        """Write, and expect that it went well."""
        results = list(self.wiki().write(writes))
        assert [result.error for result in results] == [""] * len(writes)
        assert [result.key for result in results] == [write.resource.key for write in writes]
        return results

    def seen(self) -> dict[str, Observed]:
        """Return all there is of ours, by key."""
        observation = self.wiki().observe(None)
        assert observation.complete
        assert len({one.key for one in observation.seen}) == len(observation.seen)
        return {one.key: one for one in observation.seen}

    # making

    def test_an_empty_wiki_shows_nothing(self) -> None:
        observation = self.wiki().observe(None)
        assert observation.complete
        assert observation.seen == ()
        assert observation.cursor

    def test_a_page_is_shown_as_it_was_made(self) -> None:
        written, _ = self.write(create(PAGE), create(OTHER))
        seen = self.seen()
        assert seen.keys() == {PAGE.key, OTHER.key}
        assert seen[PAGE.key] == written.observed
        for page in (PAGE, OTHER):
            one = seen[page.key]
            assert one.kind is Kind.PAGE
            assert one.shown == fingerprint(page.content)
            assert one.mark == mark(page)
            assert one.title == page.title
            assert one.url
            assert one.version
            assert one.items == ()
            assert not one.trouble

    def test_repeating_what_is_done_does_nothing_more(self) -> None:
        first = self.write(create(PAGE))
        before = self.wiki().observe(None)
        assert self.write(create(PAGE)) == first
        assert self.wiki().observe(None) == before
        assert self.titles() == [PAGE.title]

    def test_what_was_made_of_other_content_is_brought_up_to_date(self) -> None:
        self.write(create(PAGE))
        self.person_writes(PAGE.key, "Great talk,  *really*.  ")
        before = self.theirs(PAGE.key)
        (written,) = self.write(create(NEWS))
        seen = self.seen()[PAGE.key]
        assert written.observed == seen
        assert (seen.title, seen.shown, seen.mark) == (NEWS.title, fingerprint(NEWS.content), mark(NEWS))
        assert self.theirs(PAGE.key) == before
        assert len(self.titles()) == 1

    def test_of_that_what_a_person_changed_stays_and_is_known_as_theirs(self) -> None:
        other = replace(NEWS, key=OTHER.key, name=OTHER.name, title=OTHER.title)
        self.write(create(NEWS), create(other))
        self.person_edits_region(PAGE.key)
        edited = self.seen()[PAGE.key].shown["region"]
        self.person_retitles(OTHER.key, "Ours")
        self.write(create(PAGE), create(replace(PAGE, key=OTHER.key, name=OTHER.name)))
        ours = fingerprint(PAGE.content)
        first, second = self.seen()[PAGE.key], self.seen()[OTHER.key]
        assert (first.title, first.shown["region"]) == (PAGE.title, edited)
        assert first.mark and first.mark.applied == {**ours, "region": fingerprint(NEWS.content)["region"]}
        assert (second.title, second.shown["region"]) == ("Ours", ours["region"])
        assert second.mark and second.mark.applied == {**ours, "title": fingerprint(other.content)["title"]}

    def test_a_page_of_a_person_is_none_of_ours_and_stays(self) -> None:
        self.person_adds_page(PAGE.name, "Cake recipes")
        self.write(create(PAGE))
        assert self.seen().keys() == {PAGE.key}
        assert sorted(self.titles()) == [PAGE.title, "Cake recipes"]

    def test_text_cannot_forge_our_marks(self) -> None:
        forged = "<!-- peerloop:end -->\n<!-- peerloop:begin platform/x/1 - - -->\n<!--peerloop:end-->"
        page = replace(PAGE, title=f"Lunch {forged[:21]}", region=f"a\n\n{forged}\n\nb", body=f"{forged}\n\nc\n")
        self.write(create(page))
        seen = self.seen()
        assert seen.keys() == {page.key}
        assert seen[page.key].shown == fingerprint(page.content)
        assert not seen[page.key].trouble

    def test_nothing_is_reported_twice(self) -> None:
        self.write(create(PAGE))
        before = self.wiki().observe(None)
        again = self.wiki().observe(before.cursor)
        assert again.seen == ()
        self.write(create(OTHER))
        assert OTHER.key in {one.key for one in self.wiki().observe(again.cursor).seen}

    # changing

    def test_title_and_region_are_changed_and_nothing_else(self) -> None:
        self.write(create(PAGE), create(OTHER))
        self.person_writes(PAGE.key, "Great talk,  *really*.  ")
        before = self.theirs(PAGE.key)
        (written,) = self.write(change(NEWS, "title", "region"))
        assert written.observed == self.seen()[PAGE.key]
        assert self.seen()[PAGE.key].shown == fingerprint(NEWS.content)
        assert self.seen()[PAGE.key].mark == mark(NEWS)
        assert self.theirs(PAGE.key) == before
        assert self.seen()[OTHER.key].shown == fingerprint(OTHER.content)

    def test_only_the_named_fields_are_changed(self) -> None:
        self.write(create(PAGE))
        self.person_retitles(PAGE.key, "Ours")
        self.write(change(NEWS, "region"))
        seen = self.seen()[PAGE.key]
        assert seen.title == "Ours"
        assert seen.shown["region"] == fingerprint(NEWS.content)["region"]
        self.person_edits_region(PAGE.key)
        edited = self.seen()[PAGE.key].shown["region"]
        assert edited != seen.shown["region"]
        self.write(change(replace(NEWS, title="Back"), "title"))
        seen = self.seen()[PAGE.key]
        assert (seen.title, seen.shown["region"]) == ("Back", edited)

    def test_a_change_without_fields_sets_the_mark_only(self) -> None:
        self.write(create(PAGE))
        self.write(change(NEWS))
        seen = self.seen()[PAGE.key]
        assert seen.shown == fingerprint(PAGE.content)
        assert seen.mark == mark(NEWS)

    def test_a_write_that_names_an_outdated_version_is_not_done_and_the_others_are(self) -> None:
        self.write(create(PAGE), create(OTHER))
        versions = {key: one.version for key, one in self.seen().items()}
        self.person_retitles(PAGE.key, "Ours")
        refused, done = self.wiki().write(
            [
                change(NEWS, "title", version=versions[PAGE.key]),
                change(replace(OTHER, title="News"), "title", version=versions[OTHER.key]),
            ]
        )
        assert refused.error
        assert done.error == ""
        seen = self.seen()
        assert (seen[PAGE.key].title, seen[OTHER.key].title) == ("Ours", "News")

    def test_the_version_of_a_write_is_good_for_the_next(self) -> None:
        self.write(create(PAGE))
        version = self.seen()[PAGE.key].version
        for title in ("One", "Two"):
            (written,) = self.write(change(replace(PAGE, title=title), "title", version=version))
            assert written.observed
            version = written.observed.version

    def test_a_page_that_a_person_deleted_is_not_shown_and_not_written(self) -> None:
        self.write(create(PAGE), create(OTHER))
        cursor = self.wiki().observe(None).cursor
        self.person_deletes(PAGE.key)
        assert self.seen().keys() == {OTHER.key}
        news = self.wiki().observe(cursor)
        assert news.complete or [one.key for one in news.seen if one.gone] == [PAGE.key]
        (result,) = self.wiki().write([change(NEWS, "region")])
        assert result.error
        assert self.titles() == [OTHER.title]

    # action items

    def test_action_items_are_read(self) -> None:
        self.write(create(PAGE))
        self.person_adds_item(PAGE.key, "@ada write the runbook by 2026-12-01")
        self.person_adds_item(PAGE.key, "tidy up", done=True)
        first, second = self.seen()[PAGE.key].items
        assert (first.page, first.text, first.assignee) == (PAGE.key, "write the runbook", "ada")
        assert (first.due, first.done) == (date(2026, 12, 1), False)
        assert (second.text, second.assignee, second.due, second.done) == ("tidy up", None, None, True)
        assert first.id != second.id

    def test_an_item_keeps_its_identity(self) -> None:
        self.write(create(PAGE))
        self.person_adds_item(PAGE.key, "@ada write the runbook by 2026-12-01")
        (before,) = self.seen()[PAGE.key].items
        self.person_adds_item(PAGE.key, "@bob tidy up")
        self.person_writes(PAGE.key, "Thanks to all.")
        self.write(change(NEWS, "title", "region"))
        first, second = self.seen()[PAGE.key].items
        assert first == before
        assert second.assignee == "bob"

    # what people tick in our part

    def test_a_tick_in_our_part_is_no_edit_and_no_action_item(self) -> None:
        answers = ("Ada \\*L\\*: yes", "Ada \\*L\\*: not yet", "Bob: yes", "Bob: not yet")
        lines = "\n".join(f"- [ ] {words}" for words in answers)
        asking = replace(PAGE, region=f"**{CAN_YOU}**\n\nTick a line.\n\n{lines}\n\n{PAGE.region}")
        self.write(create(PAGE))
        self.write(change(asking, "region"))
        self.person_ticks(PAGE.key, "Bob: not yet")
        page = self.seen()[PAGE.key]
        assert signs_on(page, "Bob") == {True: False, False: True}
        assert signs_on(page, "Ada *L*") == {True: False, False: False} and signs_on(page, "Zoe") is None
        assert page.shown == fingerprint(asking.content) and page.items == () and page.trouble == ""

    # what people want to know

    def test_what_people_want_to_know_is_read_and_names_nobody(self) -> None:
        self.write(create(PAGE))
        self.person_lists(PAGE.key, "❓ Open questions", "How do leases expire?", "ask @ada what a quorum is")
        self.person_lists(PAGE.key, "Links", "nothing to be learned")
        self.person_writes(PAGE.key, "We should know how we roll back, says bob@example.com. #Learn")
        self.person_adds_item(PAGE.key, "@ada tell us how `#tags` work #kubernetes")
        said = self.seen()[PAGE.key].write_up
        assert said.needs == ("How do leases expire?", "ask somebody what a quorum is")
        assert [mark for _, mark in said.marked] == ["#learn", "#kubernetes"]
        assert said.marked[0][0] == "We should know how we roll back, says somebody."
        assert "ada" not in repr(said)
