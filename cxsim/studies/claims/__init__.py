"""What the articles claim: each claim with its experiment, the ledger of verdicts, and where the code answers it."""
