"""What a team may write about how it is measured whether the programme helps."""

from config.parts import Day, Name, Part, Truth


class OutcomesWanted(Part):
    """Whether the programme helps: what is counted for it, and whether a page shows the figures."""

    onboarding: Name = "onboarded"
    """What newcomers have reached on the day that `onboarded` of a member, or the file, names: first on-call."""
    file: Name | None = None
    """A CSV file with the columns email and date, by its path from this file's folder: who was onboarded when."""
    since: Day | None = None
    """From when on the programme counts: who joined earlier is compared with who joined later."""
    page: Truth = True
    """Whether the team's wiki has a page with the figures."""
