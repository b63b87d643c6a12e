"""What issuers do to holders: dividends, splits, mergers, calls, coupons, maturities."""
