"""Measuring so that it can be believed: truth, metrics, intervals, speed, the limit line, trials and sweeps."""
