"""What only Data Center serves: pages, properties, comments and new versions of files through version 1.

https://developer.atlassian.com/server/confluence/rest/
"""

from collections.abc import Iterator

from tests.fakes.confluence import v1
from tests.fakes.confluence.exchange import ApiError, Call, Json
from tests.fakes.confluence.paging import listed
from tests.fakes.confluence.state import Page
from tests.fakes.confluence.world import BOT


def pages(call: Call) -> Json:
    """Serve GET /rest/api/content: by space, title, ids; the current ones, or those of a status."""
    query, title = call.query, call.query.text("title").casefold()
    ids, key = query.many("ids"), query.text("spaceKey")
    statuses = query.many("status") or ["current"]
    found = [
        page
        for page in call.world.state.pages.values()
        if not page.hidden
        and page.id not in call.world.behaviour.unlisted
        and (page.status in statuses or "any" in statuses)
        and (not ids or page.id in ids)
        and key in ("", page.space)
        and title in ("", page.title.casefold())
    ]
    return listed(call, found, lambda page: v1.content(call, page))


def page(call: Call) -> Json:
    """Serve GET /rest/api/content/{id}: one in use, or of the status asked for."""
    found = call.world.page(call.path["id"])
    statuses = call.query.many("status") or ["current"]
    if found.status not in statuses and "any" not in statuses:
        raise ApiError(404, f"No content found with id: ContentId{{id={found.id}}}")
    return v1.content(call, found)


def create(call: Call) -> Json:
    """Serve POST /rest/api/content: a page, or a comment on one."""
    world, sent = call.world, call.body
    if sent.get("type") == "comment":
        return _create_comment(call)
    if sent.get("type") != "page":
        raise ApiError(400, "The type of content is page or comment")
    space = world.space(str(sent.get("space", {}).get("key")))
    ancestors = sent.get("ancestors") or [{"id": space.homepage}]
    parent = world.live(str(ancestors[-1]["id"]))
    made = world.create_page(space, str(sent.get("title", "")), _storage_in(sent), parent.id, BOT)
    _replace_labels(call, made)
    return v1.content(call, made)


def _create_comment(call: Call) -> Json:
    container = call.body.get("container", {})
    found = call.world.live(str(container.get("id")))
    return v1.comment(call, call.world.add_comment(found, _storage_in(call.body), BOT))


def update(call: Call) -> Json:
    """Serve PUT /rest/api/content/{id}: the next version; labels that come along replace all there were."""
    world, sent = call.world, call.body
    found = world.page(call.path["id"])
    version = sent.get("version", {})
    if "type" not in sent or "title" not in sent:
        raise ApiError(400, "The type and the title of the content are required")
    if version.get("number") != found.version + 1:
        message = f"Version must be incremented on update. Current version is: {found.version}"
        raise ApiError(409, message)
    if found.status == "archived":
        raise ApiError(400, "Archived content cannot be edited")
    if found.status == "trashed" and sent.get("status") != "current":
        raise ApiError(404, f"No content found with id: ContentId{{id={found.id}}}")
    parent = world.live(str(sent["ancestors"][-1]["id"])).id if sent.get("ancestors") else found.parent
    text = _storage_in(sent) if "body" in sent else None
    world.update_page(found, BOT, title=str(sent["title"]), text=text, minor=bool(version.get("minorEdit")))
    found.parent, found.status = parent, "current" if found.status == "trashed" else found.status
    _replace_labels(call, found)
    return v1.content(call, found)


def _replace_labels(call: Call, page: Page) -> None:
    if (given := call.body.get("metadata", {}).get("labels")) is not None:
        page.labels.clear()
        call.world.add_labels(page, [str(one["name"]) for one in given])


def _storage_in(sent: Json) -> str:
    value = sent.get("body", {}).get("storage", {}).get("value")
    if not isinstance(value, str):
        raise ApiError(400, "Only a body in storage format is served here")
    return value


def delete(call: Call) -> None:
    """Serve DELETE /rest/api/content/{id}: into the trash, and out of it with ``status=trashed``."""
    found, purge = call.world.page(call.path["id"]), call.query.text("status") == "trashed"
    if purge != (found.status == "trashed"):
        raise ApiError(404, f"No content found with id: ContentId{{id={found.id}}}")
    if purge:
        call.world.purge(found)
    else:
        found.status = "trashed"
        call.world.touch(found)


def children(call: Call) -> Json:
    """Serve GET /rest/api/content/{id}/child/page."""
    above = call.world.live(call.path["id"])
    return listed(call, call.world.children(above.id), lambda page: v1.content(call, page))


def descendants(call: Call) -> Json:
    """Serve GET /rest/api/content/{id}/descendant/page: everything below, out of the database, not the index."""
    above = call.world.live(call.path["id"])
    return listed(call, list(_below(call, above.id)), lambda page: v1.content(call, page))


def _below(call: Call, page_id: str) -> Iterator[Page]:
    for child in call.world.children(page_id):
        yield child
        yield from _below(call, child.id)


def comments(call: Call) -> Json:
    """Serve GET /rest/api/content/{id}/child/comment."""
    found = call.world.live(call.path["id"])
    own = [one for one in call.world.state.comments.values() if one.page_id == found.id]
    return listed(call, own, lambda one: v1.comment(call, one))


def attachments(call: Call) -> Json:
    """Serve GET /rest/api/content/{id}/child/attachment."""
    found, filename = call.world.live(call.path["id"]), call.query.text("filename")
    chosen = [one for one in found.attachments if filename in ("", one.title)]
    return listed(call, chosen, v1.attachment, usual=50)


def update_attachment(call: Call) -> Json:
    """Serve POST /rest/api/content/{id}/child/attachment/{attachmentId}/data: the next version of a file."""
    found, upload = call.world.live(call.path["id"]), call.upload
    for one in found.attachments:
        if f"att{one.id}" == call.path["attachmentId"]:
            one.versions.append(upload)
            one.modified = call.world.now()
            return v1.attachment(one)
    raise ApiError(404, f"No attachment found with id: {call.path['attachmentId']}")


def properties(call: Call) -> Json:
    """Serve GET /rest/api/content/{id}/property."""
    found = call.world.live(call.path["id"]).properties
    return listed(call, list(found.values()), v1.property_, usual=10)


def property_(call: Call) -> Json:
    """Serve GET /rest/api/content/{id}/property/{key}."""
    found = call.world.live(call.path["id"]).properties
    if call.path["key"] not in found:
        raise ApiError(404, f"No property found with key: {call.path['key']}")
    return v1.property_(found[call.path["key"]])


def create_property(call: Call) -> Json:
    """Serve POST /rest/api/content/{id}/property, and with the key in the path."""
    found = call.world.live(call.path["id"])
    key = call.path.get("key") or str(call.body.get("key", ""))
    if key in found.properties:
        raise ApiError(409, f"Property already exists with key: {key}")
    return v1.property_(call.world.set_property(found, key, call.body.get("value"), None))


def update_property(call: Call) -> Json:
    """Serve PUT /rest/api/content/{id}/property/{key}; version 1 makes one that is not there."""
    found = call.world.live(call.path["id"])
    version = call.body.get("version", {}).get("number", 0)
    return v1.property_(call.world.set_property(found, call.path["key"], call.body.get("value"), version))


def delete_property(call: Call) -> None:
    """Serve DELETE /rest/api/content/{id}/property/{key}."""
    found = call.world.live(call.path["id"]).properties
    if call.path["key"] not in found:
        raise ApiError(404, f"No property found with key: {call.path['key']}")
    del found[call.path["key"]]
