"""Experiments: arms, what varies, designs of points, from a file or from Python to the folder that is left."""
