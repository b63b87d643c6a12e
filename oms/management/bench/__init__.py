"""What ``make bench`` measures. A figure that has a floor or a peer is printed with it, from the same run."""
