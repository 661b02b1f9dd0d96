"""Learn: from what is observed to what is known. Pure."""
