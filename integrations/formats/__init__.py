"""What several backends speak, and what is no vendor's own: files, pages, letters and pictures."""
