"""What the backends for products of Atlassian's share: how one is spoken to, and what goes wrong with any of them."""
