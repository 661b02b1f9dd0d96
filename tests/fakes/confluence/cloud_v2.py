"""Version 2 of Cloud's API: spaces, pages, properties, labels, attachments, footer comments, tasks.

https://developer.atlassian.com/cloud/confluence/rest/v2/intro/
"""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from tests.fakes.confluence import storage
from tests.fakes.confluence.exchange import ApiError, Call, Json
from tests.fakes.confluence.paging import by_cursor, stamp
from tests.fakes.confluence.state import Attachment, Comment, Page, Property, Space, TaskEntry
from tests.fakes.confluence.world import BOT, World

_ORDERS: dict[str, Callable[[Page], Any]] = {
    "id": lambda page: int(page.id),
    "created-date": lambda page: page.created,
    "modified-date": lambda page: page.modified,
    "title": lambda page: page.title.casefold(),
}


def spaces(call: Call) -> Json:
    """Serve GET /spaces."""
    keys, ids = call.query.many("keys"), call.query.many("ids")
    found = [one for one in call.world.state.spaces.values() if _wanted(one.key, keys) and _wanted(one.id, ids)]
    return by_cursor(call, found, lambda space: _space(call.world, space))


def space_pages(call: Call) -> Json:
    """Serve GET /spaces/{id}/pages."""
    key = _space_by_id(call.world, call.path["id"]).key
    return _pages(call, [page for page in call.world.state.pages.values() if page.space == key])


def pages(call: Call) -> Json:
    """Serve GET /pages."""
    ids, space_ids = call.query.many("id"), call.query.many("space-id")
    spaces_of = call.world.state.spaces
    found = [page for page in call.world.state.pages.values() if _wanted(page.id, ids)]
    return _pages(call, [page for page in found if _wanted(spaces_of[page.space].id, space_ids)])


def _pages(call: Call, found: list[Page]) -> Json:
    """List pages; without a status the current and archived ones, as the description says."""
    statuses = call.query.many("status") or ["current", "archived"]
    title = call.query.text("title").casefold()
    unlisted = call.world.behaviour.unlisted
    found = [page for page in found if page.status in statuses and not page.hidden and page.id not in unlisted]
    found = [page for page in found if not page.is_folder]
    found = [page for page in found if title in ("", page.title.casefold())]
    order = call.query.text("sort", "id")
    found.sort(key=_ORDERS[order.removeprefix("-")], reverse=order.startswith("-"))
    return by_cursor(call, found, lambda page: _page(call, page))


def _wanted(value: str, among: list[str]) -> bool:
    return not among or value in among


def page(call: Call) -> Json:
    """Serve GET /pages/{id}."""
    found = call.world.page(call.path["id"])
    statuses = call.query.many("status")
    shown = (
        found.status in statuses if statuses else found.status != "trashed" or call.world.behaviour.trashed_are_shown
    )
    if not shown:
        raise ApiError(404, "Not Found")
    return _single(call, found)


def create_page(call: Call) -> Json:
    """Serve POST /pages."""
    world, body = call.world, call.body
    space = _space_by_id(world, str(body.get("spaceId")))
    parent = body.get("parentId") or (None if call.query.flag("root-level") else space.homepage)
    if parent is not None and world.place(str(parent)).status != "current":
        raise ApiError(404, "Not Found")
    return _single(call, world.create_page(space, str(body.get("title", "")), _storage_in(body), parent, BOT))


def update_page(call: Call) -> Json:
    """Serve PUT /pages/{id}; a page in the trash comes back without its text being written."""
    world, body = call.world, call.body
    found = world.page(call.path["id"])
    missing = [key for key in ("id", "status", "title", "body", "version") if key not in body]
    if missing or str(body["id"]) != found.id:
        raise ApiError(400, f"Provided body is missing {missing or ['the id of the path']}")
    if body["version"].get("number") != found.version + 1:
        message = f"Version must be incremented on update. Current version is: {found.version}"
        raise ApiError(409, message)
    if found.status == "archived":
        raise ApiError(400, "Archived content cannot be edited")
    if found.status == "trashed":
        found.status = "current"
        world.touch(found)
        return _single(call, found)
    parent = str(body.get("parentId") or found.parent or "")
    if parent and parent != found.parent:
        world.live(parent)
    world.update_page(found, BOT, title=str(body["title"]), text=_storage_in(body))
    found.parent = parent or None
    return _single(call, found)


def delete_page(call: Call) -> None:
    """Serve DELETE /pages/{id}: into the trash, and out of it with ``purge``."""
    found, purge = call.world.page(call.path["id"]), call.query.flag("purge")
    if purge != (found.status == "trashed"):
        raise ApiError(400 if purge else 404, "Only a page in the trash can be purged" if purge else "Not Found")
    if purge:
        call.world.purge(found)
    else:
        found.status = "trashed"
        call.world.touch(found)


def _storage_in(body: Json) -> str:
    written = body.get("body", {"representation": "storage", "value": ""})
    written = written.get("storage", written)
    if written.get("representation") != "storage" or not isinstance(written.get("value"), str):
        raise ApiError(400, "Only the storage representation is served here")
    return str(written["value"])


