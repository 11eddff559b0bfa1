"""Small fonts for figures."""
