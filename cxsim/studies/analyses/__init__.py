"""What is asked of the runs of an experiment, one kind a file, and what is found."""
