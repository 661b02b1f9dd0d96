"""Decide: from the configuration and what is known to every session of the coming weeks. Pure."""
