"""How somebody comes in, and is known from then on: by the printed address, or by a proxy that says who they are."""

from dataclasses import dataclass
from hmac import compare_digest

from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import RedirectResponse, Response

from config.markdown import one_line
from daemon.web.look import Look
from daemon.web.site import Site
from daemon.web.who import COOKIE, STAYS, Browser, named_by_proxy, new_browser

ASK_FOR_THE_ADDRESS = (
    "Open the address that “peerloop run” printed when it started; it ends in a token that lets this browser in. "
    "Or open the link in one of your mails."
)
NO_NAME = "The proxy in front of this page does not say who you are. Sign in there, or tell whoever runs peerloop."
NOT_YOURS = "There is no such page, or it is not one of your teams'."
FOREIGN_FORM = "This page is out of date. Go back, load it anew, and try it again."
CUT_SHORT = "What was sent did not arrive as a whole. Go back, and try it again."


@dataclass(frozen=True, slots=True)
class Visitor:
    """Somebody who was let in; ``whose`` is what their forms are signed for."""

    email: str
    whose: str


class Redirected(Exception):
    """What was asked for stands elsewhere."""

    def __init__(self, response: Response) -> None:
        super().__init__("elsewhere")
        self.response = response


def visitor(site: Site, request: Request) -> Visitor:
    """Return who asks.

    Raises:
        Redirected: they have come by the printed address, or have to say who they are.
        HTTPException: they are not let in.
    """
    if site.web.user_header:
        email = named_by_proxy(request, site.web)
        if email is None:
            raise HTTPException(403, NO_NAME)
        return Visitor(email, email)
    browser = _browser(site, request)
    if browser.email is None:
        raise Redirected(RedirectResponse("/who", 303))
    return Visitor(browser.email, browser.name)


def _browser(site: Site, request: Request) -> Browser:
    if "token" in request.query_params:
        let_in(site, request)
    browser = site.signatures.browser(request)
    if browser is None:
        raise HTTPException(401, ASK_FOR_THE_ADDRESS)
    return browser


def let_in(site: Site, request: Request) -> None:
    """Let a browser in that has come by the printed address, and lead it on to the same page without the token.

    Raises:
        Redirected: it is let in.
        HTTPException: the token is not the one that was printed.
    """
    if not compare_digest(request.query_params["token"].encode(errors="replace"), site.token.encode()):
        raise HTTPException(403, f"This token is not the present one. {ASK_FOR_THE_ADDRESS}")
    response = RedirectResponse(request.url.path, 303)
    keep(site, response, site.signatures.browser(request) or new_browser())
    raise Redirected(response)


def browser_of(site: Site, request: Request) -> Browser:
    """Return the browser that asks, whoever uses it.

    Raises:
        HTTPException: it is not let in.
    """
    if site.web.user_header:
        raise HTTPException(404, NOT_YOURS)
    return _browser(site, request)


def keep(site: Site, response: Response, browser: Browser) -> None:
    """Have a browser remember that it was let in, and who uses it."""
    response.set_cookie(
        COOKIE,
        site.signatures.cookie(browser),
        max_age=int(STAYS.total_seconds()),
        secure=site.is_encrypted,
        httponly=True,
        samesite="lax",
    )


def looked(site: Site, team: str, email: str) -> Look:
    """Return what somebody sees of a team, by its key.

    Raises:
        HTTPException: it is none of theirs.
    """
    look = site.look(team, email)
    if look is None:
        raise HTTPException(404, NOT_YOURS)
    return look


async def form_of(site: Site, request: Request, whose: str) -> dict[str, str]:
    """Return what a form of ours says, each line without what nobody sees.

    Raises:
        HTTPException: it comes from elsewhere, from a page that is out of date, or not as a whole.
    """
    if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        raise HTTPException(403, FOREIGN_FORM)
    try:
        async with request.form(max_files=0, max_fields=50) as form:
            said = {name: one_line(value) for name, value in form.items() if isinstance(value, str)}
    except ClientDisconnect:  # as of a phone that lost its network
        raise HTTPException(400, CUT_SHORT) from None
    if not site.signatures.is_form_of(whose, said.get("form", "")):
        raise HTTPException(403, FOREIGN_FORM)
    return said