def children(call: Call) -> Json:
    """Serve GET /pages/{id}/children and /pages/{id}/direct-children: of the latter folders, too."""
    return _below(call, call.world.page(call.path["id"]))


def folder_children(call: Call) -> Json:
    """Serve GET /folders/{id}/direct-children."""
    above = call.world.place(call.path["id"])
    if not above.is_folder:
        raise ApiError(404, "Not Found")
    return _below(call, above)


def _below(call: Call, above: Page) -> Json:
    typed = call.request.path.endswith("direct-children")

    def shown(child: Page) -> Json:
        space_id = call.world.state.spaces[child.space].id
        of_type = {"type": "folder" if child.is_folder else "page"} if typed else {}
        return {"id": child.id, "status": child.status, "title": child.title, "spaceId": space_id, **of_type}

    found = [child for child in call.world.children(above.id) if typed or not child.is_folder]
    return by_cursor(call, found, shown)


def properties(call: Call) -> Json:
    """Serve GET /pages/{page-id}/properties."""
    found = call.world.page(call.path["page-id"]).properties
    key = call.query.text("key")
    return by_cursor(call, [one for one in found.values() if key in ("", one.key)], _property)


def create_property(call: Call) -> Json:
    """Serve POST /pages/{page-id}/properties."""
    found, key = call.world.live(call.path["page-id"]), str(call.body.get("key", ""))
    if key in found.properties:
        raise ApiError(409, f"A property with key {key} already exists on this content")
    return _property(call.world.set_property(found, key, call.body.get("value"), None))


def update_property(call: Call) -> Json:
    """Serve PUT /pages/{page-id}/properties/{property-id}."""
    found, one = _property_in_path(call)
    if call.body.get("key") != one.key:
        raise ApiError(400, "The key of a property cannot be changed")
    version = call.body.get("version", {}).get("number", 0)
    return _property(call.world.set_property(found, one.key, call.body.get("value"), version))


def delete_property(call: Call) -> None:
    """Serve DELETE /pages/{page-id}/properties/{property-id}."""
    found, one = _property_in_path(call)
    del found.properties[one.key]


def _property_in_path(call: Call) -> tuple[Page, Property]:
    found = call.world.live(call.path["page-id"])
    for one in found.properties.values():
        if one.id == call.path["property-id"]:
            return found, one
    raise ApiError(404, "Property not found")


def labels(call: Call) -> Json:
    """Serve GET /pages/{id}/labels."""
    return by_cursor(call, call.world.page(call.path["id"]).labels, _label)


def attachments(call: Call) -> Json:
    """Serve GET /pages/{id}/attachments."""
    found, filename = call.world.page(call.path["id"]), call.query.text("filename")
    chosen = [one for one in found.attachments if filename in ("", one.title)]
    return by_cursor(call, chosen, lambda one: _attachment(found, one), usual=50)


def comments(call: Call) -> Json:
    """Serve GET /pages/{id}/footer-comments."""
    found = call.world.page(call.path["id"])
    own = [one for one in call.world.state.comments.values() if one.page_id == found.id]
    return by_cursor(call, own, lambda one: _comment(one, bool(call.query.text("body-format"))))


def create_comment(call: Call) -> Json:
    """Serve POST /footer-comments, which answers 201."""
    found = call.world.live(str(call.body.get("pageId")))
    return _comment(call.world.add_comment(found, _storage_in(call.body), BOT), True)


def tasks(call: Call) -> Json:
    """Serve GET /tasks: those of pages in use."""
    shown = []
    for (page_id, local_id), entry in call.world.state.tasks.items():
        found = call.world.state.pages[page_id]
        if found.status == "current" and not found.hidden:
            texts = (one for one in storage.tasks(found.storage) if one.local_id == local_id)
            shown += [(entry, found, text) for text in texts if _task_fits(call, entry, found, text)]
    shown.sort(key=lambda one: int(one[0].id))
    return by_cursor(call, shown, lambda one: _task(call, *one))


def update_task(call: Call) -> Json:
    """Serve PUT /tasks/{id}: its status, nothing else."""
    entry = next((one for one in call.world.state.tasks.values() if one.id == call.path["id"]), None)
    status = call.body.get("status")
    if status not in ("complete", "incomplete"):
        raise ApiError(400, "The status of a task is complete or incomplete")
    if entry is None:
        raise ApiError(404, "Task not found")
    found = call.world.live(entry.page_id)
    call.world.tick(found, entry.local_id, status == "complete", BOT)
    text = next((one for one in storage.tasks(found.storage) if one.local_id == entry.local_id), None)
    if text is None:
        raise ApiError(404, "Task not found")
    return _task(call, entry, found, text)


def _task_fits(call: Call, entry: TaskEntry, page: Page, text: storage.Task) -> bool:
    query, state = call.query, call.world.state
    many = {
        "task-id": entry.id,
        "page-id": page.id,
        "space-id": state.spaces[page.space].id,
        "assigned-to": text.assignee or "-",
    }
    spans = {"created-at": entry.created, "due-at": _due(text), "completed-at": entry.completed}
    return (
        query.text("status") in ("", _status(text))
        and (bool(text.words) or query.flag("include-blank-tasks", True))
        and all(_wanted(value, query.many(key)) for key, value in many.items())
        and all(_within(call, key, moment) for key, moment in spans.items())
    )


