"""The code that runs inside the jail: standard library only, CPython 3.8 and later.

The interpreter in the jail is the user's, may be older than ours and cannot see this package. `bundle` sends these
files as text; they are loaded as one package there, so they import each other relatively and nothing else of ours.
"""
