"""Loading one country of the holidays package, and not the other 250, changes nothing about any of them."""

import subprocess
import sys

SHOWN = """
import sys, holidays
from datetime import date
print(len([name for name in sys.modules if name.startswith("holidays.countries.")]))
print(holidays.country_holidays("DE", subdiv="BE", years=2027).get(date(2027, 3, 8)))
print(holidays.country_holidays("PR", years=2027).get(date(2027, 1, 6)))
print(sorted(holidays.country_holidays("JP", years=2027)) == sorted(holidays.JP(years=2027)))
"""


def told(first: str) -> list[str]:
    run = subprocess.run([sys.executable, "-c", first + SHOWN], capture_output=True, text=True, check=True)
    return run.stdout.split("\n", 1)


def test_a_country_alone_is_as_among_the_others() -> None:
    loaded_alone, alone = told("from config.countries import subdivisions; assert 'BE' in subdivisions('DE')")
    loaded_all, among_others = told("import holidays; holidays.DE.subdivisions")
    assert alone == among_others
    assert int(loaded_alone) < 10 < 200 < int(loaded_all)
