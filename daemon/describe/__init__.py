"""Describe: from what is decided to everything that calendar and wiki should show. Pure."""
