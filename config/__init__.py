"""What a team lead and an operator may write."""

import os

from config.zones import use_locked_rules

use_locked_rules()
os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")  # else every start looks through all that is installed
