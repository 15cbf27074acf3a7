"""`python -m twistchat`, where the script is not on the path."""

from twistchat.cli import main

if __name__ == "__main__":
    main()
