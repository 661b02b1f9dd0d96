"""What a team lead and an operator may write."""
