"""The command line: arguments in, calls of the library, words and numbers out. No logic lives here."""
