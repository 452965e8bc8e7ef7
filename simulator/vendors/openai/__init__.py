"""OpenAI Realtime: the model server, and the client half that a jambonz feature server's media module plays."""
