"""Products of the volumes of a window, as files of one format."""
