"""Small applications that show one thing each, with the scenarios they are tested by."""
