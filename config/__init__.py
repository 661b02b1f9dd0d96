"""What a team lead and an operator may write."""

from config.zones import use_locked_rules

use_locked_rules()
