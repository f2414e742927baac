"""The map: a page, the files that it shows, and a small API. The page works from files alone."""
