"""Tell: what people are to hear, and the digest that says it. Pure."""