def _within(call: Call, key: str, moment: datetime | None) -> bool:
    """Compare with what ``key``-from and ``key``-to say, in milliseconds since 1970."""
    earliest, latest = call.query.number(f"{key}-from"), call.query.number(f"{key}-to")
    if moment is None:
        return earliest is None and latest is None
    at = round(moment.timestamp() * 1000)
    return (earliest is None or at >= earliest) and (latest is None or at <= latest)


def _due(text: storage.Task) -> datetime | None:
    try:
        return datetime.fromisoformat(text.due).replace(tzinfo=UTC) if text.due else None
    except ValueError:
        return None


def _status(text: storage.Task) -> str:
    return "complete" if text.done else "incomplete"


def _task(call: Call, entry: TaskEntry, page: Page, text: storage.Task) -> Json:
    times = {
        "createdAt": entry.created,
        "updatedAt": entry.updated,
        "dueAt": _due(text),
        "completedAt": entry.completed,
    }
    shown = {
        "id": entry.id,
        "localId": entry.local_id,
        "spaceId": call.world.state.spaces[page.space].id,
        "pageId": page.id,
        "status": _status(text),
        "createdBy": page.author,
        **{key: stamp(moment) for key, moment in times.items() if moment},
    }
    if text.assignee:
        shown["assignedTo"] = text.assignee
    return shown | ({"body": _body(text.body)} if call.query.text("body-format") == "storage" else {"body": {}})


def _body(text: str) -> Json:
    return {"storage": {"representation": "storage", "value": text}}


def _space_by_id(world: World, space_id: str) -> Space:
    for space in world.state.spaces.values():
        if space.id == space_id:
            return space
    raise ApiError(404, "Space not found")


def _space(world: World, space: Space) -> Json:
    shown = {"id": space.id, "key": space.key, "name": space.name, "type": "global", "status": "current"}
    links = {"webui": f"/spaces/{space.key}"}
    return {**shown, "homepageId": space.homepage, "_links": links}


def _page(call: Call, page: Page) -> Json:
    version = {
        "number": page.version,
        "createdAt": stamp(page.modified),
        "message": "",
        "minorEdit": page.minor,
        "authorId": page.modified_by,
    }
    return {
        "id": page.id,
        "status": page.status,
        "title": page.title,
        "spaceId": call.world.state.spaces[page.space].id,
        "parentId": None if page.status == "trashed" else page.parent,
        "parentType": _parent_type(call, page),
        "authorId": page.author,
        "createdAt": stamp(page.created),
        "version": version,
        "body": _shown_body(call, page),
        "_links": {"webui": f"/spaces/{page.space}/pages/{page.id}", "tinyui": f"/x/{page.id}"},
    }


def _parent_type(call: Call, page: Page) -> str | None:
    parent = call.world.state.pages.get(page.parent or "") if page.status != "trashed" else None
    return ("folder" if parent.is_folder else "page") if parent else None


def _shown_body(call: Call, page: Page) -> Json | None:
    if page.id in call.world.behaviour.bodiless:
        return None
    return _body(page.storage) if call.query.text("body-format") == "storage" else {}


def _single(call: Call, page: Page) -> Json:
    """Return a page as it is shown alone; what was written comes with its stored text."""
    shown = _page(call, page)
    shown["_links"]["base"] = call.world.base
    if call.request.is_write:
        shown["body"] = _body(page.storage)
    if call.query.flag("include-labels"):
        shown["labels"] = _included([_label(name) for name in page.labels])
    if call.query.flag("include-properties"):
        shown["properties"] = _included([_property(one) for one in page.properties.values()])
    return shown


def _included(results: list[Json]) -> Json:
    return {"results": results, "meta": {"hasMore": False}, "_links": {}}


def _property(one: Property) -> Json:
    version = {"number": one.version, "createdAt": stamp(one.modified)}
    return {"id": one.id, "key": one.key, "value": one.value, "version": version}


def _label(name: str) -> Json:
    return {"id": f"label-{name}", "name": name, "prefix": "global"}


def _attachment(page: Page, one: Attachment) -> Json:
    newest = one.versions[-1]
    return {
        "id": f"att{one.id}",
        "status": "current",
        "title": one.title,
        "pageId": page.id,
        "mediaType": newest.media_type,
        "fileSize": len(newest.content),
        "downloadLink": f"/download/attachments/{page.id}/{one.title}",
        "version": {"number": len(one.versions), "createdAt": stamp(one.modified)},
    }


def _comment(one: Comment, with_body: bool) -> Json:
    shown: Json = {"id": one.id, "status": "current", "title": "", "pageId": one.page_id}
    shown["version"] = {"number": 1, "createdAt": stamp(one.created), "authorId": one.author}
    return shown | ({"body": _body(one.storage)} if with_body else {"body": {}})
