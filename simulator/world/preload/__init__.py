"""What is loaded into applications that we start, by `NODE_OPTIONS` and `PYTHONPATH`, so that their requests reach the stubs.

It turns names around, nothing else: no client has to know of a proxy. Whoever must be reached as ever stands in `NO_PROXY`.
"""
