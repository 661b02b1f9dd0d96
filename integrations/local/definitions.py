"""What the zones that we define in a calendar file say of themselves: from when to when they hold, by which rules."""

from config.zones import RELEASE

COVERS, RULES = "X-PEERLOOP-COVERS", "X-PEERLOOP-RULES"


def have_old_rules(data: bytes) -> bool:
    """Whether a calendar defines a zone of ours by the rules of another release; the bytes are enough to see it."""
    ours, current = (data.count(f"\n{line}".encode()) for line in (f"{COVERS}:", f"{RULES}:{RELEASE}"))
    return ours > current
