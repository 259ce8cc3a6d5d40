"""Runs by the thousand: who makes them, and the store that keeps each once."""
