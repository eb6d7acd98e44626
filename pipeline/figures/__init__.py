"""Figures of agents and teams, out of their calls."""
