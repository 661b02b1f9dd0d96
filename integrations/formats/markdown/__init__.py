"""Pages of Markdown: what people wrote on them."""
