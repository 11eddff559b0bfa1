"""`python -m a2c`."""

from a2c.cli import main

if __name__ == "__main__":
    main()
