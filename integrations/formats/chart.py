"""The picture of turns: a bar for what each member took, and a marker where their fair share ends."""

import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from io import BytesIO
from typing import TYPE_CHECKING

from daemon.model import Bar

if TYPE_CHECKING:
    from PIL.ImageDraw import ImageDraw
    from PIL.ImageFont import FreeTypeFont

SCALE = 2
"""Pixels a unit of the lengths below, so that the picture is sharp where it is shown at half its size."""
TEXT, ROW, BAR, MARGIN, GAP = 14 * SCALE, 28 * SCALE, 14 * SCALE, 20 * SCALE, 12 * SCALE
PLOT, LONGEST_LABEL = 400 * SCALE, 220 * SCALE
MARKER, OVERHANG = 2 * SCALE, 4 * SCALE
"""How thick a marker is, and how far it stands out of its bar."""
PAPER, INK, QUIET, TAKEN, DUE = "#ffffff", "#2b2f36", "#c9ced6", "#86abd0", "#b8500f"
WIDER_FONT = "DejaVuSans.ttf"
"""For names that the built-in font has no letters for; looked for where the system keeps its fonts."""


def png(bars: Sequence[Bar]) -> bytes:
    """Return the bars, from top to bottom, as a PNG; on one machine the same bars give the same bytes.

    A name for which no font has letters is shown without its accents or, where nothing is left, as its row's number.
    """
    return _drawn(tuple(bars))


@lru_cache(maxsize=64)
def _drawn(bars: tuple[Bar, ...]) -> bytes:
    from PIL import Image, ImageDraw

    font = _font("".join(bar.label for bar in bars))
    labels = [_shortened(_drawable(bar.label, font) or f"No. {row}", font) for row, bar in enumerate(bars, 1)]
    left = MARGIN + round(max(map(font.getlength, labels), default=0)) + GAP
    numbers = round(max((font.getlength(_number(bar)) for bar in bars), default=0))
    size = left + PLOT + GAP + numbers + MARGIN, 2 * MARGIN + ROW * (len(bars) + 1)
    image = Image.new("RGB", size, PAPER)
    draw, most = ImageDraw.Draw(image), max((max(bar.taken, bar.due) for bar in bars), default=0) or 1
    _legend(draw, font, left)
    for row, (bar, label) in enumerate(zip(bars, labels, strict=True), 1):
        middle = MARGIN + ROW * row + ROW // 2
        draw.text((left - GAP, middle), label, INK, font, anchor="rm")
        draw.text((size[0] - MARGIN, middle), _number(bar), INK, font, anchor="rm")
        _bar(draw, left, middle, round(PLOT * bar.taken / most))
        _marker(draw, left + round(PLOT * bar.due / most), middle)
    draw.line((left, MARGIN + ROW, left, size[1] - MARGIN), QUIET, SCALE)
    file = BytesIO()
    image.quantize(64).save(file, "PNG", optimize=True)
    return file.getvalue()


def _legend(draw: "ImageDraw", font: "FreeTypeFont", left: int) -> None:
    middle, at = MARGIN + ROW // 2 - GAP // 2, left
    _bar(draw, at, middle, 2 * GAP)
    draw.text((at + 3 * GAP, middle), "turns taken", INK, font, anchor="lm")
    at += 6 * GAP + round(font.getlength("turns taken"))
    _marker(draw, at, middle)
    draw.text((at + GAP, middle), "fair share", INK, font, anchor="lm")


def _bar(draw: "ImageDraw", left: int, middle: int, length: int) -> None:
    if length:
        draw.rectangle((left, middle - BAR // 2, left + length, middle + BAR // 2), TAKEN)


def _marker(draw: "ImageDraw", at: int, middle: int) -> None:
    reach = BAR // 2 + OVERHANG
    draw.rectangle((at - MARKER // 2, middle - reach, at + MARKER // 2, middle + reach), DUE)


def _number(bar: Bar) -> str:
    return f"{bar.taken:g} of {bar.due:.1f}"


def _font(text: str) -> "FreeTypeFont":
    """Return the built-in font or, where it lacks letters of a text, the system's, if that has any more."""
    from PIL import ImageFont

    font = ImageFont.load_default(TEXT)
    assert isinstance(font, ImageFont.FreeTypeFont)
    if _missing(text, font):
        try:
            return ImageFont.truetype(WIDER_FONT, TEXT)
        except OSError:
            pass
    return font


def _missing(text: str, font: "FreeTypeFont") -> set[str]:
    """Return the characters of a text that a font shows as the box it has for what it does not know."""
    box = bytes(font.getmask("\uffff"))
    return {one for one in set(text) if not one.isspace() and bytes(font.getmask(one)) == box}


def _drawable(label: str, font: "FreeTypeFont") -> str:
    """Return a name in the letters that a font has, without the accents that it lacks."""
    line = " ".join(label.split())
    missing = _missing(line, font)
    plain = (unicodedata.normalize("NFKD", one) if one in missing else one for one in line)
    letters = "".join(plain)
    lost = _missing(letters, font)
    return " ".join("".join(one for one in letters if one not in lost).split())


def _shortened(label: str, font: "FreeTypeFont") -> str:
    while font.getlength(label) > LONGEST_LABEL:
        label = f"{label.rstrip('…')[:-1].rstrip()}…"
    return label
