"""Serve: passes for ever, over team files that change meanwhile."""
