"""What finds files: the index of maps, `index/`, for the page, and the catalogue, `catalog/`.

Both are written from the rows that a window was recorded with, once it is.
"""
