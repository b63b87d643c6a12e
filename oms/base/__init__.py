"""The ground everything stands on: set-wise SQL, locks, money, clock, journal, bells."""
