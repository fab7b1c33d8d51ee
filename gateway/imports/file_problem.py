"""What is wrong with a file that people sent."""


class FileProblem(ValueError):
    """A file that cannot be read; the message tells people what it is and what to do."""
