"""The small functions a newcomer types first: factorial, palindrome, word counts, roman numerals and their like.

Each is one `Classic` (`definition.py`) in the module of its domain; `source.py` draws problems from them.
"""
