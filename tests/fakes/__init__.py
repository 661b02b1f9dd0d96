"""Servers on loopback that speak the protocols of the programme's backends."""
