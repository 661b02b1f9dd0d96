"""From a request to an answer: what is served on which flavour, and who may."""

import base64
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import unquote

from tests.fakes.confluence import cloud_v2, data_center, v1
from tests.fakes.confluence.exchange import Answer, ApiError, Call, Json, Query, Request
from tests.fakes.confluence.index import Index
from tests.fakes.confluence.world import World

SECOND = "/api/v2/"


@dataclass(frozen=True)
class Route:
    """A resource that is served: its method and path, what it is for, what serves it."""

    http: str
    template: str
    name: str
    serve: Callable[[Call], Json | Answer | None]
    status: int = 200
    pattern: re.Pattern[str] = field(init=False)

    def __post_init__(self) -> None:
        pattern = re.sub(r"\{([\w-]+)\}", lambda match: f"(?P<{match[1].replace('-', '_')}>[^/]+)", self.template)
        object.__setattr__(self, "pattern", re.compile(pattern))

    def names(self, path: str) -> dict[str, str] | None:
        """Return what a path names, None where it is another's."""
        match = self.pattern.fullmatch(path)
        return {key.replace("_", "-"): unquote(text) for key, text in match.groupdict().items()} if match else None


def _gone(call: Call) -> None:
    raise ApiError(410, "This deprecated endpoint has been removed.")


_CONTENT = "/rest/api/content/{id}"
_SHARED = [
    Route("GET", "/rest/api/content/search", "search", v1.search),
    Route("POST", f"{_CONTENT}/label", "label.add", v1.add_labels),
    Route("DELETE", f"{_CONTENT}/label", "label.remove", v1.remove_label, 204),
    Route("DELETE", f"{_CONTENT}/label/{{label}}", "label.remove", v1.remove_label, 204),
    Route("GET", "/rest/api/template/page", "template.list", v1.templates),
    Route("GET", "/rest/api/template/{contentTemplateId}", "template.get", v1.template),
    Route("GET", "/rest/api/user", "user.get", v1.get_user),
    Route("GET", "/rest/api/user/current", "user.current", v1.current_user),
    Route("GET", "/download/attachments/{id}/{filename}", "attachment.file", v1.file),
]
CLOUD = [
    Route("GET", "/api/v2/spaces", "space.list", cloud_v2.spaces),
    Route("GET", "/api/v2/spaces/{id}/pages", "page.list", cloud_v2.space_pages),
    Route("GET", "/api/v2/pages", "page.list", cloud_v2.pages),
    Route("POST", "/api/v2/pages", "page.create", cloud_v2.create_page),
    Route("GET", "/api/v2/pages/{id}", "page.get", cloud_v2.page),
    Route("PUT", "/api/v2/pages/{id}", "page.update", cloud_v2.update_page),
    Route("DELETE", "/api/v2/pages/{id}", "page.delete", cloud_v2.delete_page, 204),
    Route("GET", "/api/v2/pages/{id}/children", "page.children", cloud_v2.children),
    Route("GET", "/api/v2/pages/{id}/direct-children", "page.children", cloud_v2.children),
    Route("GET", "/api/v2/folders/{id}/direct-children", "page.children", cloud_v2.folder_children),
    Route("GET", "/api/v2/pages/{page-id}/properties", "property.list", cloud_v2.properties),
    Route("POST", "/api/v2/pages/{page-id}/properties", "property.create", cloud_v2.create_property),
    Route("PUT", "/api/v2/pages/{page-id}/properties/{property-id}", "property.update", cloud_v2.update_property),
    Route(
        "DELETE", "/api/v2/pages/{page-id}/properties/{property-id}", "property.delete", cloud_v2.delete_property, 204
    ),
    Route("GET", "/api/v2/pages/{id}/labels", "label.list", cloud_v2.labels),
    Route("GET", "/api/v2/pages/{id}/attachments", "attachment.list", cloud_v2.attachments),
    Route("GET", "/api/v2/pages/{id}/footer-comments", "comment.list", cloud_v2.comments),
    Route("POST", "/api/v2/footer-comments", "comment.create", cloud_v2.create_comment, 201),
    Route("GET", "/api/v2/tasks", "task.list", cloud_v2.tasks),
    Route("PUT", "/api/v2/tasks/{id}", "task.update", cloud_v2.update_task),
    *_SHARED,
    Route("GET", "/rest/api/search/user", "user.search", v1.search_users),
    Route("PUT", f"{_CONTENT}/child/attachment", "attachment.put", v1.put_attachment),
    Route("GET", f"{_CONTENT}/child/attachment/{{attachmentId}}/download", "attachment.download", v1.download),
    *(
        Route(http, path, "gone", _gone)
        for http in ("GET", "POST", "PUT", "DELETE")
        for path in ("/rest/api/content", _CONTENT)
    ),
]
DATA_CENTER = [
    *_SHARED,
    Route("GET", "/rest/api/space/{spaceKey}", "space.get", v1.get_space),
    Route("GET", "/rest/api/content", "page.list", data_center.pages),
    Route("POST", "/rest/api/content", "page.create", data_center.create),
    Route("GET", _CONTENT, "page.get", data_center.page),
    Route("PUT", _CONTENT, "page.update", data_center.update),
    Route("DELETE", _CONTENT, "page.delete", data_center.delete, 204),
    Route("GET", f"{_CONTENT}/child/page", "page.children", data_center.children),
    Route("GET", f"{_CONTENT}/descendant/page", "page.descendants", data_center.descendants),
    Route("GET", f"{_CONTENT}/child/comment", "comment.list", data_center.comments),
    Route("GET", f"{_CONTENT}/child/attachment", "attachment.list", data_center.attachments),
    Route("POST", f"{_CONTENT}/child/attachment", "attachment.create", v1.create_attachment),
    Route(
        "POST", f"{_CONTENT}/child/attachment/{{attachmentId}}/data", "attachment.update", data_center.update_attachment
    ),
    Route("GET", f"{_CONTENT}/label", "label.list", v1.labels),
    Route("GET", f"{_CONTENT}/property", "property.list", data_center.properties),
    Route("POST", f"{_CONTENT}/property", "property.create", data_center.create_property),
    Route("GET", f"{_CONTENT}/property/{{key}}", "property.get", data_center.property_),
    Route("POST", f"{_CONTENT}/property/{{key}}", "property.create", data_center.create_property),
    Route("PUT", f"{_CONTENT}/property/{{key}}", "property.update", data_center.update_property),
    Route("DELETE", f"{_CONTENT}/property/{{key}}", "property.delete", data_center.delete_property, 204),
]


