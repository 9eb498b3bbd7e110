"""One module a command; each imports the library only when it runs, so that `wenmai --help` is quick."""
