"""The teams that are measured: made up, of people who are in no other one."""

DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday")
PEOPLE = 8


def team(number: int, sessions: int, people: int = PEOPLE) -> str:
    """Return a team's file: one session a week if that makes few enough, else one every working day."""
    days = DAYS if sessions > 26 else DAYS[3:4]
    weeks = sessions // len(days)
    told = (f"{{name: Person {each}, email: {person(number, each)}}}" for each in range(people))
    members = "".join(f"  - {one}\n" for one in told)
    return f"""\
team: Team {number:04}
timezone: Europe/Berlin
lead: {person(number, 0)}
members:
{members}series:
  - {{name: Lunch & Learn, format: lunch-and-learn, cadence: {{every: week, on: [{", ".join(days)}], at: "12:15"}}}}
rotation: {{ahead: {weeks} weeks}}
topics:
  - {{title: How our ingress works, area: kubernetes, owner: {person(number, 1)}, votes: 3}}
  - {{title: Reading a query plan, area: postgres, votes: 1}}
"""


def person(number: int, each: int) -> str:
    """Return the address of somebody in a team."""
    return f"person-{each}@team-{number:04}.example.com"
