"""Getting BUFR files: what a source is, what lies on it, what is due, and fetching it.

`source` says what a source is; `ftp` and `folder` are the two kinds; `survey` opens them and lists
a radar's files. `arrivals` judges volumes, `schedule` turns that into runs, with `book` to
keep its memory, the `cursor`, after the rules of `plan`. `download` fetches one file, `fetching`
many.
"""
