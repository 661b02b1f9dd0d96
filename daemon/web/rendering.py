"""Templates of our pages: text from people is escaped wherever it stands, and a name that is missing is a fault."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from config.markdown import web_address
from daemon.model.words import often, quoted, shortened, weekday

HERE = Path(__file__).parent


@cache
def environment() -> Environment:
    """Return what renders our templates."""
    made = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters.update(often=often, quoted=quoted, shortened=shortened, web_address=web_address, weekday=weekday)
    return made


def rendered(template: str, values: Mapping[str, Any]) -> str:
    """Return a page."""
    return environment().get_template(template).render(values)
