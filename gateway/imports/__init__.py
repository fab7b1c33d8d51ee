"""Files of leads: opened in a process of their own, looked at, checked, and imported."""
