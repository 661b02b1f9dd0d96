"""What each page of a team shows, as values for its template. Pure."""
