"""Local pages and exports keep to the contract of sources. A person writes them with an editor and a spreadsheet."""

import csv
from pathlib import Path
from typing import Any

import pytest

import integrations.formats.exports
import integrations.local.sources
from config.needs import NeedSource
from daemon.ports import Sources
from integrations.local.exports import LocalFile
from integrations.local.sources import LocalPages
from tests.contract.sources import SourcesContract


class TestLocalPages(SourcesContract):
    @pytest.fixture(autouse=True)
    def _empty(self, tmp_path: Path) -> None:
        self.folder = tmp_path / "wiki" / "platform" / "retros"
        self.folder.mkdir(parents=True)

    def source(self, entry: NeedSource) -> Sources:
        return LocalPages(self.folder, "wiki/platform/retros", entry, lambda: self.now)

    def entry(self, **more: Any) -> NeedSource:
        return NeedSource.model_validate({"under": "retros", **more})

    def person_says(self, text: str) -> None:
        number = len([*self.folder.iterdir()])
        page = f"# Retro {number}\n\n## What we did not know\n\n- {text}\n"
        (self.folder / f"{self.now.date()}-{number}.md").write_text(page, encoding="utf-8")

    def person_takes_back(self, text: str) -> None:
        next(path for path in self.folder.iterdir() if text in path.read_text(encoding="utf-8")).unlink()

    def breaks(self) -> None:
        self.folder.rename(self.folder.with_name("elsewhere"))

    def mends(self) -> None:
        self.folder.with_name("elsewhere").rename(self.folder)

    def holds_at_most(self, number: int, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(integrations.local.sources, "MOST_PAGES", number)


class TestLocalFile(SourcesContract):
    @pytest.fixture(autouse=True)
    def _empty(self, tmp_path: Path) -> None:
        self.path, self.said = tmp_path / "incidents.csv", list[str]()
        self._save()

    def source(self, entry: NeedSource) -> Sources:
        return LocalFile(self.path, entry, lambda: self.now)

    def entry(self, **more: Any) -> NeedSource:
        return NeedSource.model_validate({"file": "incidents.csv", **more})

    def person_says(self, text: str) -> None:
        self.said.append(text)
        self._save()

    def person_takes_back(self, text: str) -> None:
        self.said.remove(text)
        self._save()

    def breaks(self) -> None:
        self.path.write_bytes(b"\xff\xfe\x00")

    def mends(self) -> None:
        self._save()

    def holds_at_most(self, number: int, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(integrations.formats.exports, "MOST_ROWS", number)

    def _save(self) -> None:
        new = self.path.with_suffix(".new")
        with new.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([("title", "created"), *((text, self.now.date()) for text in self.said)])
        new.replace(self.path)
