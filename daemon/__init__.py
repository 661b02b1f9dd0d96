"""What the programme does; no vendor's word in here."""

__version__ = "0.1.0"
