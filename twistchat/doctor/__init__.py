"""`twistchat doctor`: what keeps a server from running as its operator wants, and what to type.

Rule 1: it reads only: nothing is made, changed or locked, also not for a moment. A port is bound and let go of.
Rule 2: a check is a function with a row in the table, and takes what it looks at as arguments.
Rule 3: every finding but `ok` says what to type.
"""
