"""Never finishes loading.

Ends: TIMEOUT
"""

while True:
    pass
