"""What the demo's people write and say."""

TAKEAWAYS = (
    "Ask the database before you ask the cache",
    "We have one dashboard for this, and it is pinned in the channel now",
    "Write the runbook while you still remember the night",
    "Measure first; two of our three guesses were wrong",
    "A smaller change is reviewed on the same day",
    "The default is fine, unless you have changed the timeout",
    "The log line that we needed was there, one level too deep",
    "Whoever is on call may switch it off, without asking anybody",
    "Say what you expect before you run it",
    "There is a test for this now; copy it",
    "If it needs a diagram, it needs a simpler design",
    "Two pairs found the same trick: bisect, then read",
    "It was never the network, except for the one time",
    "Names in the error message save ten minutes each",
)
ITEMS = (
    "write down how we restore the staging database",
    "add the new dashboard to the on-call page",
    "delete the three alerts that nobody reads",
    "put the slides into the team's folder",
    "try the index on a copy of production",
    "ask the platform group for a second test account",
    "rename the flag before it is used anywhere else",
    "turn the checklist into a template",
    "find out why the nightly job runs twice",
    "move the example into our starter project",
    "show the trace view to the support team",
    "shorten the timeout in the client library",
    "write the missing test for the retry",
    "draw the picture of the request path again, and smaller",
    "close the tickets that this has settled",
    "collect what the linter should refuse",
)
FORGOTTEN = "write the runbook for the queue that fills up at night"
QUESTIONS = (
    "How do we find out who uses an endpoint before we remove it?",
    "What happens to running jobs when we deploy?",
    "When does a cache make it slower?",
    "How do I read a flame graph?",
)
NEED, NEED_TITLE = "How do we restore a single table from a backup?", "Restoring a single table from a backup"
RETRO = """# Retrospective of {day}

## What went well

- The hand-over on Monday took ten minutes

## What we did not know

- {need}
"""
