"""`jambonz-sim run --watch`: what a saved file affects is played again."""
