"""The jambonz feature server, as an application sees it."""
