"""Plan: from what is desired and what is known to what has to change, and the guards around it. Pure."""
