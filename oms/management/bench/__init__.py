"""What ``make bench`` measures. Every figure that has a floor or a peer is printed with it, measured in the same run."""
