"""What each stage of a message costs. Run by ``make bench``; figures are ratios within one run, never asserted."""
