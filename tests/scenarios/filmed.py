"""Pictures of a terminal as SVG, and a film of them: one after the other, for ever, without a script."""

import io
from collections.abc import Sequence

from rich.console import Console, RenderableType
from rich.terminal_theme import MONOKAI

WIDTH, HEIGHT = 116, 31
SECONDS = 2.4
"""How long each picture of a film is shown."""
MOST = 16
"""How many pictures a film has, so that it stays a small file."""
FORMAT = """\
<svg class="rich-terminal" viewBox="0 0 {width} {height}" xmlns="http://www.w3.org/2000/svg">
<style>
.{unique_id}-matrix {{ font-family: ui-monospace, "Fira Code", "DejaVu Sans Mono", Menlo, Consolas, monospace; \
font-size: {char_height}px; line-height: {line_height}px; font-variant-east-asian: full-width; }}
{styles}
</style>
<defs><clipPath id="{unique_id}-clip-terminal"><rect x="0" y="0" width="{terminal_width}" height="{terminal_height}"/>\
</clipPath>{lines}</defs>
<rect fill="#1e1e24" width="{width}" height="{height}" rx="8"/>
<g transform="translate({terminal_x}, {terminal_y})" clip-path="url(#{unique_id}-clip-terminal)">
{backgrounds}
<g class="{unique_id}-matrix">{matrix}</g>
</g>
</svg>
"""


def picture(shown: RenderableType, name: str) -> str:
    """Return what a terminal shows as SVG; the name tells it from others of the same film."""
    console = Console(
        width=WIDTH, height=HEIGHT, file=io.StringIO(), record=True, force_terminal=True, color_system="truecolor"
    )
    console.print(shown)
    return console.export_svg(title="", theme=MONOKAI, code_format=FORMAT, unique_id=name)


def film(pictures: Sequence[str]) -> str:
    """Return a film of some pictures, evenly chosen, in one file."""
    step = max(len(pictures) / MOST, 1)
    chosen = [
        pictures[min(int((number + 1) * step) - 1, len(pictures) - 1)] for number in range(min(MOST, len(pictures)))
    ]
    whole, part = SECONDS * len(chosen), 100 / len(chosen)
    frames = "".join(
        f'<g class="frame" style="animation-delay: {SECONDS * number:g}s">{one}</g>'
        for number, one in enumerate(chosen)
    )
    size = chosen[0].partition('viewBox="')[2].partition('"')[0]
    shown = f"0%, {part:g}% {{ visibility: visible }} {part + 0.001:g}%, 100% {{ visibility: hidden }}"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{size}"><style>'
        f"@keyframes shown {{ {shown} }} "
        f".frame {{ visibility: hidden; animation: shown {whole:g}s step-end infinite }}</style>{frames}</svg>\n"
    )
