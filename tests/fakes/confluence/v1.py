"""Version 1 of the API: what is left of it on Cloud, and all there is on Data Center.

https://developer.atlassian.com/cloud/confluence/rest/v1/intro/ and
https://developer.atlassian.com/server/confluence/rest/
"""

from collections.abc import Callable
from urllib.parse import quote

from tests.fakes.confluence import index
from tests.fakes.confluence.exchange import Answer, ApiError, Call, Json
from tests.fakes.confluence.paging import listed, stamp
from tests.fakes.confluence.state import Attachment, Comment, Page, Property, Space, Template, User
from tests.fakes.confluence.world import World


def search(call: Call) -> Json:
    """Serve GET /rest/api/content/search, out of the index."""
    found = call.index.search(call.query.text("cql"))
    return listed(call, found, lambda page: content(call, page))


def search_users(call: Call) -> Json:
    """Serve GET /rest/api/search/user."""
    found = index.users(call.world, call.query.text("cql"))
    texts = {
        "excerpt": "",
        "url": "",
        "entityType": "user",
        "iconCssClass": "",
        "lastModified": stamp(call.world.now()),
    }

    def shown(one: User) -> Json:
        return {"user": user(call.world, one), "title": one.name, "breadcrumbs": [], **texts}

    about = {"totalSize": len(found), "cqlQuery": call.query.text("cql"), "searchDuration": 1}
    return {**listed(call, found, shown), **about}


def current_user(call: Call) -> Json:
    """Serve GET /rest/api/user/current."""
    return user(call.world, call.world.state.users["bot"])


def get_user(call: Call) -> Json:
    """Serve GET /rest/api/user: by account id on Cloud, by name or key on Data Center."""
    names = ("account_id",) if call.world.cloud else ("username", "user_key")
    asked = [call.query.text(key) for key in ("accountId", "username", "key") if call.query.text(key)]
    for one in call.world.state.users.values():
        if asked and asked[0] in [getattr(one, name) for name in names]:
            return user(call.world, one)
    raise ApiError(404, f"No user found with {'account id' if call.world.cloud else 'username'}: {asked}")


def add_labels(call: Call) -> Json:
    """Serve POST /rest/api/content/{id}/label: one label, or a list; those that are there stay."""
    found = call.world.page(call.path["id"])
    body = call.request.body
    given = body if isinstance(body, list) else [call.body]
    call.world.add_labels(found, [str(one.get("name", "")) for one in given])
    return labels(call)


def labels(call: Call) -> Json:
    """Serve GET /rest/api/content/{id}/label."""
    return listed(call, call.world.page(call.path["id"]).labels, label, usual=200)


def remove_label(call: Call) -> None:
    """Serve DELETE /rest/api/content/{id}/label?name= and /rest/api/content/{id}/label/{label}."""
    found, name = call.world.page(call.path["id"]), call.path.get("label") or call.query.text("name")
    if name not in found.labels:
        raise ApiError(404, f"The content has no label {name}")
    found.labels.remove(name)
    call.world.touch(found)


def templates(call: Call) -> Json:
    """Serve GET /rest/api/template/page: those of a space, or the global ones."""
    key = call.query.text("spaceKey")
    if key:
        call.world.space(key)
    found = [one for one in call.world.state.templates.values() if one.space == key]
    with_body = "body" in call.query.text("expand")
    return listed(call, found, lambda one: _template(call.world, one, with_body))


def template(call: Call) -> Json:
    """Serve GET /rest/api/template/{id}; 403 where there is none."""
    found = call.world.state.templates.get(call.path["contentTemplateId"])
    if found is None:
        raise ApiError(403, "There is no template with the given ID, or you may not view it")
    return _template(call.world, found, True)


def get_space(call: Call) -> Json:
    """Serve GET /rest/api/space/{spaceKey}."""
    return space(call.world, call.world.space(call.path["spaceKey"]), with_homepage=True)


def put_attachment(call: Call) -> Json:
    """Serve Cloud's PUT /rest/api/content/{id}/child/attachment: a new file, or a new version of one."""
    return listed(call, [call.world.attach(call.world.live(call.path["id"]), call.upload)], attachment)


def create_attachment(call: Call) -> Json:
    """Serve POST /rest/api/content/{id}/child/attachment: a new file, none of that name may be there."""
    found, upload = call.world.live(call.path["id"]), call.upload
    if any(one.title == upload.filename for one in found.attachments):
        raise ApiError(400, "Cannot add a new attachment with same file name as an existing attachment")
    return listed(call, [call.world.attach(found, upload)], attachment)


def download(call: Call) -> Answer:
    """Serve Cloud's GET /rest/api/content/{id}/child/attachment/{attachmentId}/download: it leads elsewhere."""
    found = call.world.live(call.path["id"])
    for one in found.attachments:
        if f"att{one.id}" == call.path["attachmentId"]:
            place = f"{call.world.context}/download/attachments/{found.id}/{quote(one.title, safe='')}"
            return Answer(302, headers={"Location": place})
    raise ApiError(404, f"No attachment found with id: {call.path['attachmentId']}")