def find(cloud: bool, http: str, path: str) -> tuple[Route, dict[str, str]] | None:
    """Return what serves a path below the context path, and what the path names."""
    for route in CLOUD if cloud else DATA_CENTER:
        if route.http == http and (names := route.names(path)) is not None:
            return route, names
    return None


def name_of(cloud: bool, request: Request) -> str:
    """Return what a request is for, "" where it is for nothing that is served."""
    found = find(cloud, request.method, request.path)
    if not found:
        return ""
    is_comment = isinstance(request.body, dict) and request.body.get("type") == "comment"
    return "comment.create" if found[0].name == "page.create" and is_comment else found[0].name


def perform(world: World, index: Index, request: Request) -> Answer:
    """Do what a request asks for."""
    second = request.path.startswith(SECOND)
    try:
        found = find(world.cloud, request.method, request.path)
        if not found:
            raise ApiError(404, f"null for uri: {request.path}")
        route, names = found
        result = route.serve(Call(world, index, request, names, Query(request.query)))
    except ApiError as error:
        return error.answer(second=second)
    if isinstance(result, Answer):
        return result
    return Answer(204) if result is None else Answer.of(route.status, result)


@dataclass
class Credentials:
    """Who may: on Cloud an account with its API token, on Data Center who has the personal access token."""

    user: str = "bot@example.com"
    token: str = "a-token-for-tests"

    def refusal(self, world: World, request: Request) -> Answer | None:
        """Return the answer to somebody who may not, None for who may."""
        pair = base64.b64encode(f"{self.user}:{self.token}".encode()).decode()
        if request.headers.get("authorization") == (f"Basic {pair}" if world.cloud else f"Bearer {self.token}"):
            return None
        second = request.path.startswith(SECOND)
        status = 401
        if world.cloud and world.behaviour.bad_credentials == "hidden":
            status = 404 if second else 403
        said = {401: "Not authenticated", 403: "caller cannot access Confluence", 404: "Not Found"}[status]
        return ApiError(status, said).answer(second=second)
