"""The commands of `fairlead`, a module for each group."""
