"""How well the phrases find what is worth keeping of a transcript: precision and recall on labelled ones.

    python -m tests.bench.transcripts FOLDER

The labels are here, the transcripts are not: ``transcripts.yaml`` tells where they are from and under what licence.
FOLDER holds them under the names that it gives; a label is the number of a cue, from 1, in which something begins that
a person would want to be offered. A suggestion is right where one of its kind is labelled in its cue or the one beside.
"""

import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from daemon.model import Said
from integrations.formats.transcript.cues import cues_of
from integrations.formats.transcript.suggested import suggested

LABELS = Path(__file__).with_suffix(".yaml")
Place = tuple[Said, int]


@dataclass(frozen=True)
class Score:
    """How many suggestions there are and how many of them are right, how many labels there are and are found."""

    offered: int = 0
    right: int = 0
    labelled: int = 0
    found: int = 0

    def __add__(self, other: "Score") -> "Score":
        return Score(
            self.offered + other.offered,
            self.right + other.right,
            self.labelled + other.labelled,
            self.found + other.found,
        )

    def __str__(self) -> str:
        precision, recall = self.right / max(self.offered, 1), self.found / max(self.labelled, 1)
        right, found = f"{self.right} of {self.offered}", f"{self.found} of {self.labelled}"
        return f"precision {precision:.2f} ({right} offered), recall {recall:.2f} ({found} labelled)"


def score(offered: Sequence[Place], labels: Sequence[Place]) -> Score:
    """Return how well what is offered fits the labels."""
    right = [one for one in offered if any(_is_same(one, label) for label in labels)]
    found = [label for label in labels if any(_is_same(one, label) for one in offered)]
    return Score(len(offered), len(right), len(labels), len(found))


def _is_same(one: Place, label: Place) -> bool:
    return one[0] is label[0] and abs(one[1] - label[1]) <= 1


def offered_in(path: Path, most: int) -> Iterator[tuple[Place, str]]:
    """Yield what is suggested of the first cues of a transcript: kind and number of the cue, and the words."""
    for number, suggestion in suggested(cues_of(path.name, path.read_bytes())[:most]):
        yield (suggestion.kind, number + 1), suggestion.text


def labels_of(transcript: Mapping[str, Any]) -> list[Place]:
    """Return the labels of a transcript."""
    return [(kind, number) for kind in Said for number in transcript.get(kind, ())]


def main(folder: Path, wordy: bool) -> None:
    """Print how well the phrases do on each transcript that is there, and on those that they were not made with."""
    total = Score()
    for name, transcript in yaml.safe_load(LABELS.read_text("utf-8")).items():
        path = next(iter(sorted(folder.glob(f"{name}.*"))), None)
        if path is None:
            print(f"{name}: is not in {folder}")
            continue
        offered, labels = list(offered_in(path, transcript["cues"])), labels_of(transcript)
        here = score([place for place, _ in offered], labels)
        total = total if transcript.get("made_with") else total + here
        print(f"{name}{', made with it' if transcript.get('made_with') else ''}: {here}")
        for place, words in offered if wordy else ():
            print(f"  {'+' if any(_is_same(place, label) for label in labels) else '-'} {place[1]} {place[0]}: {words}")
        missed = [label for label in labels if not any(_is_same(place, label) for place, _ in offered)]
        print("".join(f"  missed {number} {kind}\n" for kind, number in missed) if wordy else "", end="")
    print(f"all but those that the phrases were made with: {total}")


if __name__ == "__main__":
    main(Path(sys.argv[1]), "--words" in sys.argv)
