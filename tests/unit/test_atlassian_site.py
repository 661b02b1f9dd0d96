"""What holds of every exchange with a site, whatever the product."""

from collections.abc import Iterator

import pytest

from config.secret import Secret
from daemon.ports import permitted_by
from integrations import quota
from integrations.atlassian.site import Site
from integrations.confluence.connection import ConfluenceDataCenter
from integrations.confluence.faults import CONFLUENCE
from tests.fakes.flood import FloodServer, whole


@pytest.fixture
def scarce() -> Iterator[None]:
    """Let each request wait for its turn."""
    quota.spend_together(lambda *_: 90.0)
    yield
    quota.spend_together(None)


def test_who_may_not_write_any_more_is_told_after_waiting_for_the_quota(
    scarce: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TOKEN", "a-token-for-tests")
    token, waited = Secret(variable="TOKEN"), list[float]()

    def permission() -> None:
        if waited:  # another worker was given the team meanwhile
            raise RuntimeError("superseded")

    with FloodServer(lambda: whole(b"{}")) as server:
        account = ConfluenceDataCenter(kind="confluence-data-center", url=server.url, token=token, per_minute=60)
        site = Site(CONFLUENCE, "pages", account, waited.append)
        with permitted_by(permission), pytest.raises(RuntimeError, match="superseded"):
            site.write("post", "rest/api/content", {})
    assert waited == [90.0]
