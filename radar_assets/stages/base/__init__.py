"""What all stages are made of: the descriptor, windows, the workspace, rows and results."""
