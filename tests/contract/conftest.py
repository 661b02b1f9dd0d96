"""Let the suites that backends inherit say as much about a failure as tests do."""

import pytest

pytest.register_assert_rewrite("tests.contract.calendar", "tests.contract.wiki", "tests.contract.messenger")
