"""Files that CONTRIBUTING shows: each works when it is copied into the package."""
