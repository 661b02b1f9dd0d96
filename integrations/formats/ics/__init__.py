"""Calendar files (RFC 5545), kept byte for byte where people wrote them."""
