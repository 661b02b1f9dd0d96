"""Jira, Cloud and Data Center: what its issues tell of what a team lacks."""
