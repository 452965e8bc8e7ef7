"""Who is at the far end of a speech-to-speech verb."""
