"""Questions over many runs: each is asked of the model in an experiment that is written down beforehand."""
