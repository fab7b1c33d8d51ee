"""The pages in a browser. A package, so that one browser serves all of it and ends with it."""
