"""Let the suites that backends inherit say as much about a failure as tests do."""

import pytest

for port in ("calendar", "wiki", "messenger", "sources"):
    pytest.register_assert_rewrite(f"tests.contract.{port}")
