"""Quality control, one module for each kind of echo that is no weather, all sweep by sweep."""
