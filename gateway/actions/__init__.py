"""Doing one thing to many at once, and taking it back."""