def file(call: Call) -> Answer:
    """Serve GET /download/attachments/{id}/{filename}, the newest version."""
    for one in call.world.live(call.path["id"]).attachments:
        if one.title == call.path["filename"]:
            return Answer(200, one.versions[-1].content, "application/octet-stream")
    raise ApiError(404, "No such file")


# How things are shown.


def user(world: World, one: User) -> Json:
    """Return a person as version 1 shows them."""
    shown = {"type": "known", "displayName": one.name}
    if not world.cloud:
        return {**shown, "username": one.username, "userKey": one.user_key}
    return {**shown, "accountId": one.account_id, "accountType": "atlassian", "email": "", "publicName": one.name}


def label(name: str) -> Json:
    """Return a label."""
    return {"prefix": "global", "name": name, "id": f"label-{name}", "label": name}


def space(world: World, one: Space, *, with_homepage: bool = False) -> Json:
    """Return a space."""
    shown: Json = {"id": int(one.id), "key": one.key, "name": one.name, "type": "global", "status": "current"}
    shown |= {"_links": {"webui": f"/display/{one.key}"}, "_expandable": {}}
    if with_homepage:
        shown["homepage"] = {"id": one.homepage, "type": "page", "status": "current"}
    return shown


def attachment(one: Attachment) -> Json:
    """Return a file on a page."""
    newest = one.versions[-1]
    return {
        "id": f"att{one.id}",
        "type": "attachment",
        "status": "current",
        "title": one.title,
        "version": {"number": len(one.versions), "minorEdit": False, "when": stamp(one.modified)},
        "extensions": {"mediaType": newest.media_type, "fileSize": len(newest.content)},
    }


def property_(one: Property) -> Json:
    """Return a content property."""
    version = {"number": one.version, "minorEdit": False, "when": stamp(one.modified)}
    return {"id": one.id, "key": one.key, "value": one.value, "version": version}


def content(call: Call, page: Page) -> Json:
    """Return a page with what ``expand`` asks for; what is not known there is passed over."""
    world = call.world
    expand = set(call.query.many("expand"))
    if call.request.name == "page.get" and not expand:
        expand = {"history", "space", "version"}
    if call.request.name in ("page.create", "page.update"):
        expand |= {"body.storage", "history", "space", "version", "ancestors"}
    parts: dict[str, Callable[[], Json]] = {
        "version": lambda: {"version": _version(world, page)},
        "body.storage": lambda: {"body": None if page.id in world.behaviour.bodiless else body(page.storage)},
        "space": lambda: {"space": space(world, world.state.spaces[page.space])},
        "ancestors": lambda: {"ancestors": [_brief(one) for one in world.ancestors(page)]},
        "history": lambda: {"history": {"latest": True, "createdDate": stamp(page.created)}},
    }
    shown = _brief(page)
    for name in parts.keys() & expand:
        shown |= parts[name]()
    shown["metadata"] = _metadata(page, expand)
    shown["_expandable"] = dict.fromkeys(sorted(parts.keys() - expand), "")
    links = {"webui": f"/pages/viewpage.action?pageId={page.id}", "self": f"{world.base}/rest/api/content/{page.id}"}
    return shown | {"_links": links if call.request.name != "page.get" else {**links, "base": world.base}}


def _brief(page: Page) -> Json:
    return {"id": page.id, "type": "page", "status": page.status, "title": page.title}


def _metadata(page: Page, expand: set[str]) -> Json:
    """Return labels and properties; a key with a dot in it cannot be asked for: a dot leads to what is inside."""
    metadata: Json = {}
    if "metadata.labels" in expand:
        metadata["labels"] = {"results": [label(name) for name in page.labels], "size": len(page.labels)}
    prefix = "metadata.properties."
    named = {name.removeprefix(prefix) for name in expand if name.startswith(prefix)}
    if chosen := {key: property_(one) for key, one in page.properties.items() if key in named and "." not in key}:
        metadata["properties"] = chosen
    return metadata


def _version(world: World, page: Page) -> Json:
    by = next((one for one in world.state.users.values() if page.modified_by in (one.account_id, one.user_key)), None)
    shown = {"number": page.version, "when": stamp(page.modified), "minorEdit": page.minor, "message": ""}
    return {**shown, "by": user(world, by)} if by else shown


def body(text: str) -> Json:
    """Return a body in storage format."""
    return {"storage": {"value": text, "representation": "storage"}}


def comment(call: Call, one: Comment) -> Json:
    """Return a footer comment."""
    shown: Json = {"id": one.id, "type": "comment", "status": "current", "title": "", "_links": {}}
    if call.request.is_write or "body.storage" in call.query.many("expand"):
        shown["body"] = body(one.storage)
    return shown


def _template(world: World, one: Template, with_body: bool) -> Json:
    shown: Json = {"templateId": one.id, "name": one.name, "description": "", "labels": [], "templateType": "page"}
    if one.space:
        shown["space"] = {"key": one.space, "name": world.state.spaces[one.space].name}
    shown |= {"_links": {}, "_expandable": {} if with_body else {"body": ""}}
    return shown | ({"body": body(one.storage)} if with_body else {})
