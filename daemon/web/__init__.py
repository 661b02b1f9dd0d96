"""The web page of `peerloop run`: where people look, and say something where they stand."""
