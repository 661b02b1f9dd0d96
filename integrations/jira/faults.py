"""What Jira answers when something is wrong, in words for the people who can mend it."""

from daemon.ports import PortError, Refused, Unavailable
from integrations.atlassian.faults import Answer, Product, of_reading, saying

JIRA = Product("Jira", "https://api.atlassian.com/ex/jira/SITE", ", if there is one")


def of_query(answer: Answer, query: str) -> PortError:
    """Return the error of a search: of the query, in Jira's own words, or of anything else."""
    if answer.status == 400:
        return Refused(
            f"Jira does not accept the query “{query}”{saying(answer.message)}. Mend query in the team's needs; or, "
            "where all that it names is there, let whom we sign in as see it."
        )
    return of_reading(JIRA, answer, f"the issues of the query “{query}”")


def other_kind(connection: str, kind: str, other: str) -> Refused:
    """Return the error of an address at which there is a Jira of the other kind, or none."""
    return Refused(
        f"The address of the connection “{connection}” knows nothing of what a {kind} has. Let its kind be {other}, if "
        "that is what it is, or correct its url in peerloop.yaml."
    )


def not_understood() -> Unavailable:
    """Return the error of an answer that is none of Jira's."""
    return Unavailable("What Jira answered about its issues is not understood. The next pass tries again.")
