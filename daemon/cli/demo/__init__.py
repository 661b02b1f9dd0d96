"""The demo: a made-up team, played by a few rules, whose programme real passes keep going for a year."""
